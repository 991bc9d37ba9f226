#include "log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace hb::writer {

bool LogFile::ready(std::int64_t now) {
    if (fd_ && is_current()) return true;
    if (!fd_ && now == tried_at_) return false;
    tried_at_ = now;
    fd_.reset();
    rest_.clear();
    open();
    return static_cast<bool>(fd_);
}

bool LogFile::is_current() const {
    struct stat named {
    }, held{};
    if (::stat(path_.c_str(), &named) != 0 || ::fstat(fd_.get(), &held) != 0) return false;
    return named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

namespace {

// O_NONBLOCK: a FIFO without a reader is refused at once and does not hold us.
constexpr int appending = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

/// A link of somebody who can write into the directory could lead root anywhere.
bool is_link_of_ours(const char* path) {
    struct stat link {};
    return ::lstat(path, &link) == 0 && S_ISLNK(link.st_mode) &&
           (link.st_uid == 0 || link.st_uid == ::geteuid());
}

}  // namespace

void LogFile::open() {
    Fd fd{::open(path_.c_str(), appending | O_NOFOLLOW, 0644)};
    if (!fd && errno == ELOOP && is_link_of_ours(path_.c_str()))
        fd.reset(::open(path_.c_str(), appending, 0644));
    if (!fd) {
        reason_ = errno;
        return;
    }
    struct stat held {};
    if (::fstat(fd.get(), &held) != 0 || !(S_ISREG(held.st_mode) || S_ISCHR(held.st_mode))) {
        reason_ = EINVAL;  // a FIFO or a socket is no log file
        return;
    }
    fd_ = std::move(fd);
}

std::size_t LogFile::write_some(std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t n = ::write(fd_.get(), text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            reason_ = n < 0 ? errno : ENOSPC;
            break;
        }
        done += static_cast<std::size_t>(n);
    }
    return done;
}

// True if the line is in the file, or will be ended there before anything else.
bool LogFile::put(std::string_view line) {
    if (!rest_.empty()) {
        const std::size_t n = write_some(rest_);
        rest_ = Line{rest_.view().substr(n)};
        if (!rest_.empty()) return false;
    }
    const std::size_t n = write_some(line);
    if (n == 0) return line.empty();
    rest_ = line.substr(n);
    return true;
}

}  // namespace hb::writer
