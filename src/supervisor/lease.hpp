#pragma once
#include <optional>

#include "hb/base/time.hpp"
#include "hb/ipc/page.hpp"

namespace hb::supervisor {

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

/// The end of the right to hold, by a reading of the clock of its own: a turn may have been long. An engine writes none that
/// lies further ahead than a lease, so one that does is none of an engine: nullopt.
std::optional<Instant> hold_until_of(const ipc::Page& page, Duration deadtime);
bool has_right_to_hold(const ipc::Page& page, Duration deadtime);
/// The last completed turn of the engine; `otherwise` if the page names an instant that is still to come.
Instant engine_turn_of(const ipc::Page& page, Instant otherwise);

/// The right to hold, and an engine that turns no more.
class Lease {
public:
    /// passed: hold_until lies behind. If the look itself came late (this process, perhaps the whole machine,
    /// was stopped), the engine gets one short grace to speak first, but never past the deadtime. hung: no
    /// turn for a deadtime (at least 2 s), seen by two looks a keepalive apart.
    Judgement judge(const Evidence& evidence);

private:
    bool grace_given_ = false;
    unsigned hung_looks_ = 0;
};

}  // namespace hb::supervisor
