#pragma once
#include "hb/base/bounds.hpp"
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// Under which generation does this node speak? Peers follow the highest that they have met. So who learns that it was heard under a
/// higher one goes on above that: as soon as the number is on the disk, for no later life may speak under it again, but not much
/// later, for nobody listens to a lower one (heartbeat-protocol(7), FRESHNESS).
///
///   present --want()--> wanted --on the disk, two seconds later, or no number left--> present
class Number {
public:
    explicit Number(Generation first) : first_(first), reserved_(first) {}

    /// Up to this one no later life of the node speaks.
    void reserve(Generation upto) { reserved_ = upto > reserved_ ? upto : reserved_; }
    void want(Generation generation, Generation present, Instant now);
    /// One above the present that is wanted; 0: none.
    Generation wanted(Generation present) const { return wanted_ > present ? wanted_ : 0; }
    /// The one to begin now; 0: the present one goes on. `newest`: the number of the last message.
    [[nodiscard]] Generation due(Generation present, Sequence newest, Instant now);
    /// The next one, without a wait, at most once in a `pause`; 0: it is not on the disk.
    [[nodiscard]] Generation next(Generation present, Instant now, Duration pause);
    /// This engine has spoken under it before, and nobody else ever has.
    bool was_ours(Generation generation, Generation present) const {
        return generation >= first_ && generation < present;
    }

private:
    Generation first_, reserved_, wanted_ = 0;
    Instant wanted_since_, taken_;
};

}  // namespace hb::core
