#pragma once
#include <sys/types.h>

#include "hb/base/fd.hpp"

namespace hb::scripts {

/// A process of its own that holds our end of each pipe that is a service's stdout, and reads none while we live. When we have
/// died it reads all of them to their end and forgets what it read: the service neither dies nor waits. It is there from the
/// first such service on, and ends when we have died and the last of the pipes has no writer.
class PipeKeeper {
public:
    /// `pipe`: non-blocking; it stays open here as well. Forks, if there is no keeper. Where that fails nothing is said: only
    /// after our death would anybody notice.
    void hold(int pipe);
    pid_t pid() const { return pid_; }
    void ended() {
        pid_ = -1;
        channel_.reset();
    }

private:
    bool start();

    pid_t pid_ = -1;
    Fd channel_;
};

}  // namespace hb::scripts
