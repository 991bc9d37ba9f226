#pragma once
#include <chrono>
#include <cstdint>

namespace hb {

/// Time since boot with suspend counted (CLOCK_BOOTTIME). Every decision is made on it; the wall
/// clock exists only in log lines and in the `ts` field.
struct BootClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
};
using Duration = std::chrono::nanoseconds;
using Instant = BootClock::time_point;
using namespace std::chrono_literals;

/// Later than every instant that occurs: "no deadline".
constexpr Instant never = Instant::max();

constexpr std::int64_t to_ms(Duration d) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}
/// Milliseconds, a started one counted whole.
constexpr std::int64_t to_ms_up(Duration d) {
    return std::chrono::ceil<std::chrono::milliseconds>(d).count();
}

}  // namespace hb
