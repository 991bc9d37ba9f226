#include "supervisor/state/pidfile.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "hb/tools/file.hpp"

namespace hb::supervisor {
namespace {

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_zombie(const std::string& directory) {
    const auto stat = tools::read_file(directory + "/stat", 4096);
    if (!stat || !*stat) return true;
    const std::size_t end = (*stat)->rfind(')');
    return end != std::string::npos && (*stat)->compare(end, 3, ") Z") == 0;
}

bool is_same(int fd, const std::string& path) {
    struct stat held {
    }, named{};
    return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
}

enum class Lock { ours, taken, replaced };

/// A lock of the open file: whoever in this process opens and closes the file does not lose it. A heartbeat locks for writing;
/// one for reading is of somebody who opened the file of an earlier one, or of Linux-HA, when everybody could: that file is
/// left to him.
Lock lock(int fd, const std::string& path) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(fd, F_OFD_SETLK, &whole) == 0) return is_same(fd, path) ? Lock::ours : Lock::replaced;
    if (::fcntl(fd, F_OFD_GETLK, &whole) != 0 || whole.l_type == F_WRLCK) return Lock::taken;
    if (whole.l_type == F_RDLCK && is_same(fd, path)) ::unlink(path.c_str());
    return Lock::replaced;
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
    const auto name = tools::read_file(directory + "/comm", 4096);
    return name && *name && **name == "heartbeat\n";
}

pid_t running_pid(const std::string& path) {
    const auto text = tools::read_file(path, 4096);
    if (!text || !*text) return 0;
    const std::size_t begin = (*text)->find_first_not_of(' ');
    if (begin == std::string::npos) return 0;
    pid_t pid = 0;
    const char* const end = (*text)->data() + (*text)->size();
    if (std::from_chars((*text)->data() + begin, end, pid).ec != std::errc{} || pid < 1 || pid == ::getpid())
        return 0;
    if (::kill(pid, 0) != 0 && errno == ESRCH) return 0;
    return is_heartbeat(pid) ? pid : 0;
}

pid_t listening_pid(const std::string& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.size() >= sizeof address.sun_path) return 0;
    std::memcpy(address.sun_path, socket.data(), socket.size());
    const Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    ucred listener{};
    socklen_t size = sizeof listener;
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &listener, &size) != 0)
        return 0;
    return listener.pid;
}

Result<PidFile> PidFile::take(const std::string& path) {
    PidFile file;
    file.path_ = path;
    Lock got = Lock::replaced;
    for (int attempt = 0; attempt < 3 && got == Lock::replaced; ++attempt) {
        file.fd_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
        if (!file.fd_ || ::fchmod(file.fd_.get(), 0600) != 0)
            return Error{"cannot open pid file " + path, errno};
        got = lock(file.fd_.get(), path);
    }
    if (got != Lock::ours) return Error{"pid file " + path + " belongs to another process", EAGAIN};
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
