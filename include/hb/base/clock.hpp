#pragma once
#include <ctime>

#include "hb/base/time.hpp"

namespace hb {

/// The boot clock now.
inline Instant boot_now() {
    timespec t{};
    ::clock_gettime(CLOCK_BOOTTIME, &t);
    return Instant{std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec}};
}

/// Unix time in nanoseconds.
inline std::int64_t wall_now_ns() {
    timespec t{};
    ::clock_gettime(CLOCK_REALTIME, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

inline timespec to_timespec(Duration d) {
    timespec t{};
    t.tv_sec = static_cast<time_t>(d.count() / 1'000'000'000);
    t.tv_nsec = static_cast<long>(d.count() % 1'000'000'000);
    return t;
}

}  // namespace hb
