#pragma once
#include <sys/types.h>

#include <string>

#include "hb/base/fd.hpp"
#include "hb/base/result.hpp"
#include "hb/base/time.hpp"

namespace hb::supervisor {

/// A file in /run whose lock (flock) every engine inherits: as long as one lives, whoever its supervisor was, the lock is
/// taken. It names the newest engine, so that an engine whose supervisor was killed can be ended by the next supervisor.
class EngineLock {
public:
    static Result<EngineLock> open(const std::string& path);
    int fd() const { return fd_.get(); }

    /// True: no engine of an earlier supervisor lives (any more), and the lock is ours.
    bool take();
    /// The engine that the file names: process and start time are those that were noted. 0: there is none.
    pid_t engine() const;
    /// After each fork of an engine.
    void note(pid_t engine);
    /// SIGKILL to the engine of an earlier supervisor, until the lock is ours; false after `limit`. Where others could open
    /// the file and no engine lives, one of them holds the lock: the file is left to him.
    bool end_orphan(Duration limit);

private:
    bool replace();
    std::string path_;
    Fd fd_;
    bool was_open_to_others_ = false;  ///< when it was found, so that anybody may hold the lock
};

}  // namespace hb::supervisor
