#pragma once
#include <sys/epoll.h>

#include <array>
#include <span>

#include "hb/base/fd.hpp"

namespace hb::tools {

/// epoll; what is watched is named by its descriptor.
class Poller {
public:
    Poller() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {}
    explicit operator bool() const { return static_cast<bool>(fd_); }
    void watch(int fd, std::uint32_t events = EPOLLIN) {
        epoll_event event{.events = events, .data = {.fd = fd}};
        if (::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
            ::epoll_ctl(fd_.get(), EPOLL_CTL_MOD, fd, &event);
    }
    /// To be called before the descriptor is closed.
    void forget(int fd) { ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr); }
    std::span<const epoll_event> wait(int timeout_ms = -1) {
        const int n = ::epoll_wait(fd_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
        return {events_.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
    }

private:
    Fd fd_;
    std::array<epoll_event, 32> events_{};
};

}  // namespace hb::tools
