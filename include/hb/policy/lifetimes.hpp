#pragma once
#include "hb/base/time.hpp"

namespace hb::policy {

/// Pure: addresses that end by themselves, and the rounds in which they are given one more lifetime. The daemon and the
/// simulator use it alike.
class Lifetimes {
public:
    /// One begins now: its end. A lifetime of 0 is for ever.
    Instant begin(Instant now, Duration lifetime);
    /// Its last lifetime has passed, or is about to: to refresh it could add it again.
    static bool lapsed(Instant expires, Instant now);

    /// When the next round is due; never: there is nothing to prolong.
    Instant due() const { return due_; }
    void begin_round() { due_ = never; }
    /// Some could not be prolonged; they may be held again before they end.
    void due_soon(Instant now, Duration lifetime);
    void due_at_once() { due_ = Instant{}; }

private:
    Instant due_ = never;
};

}  // namespace hb::policy
