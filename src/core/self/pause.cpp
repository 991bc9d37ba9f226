#include "pause.hpp"

#include <algorithm>

#include "hb/core/event.hpp"

namespace hb::core {

Pause::Slept Pause::notice(Instant now) {
    Slept slept{.gap = now - last_turn_};
    const Duration late = keepalive_ * 5 / 4;
    slept.excuses = slept.gap > std::max<Duration>(deadtime_ / 2, late);
    slept.beyond_right = slept.excuses && slept.gap > lease_of(deadtime_);
    if (slept.excuses) excused_ = now;
    if (slept.excuses || slept.gap > std::max<Duration>(late, 500ms))
        awake_since_ = now;  // nor did others turn, perhaps
    if (slept.beyond_right) distrusted_before_ = now;
    last_turn_ = now;
    return slept;
}

}  // namespace hb::core
