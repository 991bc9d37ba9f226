#pragma once
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <cstdint>
#include <span>

#include "hb/base/clock.hpp"
#include "hb/base/fd.hpp"

namespace hb::engine {

/// What a ready descriptor is for; `number` is the index of a medium, of an ear for ARP or of a client.
struct Key {
    enum class Kind : std::uint32_t { timer, channel, listener, medium, arp, client };
    Kind kind = Kind::timer;
    std::uint32_t number = 0;
};

/// epoll, level-triggered.
class Poll {
public:
    Poll() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {}
    explicit operator bool() const { return static_cast<bool>(fd_); }
    bool watch(int fd, Key key, std::uint32_t events = EPOLLIN) {
        return control(EPOLL_CTL_ADD, fd, key, events);
    }
    bool change(int fd, Key key, std::uint32_t events) { return control(EPOLL_CTL_MOD, fd, key, events); }
    /// How many of `ready` are filled; 0 after a signal. `timeout_ms` -1: as long as it takes.
    std::size_t wait(std::span<epoll_event> ready, int timeout_ms) {
        const int n = ::epoll_wait(fd_.get(), ready.data(), static_cast<int>(ready.size()), timeout_ms);
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    static Key key_of(const epoll_event& event) {
        return Key{static_cast<Key::Kind>(event.data.u64 >> 32), static_cast<std::uint32_t>(event.data.u64)};
    }

private:
    bool control(int operation, int fd, Key key, std::uint32_t events) {
        epoll_event event{};
        event.events = events;
        event.data.u64 = static_cast<std::uint64_t>(key.kind) << 32 | key.number;
        return ::epoll_ctl(fd_.get(), operation, fd, &event) == 0;
    }
    Fd fd_;
};

/// One timerfd on the boot clock. Setting it anew also makes it unreadable, so nobody has to read it.
class Timer {
public:
    Timer() : fd_(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {}
    explicit operator bool() const { return static_cast<bool>(fd_); }
    int fd() const { return fd_.get(); }
    /// `never` disarms it. No system call if it already stands there and has not gone off.
    void set(Instant at) {
        if (at == at_ && !expired_) return;
        itimerspec when{};
        if (at != never) when.it_value = to_timespec(std::max(at.time_since_epoch(), Duration{1}));
        ::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
        at_ = at;
        expired_ = false;
    }
    /// epoll said that it went off.
    void went_off() { expired_ = true; }

private:
    Fd fd_;
    Instant at_ = never;
    bool expired_ = false;
};

}  // namespace hb::engine
