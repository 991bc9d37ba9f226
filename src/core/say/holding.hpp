#pragma once
#include "core/parts.hpp"

namespace hb::core {

/// What have we told peers of 3.0.6's dialect that we hold (`resource`)? An old one that is sent again may be taken for the present:
/// then it is said once more.
class SaidHolding {
public:
    /// It went out with that number.
    void said(Holding set, Sequence number, Instant now);
    /// The message of that number was sent again. `tells`: it is a `resource`.
    void said_again(Sequence number, bool tells) { is_past_ |= tells && number < number_; }
    /// Numbers begin anew: peers have none of this life.
    void renumbered() { number_ = 0; }
    /// True once after an old one was sent again.
    [[nodiscard]] bool take_past();

    bool tells(Holding set) const { return any_ && set == set_; }  ///< the newest one says so
    Sequence number() const { return number_; }                    ///< 0: none in this generation
    Instant at() const { return at_; }

private:
    Holding set_;
    Sequence number_ = 0;
    Instant at_;
    bool any_ = false, is_past_ = false;
};

}  // namespace hb::core
