#include "beginning.hpp"

#include <algorithm>

namespace hb::core {

Beginning::Beginning(const Origin& origin, Instant now)
    : restarted_(origin.restarted),
      goes_on_(std::any_of(origin.groups.begin(), origin.groups.end(),
                           [](const Inherited& g) { return g.state == GroupState::owned; })),
      started_(now), since_(now), right_before_(origin.restarted ? origin.hold_until : never) {}

bool Beginning::listen(bool any_medium, Instant now) {
    if (goes_on_) return false;
    const bool waits = !any_medium && since_ != never;
    if (!any_medium)
        since_ = never;
    else if (since_ == never)
        since_ = now;
    return waits;
}

}  // namespace hb::core
