#include "hbctl/client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hb/base/fd.hpp"
#include "hb/base/limits.hpp"

namespace hb::hbctl {
namespace {

using Fault = Reply::Fault;

Instant now() {
    timespec t{};
    ::clock_gettime(CLOCK_BOOTTIME, &t);
    return Instant{std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec}};
}

/// Waits until `fd` is ready or the instant has come.
Fault wait(int fd, short events, Instant until) {
    for (;;) {
        const Duration left = until - now();
        if (left <= 0ns) return Fault::timeout;
        pollfd one{fd, events, 0};
        const int ready = ::poll(&one, 1, static_cast<int>(to_ms_up(left)));
        if (ready > 0) return Fault::none;
        if (ready < 0 && errno != EINTR) return Fault::broken;
    }
}

/// The listener's queue is full: there is nothing to poll for, so ask again a little later.
void pause_shortly() {
    constexpr timespec pause{0, 10'000'000};
    ::nanosleep(&pause, nullptr);
}

Fault connect(int fd, const std::string& path, Instant until) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return Fault::not_running;
    std::memcpy(address.sun_path, path.data(), path.size());
    while (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR) return Fault::not_running;
        if (errno == EACCES || errno == EPERM) return Fault::no_permission;
        if (errno != EAGAIN && errno != EINTR) return Fault::broken;
        if (now() >= until) return Fault::timeout;
        pause_shortly();
    }
    return Fault::none;
}

Fault send_all(int fd, std::string_view text, Instant until) {
    while (!text.empty()) {
        const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
        if (n > 0)
            text.remove_prefix(static_cast<std::size_t>(n));
        else if (errno == EPIPE)
            return Fault::none;  // it has answered already, perhaps with a refusal
        else if (errno != EAGAIN && errno != EINTR)
            return Fault::broken;
        else if (const Fault fault = wait(fd, POLLOUT, until); fault != Fault::none)
            return fault;
    }
    return Fault::none;
}

Fault receive_all(int fd, std::string& out, Instant until) {
    char piece[16384];
    for (;;) {
        const ssize_t n = ::recv(fd, piece, sizeof piece, 0);
        if (n == 0) return Fault::none;
        if (n > 0) out.append(piece, static_cast<std::size_t>(n));
        if (out.size() > 4 * limits::reply) return Fault::broken;
        if (n > 0) continue;
        if (errno != EAGAIN && errno != EINTR) return Fault::broken;
        if (const Fault fault = wait(fd, POLLIN, until); fault != Fault::none) return fault;
    }
}

}  // namespace

Reply ask(const std::string& socket, std::string_view line, Duration patience) {
    const Instant until = now() + patience;
    const Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return {Fault::broken, {}};
    Reply reply;
    reply.fault = connect(fd.get(), socket, until);
    if (reply.fault == Fault::none) reply.fault = send_all(fd.get(), std::string{line} + '\n', until);
    if (reply.fault == Fault::none) reply.fault = receive_all(fd.get(), reply.text, until);
    return reply;
}

}  // namespace hb::hbctl
