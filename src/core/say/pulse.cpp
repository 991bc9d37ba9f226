#include "pulse.hpp"

namespace hb::core {

void Pulse::said(Sequence number, bool change, Instant now, Duration until_next) {
    last_ = now;
    next_ = now + until_next;
    if (!change) return;
    change_ = number;
    repeats_ = 0;
    repeat_at_ = now + 5ms;
}

void Pulse::plan(Instant now) {
    if (++repeats_ < times) repeat_at_ = now + (repeats_ == 1 ? 15ms : 60ms);
}

}  // namespace hb::core
