#include "supervisor/engines/engine_lock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "hb/base/clock.hpp"
#include "hb/scripts/named_process.hpp"
#include "hb/tools/file.hpp"

namespace hb::supervisor {

Result<EngineLock> EngineLock::open(const std::string& path) {
    EngineLock lock;
    lock.path_ = path;
    lock.fd_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    struct stat found {};
    // flock(2) needs no more than a descriptor: nobody else may have one.
    if (!lock.fd_ || ::fstat(lock.fd_.get(), &found) != 0 || ::fchmod(lock.fd_.get(), 0600) != 0)
        return Error{"cannot open " + path, errno};
    lock.was_open_to_others_ = (found.st_mode & 077) != 0;
    return lock;
}

bool EngineLock::replace() {
    ::unlink(path_.c_str());
    auto fresh = open(path_);
    if (!fresh || !fresh->take()) return false;
    *this = std::move(*fresh);
    return true;
}

bool EngineLock::take() { return ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0; }

pid_t EngineLock::engine() const {
    const auto text = tools::read_file(path_, 4096);
    if (!text || !*text) return 0;
    const scripts::NamedProcess named = scripts::NamedProcess::parse(**text);
    return named.exists() ? named.pid : 0;
}

void EngineLock::note(pid_t engine) {
    const std::string text = scripts::NamedProcess::of(engine).to_text();
    [[maybe_unused]] const bool written =
        ::ftruncate(fd_.get(), 0) == 0 && ::pwrite(fd_.get(), text.data(), text.size(), 0) > 0;
}

bool EngineLock::end_orphan(Duration limit) {
    const Instant deadline = boot_now() + limit;
    while (!take()) {
        if (boot_now() >= deadline) return false;
        if (const pid_t pid = engine())
            ::kill(pid, SIGKILL);
        else if (was_open_to_others_)
            return replace();
        ::poll(nullptr, 0, 2);
    }
    return true;
}

}  // namespace hb::supervisor
