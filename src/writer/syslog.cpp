#include "syslog.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace hb::writer {

std::optional<int> facility_of(std::string_view name) {
    // RFC 5424, 6.2.1
    constexpr std::array<std::pair<std::string_view, int>, 21> names{{
        {"kern", 0},    {"user", 1},    {"mail", 2},    {"daemon", 3},  {"auth", 4},    {"security", 4},
        {"syslog", 5},  {"lpr", 6},     {"news", 7},    {"uucp", 8},    {"cron", 9},    {"authpriv", 10},
        {"ftp", 11},    {"local0", 16}, {"local1", 17}, {"local2", 18}, {"local3", 19}, {"local4", 20},
        {"local5", 21}, {"local6", 22}, {"local7", 23},
    }};
    for (const auto& [known, number] : names)
        if (known == name) return number;
    return std::nullopt;
}

void Syslog::connect(std::int64_t now) {
    if (now == tried_at_) return;
    tried_at_ = now;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    Fd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return;
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    fd_ = std::move(fd);
}

// The queue of such a socket is ten lines long where nobody has set net.unix.max_dgram_qlen: a start fills it
// in a moment.
bool Syslog::wait_for_room() const {
    constexpr int moment_ms = 200;
    pollfd room{.fd = fd_.get(), .events = POLLOUT, .revents = 0};
    return !stands_still_ && ::poll(&room, 1, moment_ms) > 0;
}

bool Syslog::send(std::string_view line, std::int64_t now) {
    for (int attempt = 0; attempt < 3; ++attempt) {
        if (!fd_) connect(now);
        if (!fd_) break;
        if (::send(fd_.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            stands_still_ = false;
            return true;
        }
        const int error = errno;
        if (error == EINTR) continue;
        if (error == EAGAIN && wait_for_room()) continue;
        if (error == EAGAIN) stands_still_ = true;
        if (error == EAGAIN || error == ENOBUFS || error == EMSGSIZE) break;
        fd_.reset();  // the daemon was restarted: its socket is another one now
    }
    ++lost_;
    return false;
}

}  // namespace hb::writer
