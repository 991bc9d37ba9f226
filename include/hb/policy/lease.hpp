#pragma once
#include "hb/base/time.hpp"

namespace hb::policy {

/// Pure: what the supervisor concludes from the shared page, and when it must look again.
struct Judgement {
    enum class Verdict { fine, passed, hung };
    Verdict verdict = Verdict::fine;
    Instant look_again = never;
};

/// What is looked at, all of it read just before.
struct Evidence {
    Instant now;
    Instant due;  ///< when this look was to take place
    Instant hold_until;
    Instant engine_turn;   ///< its last completed one
    bool holding = false;  ///< something may be held, and is not yet being released
    Duration keepalive{}, deadtime{};
};

/// The right to hold, and an engine that turns no more.
class Lease {
public:
    static constexpr Duration grace = 3ms;  ///< of an engine that was stopped together with this process
    /// passed: hold_until lies behind. If the look itself came late (this process, perhaps the whole machine,
    /// was stopped), the engine gets one short grace to speak first, but never past the deadtime. hung: no
    /// turn for a deadtime (at least 2 s), seen by two looks a keepalive apart.
    Judgement judge(const Evidence& evidence);

private:
    bool grace_given_ = false;
    unsigned hung_looks_ = 0;
};

}  // namespace hb::policy
