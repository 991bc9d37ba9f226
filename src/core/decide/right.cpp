#include "right.hpp"

#include <algorithm>

#include "hb/core/event.hpp"

namespace hb::core {

Right::Right(Instant last_turn, Duration keepalive, Duration deadtime)
    : lease_(lease_of(deadtime)), by_turn_(last_turn + lease_), until_(by_turn_) {
    const Duration pulse = std::min<Duration>(keepalive, lease_ / 3);
    unproven_ = std::min(last_turn + 2 * pulse, by_turn_);
}

void Right::ask(Instant confirmed, bool armed) {
    const Instant by_echo = confirmed + lease_;
    limit(armed ? by_echo : std::max(by_echo, unproven_));
}

}  // namespace hb::core
