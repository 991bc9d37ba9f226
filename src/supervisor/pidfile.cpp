#include "supervisor/pidfile.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "supervisor/file.hpp"

namespace hb::supervisor {
namespace {

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_zombie(const std::string& directory) {
    const auto stat = read_file(directory + "/stat", 4096);
    if (!stat || !*stat) return true;
    const std::size_t end = (*stat)->rfind(')');
    return end != std::string::npos && (*stat)->compare(end, 3, ") Z") == 0;
}

}  // namespace

bool is_heartbeat(pid_t pid) {
    const std::string directory = "/proc/" + std::to_string(pid);
    if (is_zombie(directory)) return false;
    std::array<char, 4096> target{};
    const ssize_t n = ::readlink((directory + "/exe").c_str(), target.data(), target.size());
    if (n > 0) {
        // " (deleted)" follows while a package is being replaced.
        const std::string_view name = base_name({target.data(), static_cast<std::size_t>(n)});
        return name == "heartbeat" || name == "heartbeat (deleted)";
    }
    // Without the right to see the link, what the process calls itself.
    const auto name = read_file(directory + "/comm", 4096);
    return name && *name && **name == "heartbeat\n";
}

pid_t running_pid(const std::string& path) {
    const auto text = read_file(path, 4096);
    if (!text || !*text) return 0;
    const std::size_t begin = (*text)->find_first_not_of(' ');
    if (begin == std::string::npos) return 0;
    pid_t pid = 0;
    const char* const end = (*text)->data() + (*text)->size();
    if (std::from_chars((*text)->data() + begin, end, pid).ec != std::errc{} || pid <= 1 || pid == ::getpid())
        return 0;
    if (::kill(pid, 0) != 0 && errno == ESRCH) return 0;
    return is_heartbeat(pid) ? pid : 0;
}

Result<PidFile> PidFile::take(const std::string& path) {
    PidFile file;
    file.path_ = path;
    file.fd_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644));
    if (!file.fd_) return Error{"cannot open pid file " + path, errno};
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (::fcntl(file.fd_.get(), F_SETLK, &lock) != 0)
        return Error{"pid file " + path + " belongs to another process", EAGAIN};
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%10ld\n", static_cast<long>(::getpid()));
    const bool written =
        ::ftruncate(file.fd_.get(), 0) == 0 && ::pwrite(file.fd_.get(), text.data(), 11, 0) == 11;
    if (!written) return Error{"cannot write pid file " + path, errno};
    return file;
}

void PidFile::remove() {
    if (fd_) ::unlink(path_.c_str());
    fd_.reset();
}

}  // namespace hb::supervisor
