#include "supervisor.hpp"

#include <algorithm>

namespace hb::core {

namespace {
constexpr Duration restarted_within = 1s;  // a new one that init starts
constexpr Duration least_patience = 2s;    // it may wait for a lock of the kernel
constexpr Duration grace = 1s;             // behind the turn that was due
}  // namespace

bool Supervisor::gone(Instant now) {
    if (gone_ != never) return false;
    gone_ = now;
    return true;
}

Supervisor::News Supervisor::judge(Instant now, Instant awake_since) {
    if (!is_judged()) return News::nothing;
    const bool lost = gone_ != never || now - silent_since(awake_since) > beat_ + grace;
    if (lost == lost_) return News::nothing;
    lost_ = lost;
    return lost ? News::lost : News::back;
}

Instant Supervisor::silent_since(Instant awake_since) const {
    return gone_ != never ? gone_ : std::max({turn_, awake_since, started_});
}

Instant Supervisor::waited_for(Instant awake_since, Duration at_least, Duration longer) const {
    const Duration patience =
        gone_ != never ? restarted_within : std::max<Duration>(least_patience, 2 * beat_);
    return silent_since(awake_since) + std::max(patience, at_least) + longer;
}

}  // namespace hb::core
