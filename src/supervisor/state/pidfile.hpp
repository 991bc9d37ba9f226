#pragma once
#include <sys/types.h>

#include <string>

#include "hb/base/fd.hpp"
#include "hb/base/result.hpp"

namespace hb::supervisor {

/// The process that the pid file names, if it lives and is a heartbeat (this program or Linux-HA's); else 0.
/// The pid of a dead or foreign process is stale.
pid_t running_pid(const std::string& path);
bool is_heartbeat(pid_t pid);
/// The same for everybody, who cannot read that file: the process that listens on the control socket; 0: nobody does.
pid_t listening_pid(const std::string& socket);

/// The pid file of this process, 11 octets as 3.0.6 writes it: decimal, right-aligned in 10 columns, newline.
/// Locked as long as the process lives. Only root can open it: whoever can read a file can lock it.
class PidFile {
public:
    /// An error with code EAGAIN: another process holds it.
    static Result<PidFile> take(const std::string& path);
    void remove();

private:
    std::string path_;
    Fd fd_;
};

}  // namespace hb::supervisor
