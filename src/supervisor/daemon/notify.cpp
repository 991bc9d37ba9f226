#include "supervisor/daemon/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "hb/base/fd.hpp"

namespace hb::supervisor {

void notify(std::string_view state) {
    const char* const path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un to{};
    const std::size_t length = path ? std::strlen(path) : 0;
    if (length < 2 || length >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) return;
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path, length);
    if (path[0] == '@') to.sun_path[0] = '\0';  // an abstract name
    Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) return;
    ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

void notify_reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000L + now.tv_nsec / 1000));
}

}  // namespace hb::supervisor
