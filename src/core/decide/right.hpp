#pragma once
#include "hb/base/time.hpp"

namespace hb::core {

/// Until when may this node hold what it holds? A lease (three quarters of a deadtime) behind its last turn; and where living peers
/// tell what they hear, a lease behind the last of our statuses that each of them has heard. An unproven turn is good for two pulses
/// only, so that a node that is no longer heard lets go before the peer may claim (decisions.md, The right to hold).
class Right {
public:
    Right(Instant last_turn, Duration keepalive, Duration deadtime);

    /// A living peer that tells what it hears. `confirmed`: when we sent what it heard last. `armed`: it hears us no more.
    void ask(Instant confirmed, bool armed);
    /// Whatever is proven, not beyond this.
    void limit(Instant end) { until_ = end < until_ ? end : until_; }
    Instant until() const { return until_; }

private:
    Duration lease_;
    Instant by_turn_, unproven_, until_;
};

}  // namespace hb::core
