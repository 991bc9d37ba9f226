#include "supervisor/orphan.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "hb/base/clock.hpp"
#include "supervisor/file.hpp"

namespace hb::supervisor {
namespace {

/// Field 22 of /proc/PID/stat, counted behind the name, which may hold anything. Empty: there is no such process.
std::string start_time(pid_t pid) {
    const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
    if (!stat || !*stat) return {};
    std::size_t at = (*stat)->rfind(')');
    for (int field = 2; field < 22 && at != std::string::npos; ++field) at = (*stat)->find(' ', at + 1);
    if (at == std::string::npos) return {};
    return (*stat)->substr(at + 1, (*stat)->find(' ', at + 1) - at - 1);
}

}  // namespace

Result<EngineLock> EngineLock::open(const std::string& path) {
    EngineLock lock;
    lock.path_ = path;
    lock.fd_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!lock.fd_) return Error{"cannot open " + path, errno};
    return lock;
}

bool EngineLock::take() { return ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0; }

pid_t EngineLock::engine() const {
    const auto text = read_file(path_, 4096);
    if (!text || !*text) return 0;
    pid_t pid = 0;
    const char* const last = (*text)->data() + (*text)->size();
    const auto [end, fault] = std::from_chars((*text)->data(), last, pid);
    if (fault != std::errc{} || pid <= 1 || end == last || *end != ' ') return 0;
    const std::string_view started(end + 1, static_cast<std::size_t>(last - end - 1));
    return !started.empty() && started == start_time(pid) + "\n" ? pid : 0;
}

void EngineLock::note(pid_t engine) {
    const std::string text = std::to_string(engine) + " " + start_time(engine) + "\n";
    [[maybe_unused]] const bool written =
        ::ftruncate(fd_.get(), 0) == 0 && ::pwrite(fd_.get(), text.data(), text.size(), 0) > 0;
}

bool EngineLock::end_orphan(Duration limit) {
    const Instant deadline = boot_now() + limit;
    while (!take()) {
        if (boot_now() >= deadline) return false;
        if (const pid_t pid = engine()) ::kill(pid, SIGKILL);
        ::poll(nullptr, 0, 2);
    }
    return true;
}

}  // namespace hb::supervisor
