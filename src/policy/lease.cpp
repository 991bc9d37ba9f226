#include "hb/policy/lease.hpp"

#include <algorithm>

#include "hb/core/event.hpp"

namespace hb::policy {
namespace {

constexpr Duration late_look = 1ms;
constexpr Duration least_hang = 2s;

}  // namespace

Judgement Lease::judge(const Evidence& e) {
    const Duration beat = core::supervisor_beat(e.keepalive, e.deadtime);
    Judgement judgement{Judgement::Verdict::fine, e.now + beat};
    if (e.holding && e.now > e.hold_until) {
        // hold_until stands three quarters of a deadtime behind the evidence: a quarter is left.
        const bool in_time = e.now + grace < e.hold_until + e.deadtime / 4;
        if (grace_given_ || e.now - e.due < late_look || !in_time) {
            judgement.verdict = Judgement::Verdict::passed;
            return judgement;
        }
        grace_given_ = true;
        judgement.look_again = e.now + grace;
        return judgement;
    }
    grace_given_ = false;
    // The page counts whole milliseconds, rounded down.
    if (e.holding) judgement.look_again = std::min(judgement.look_again, e.hold_until + 1ms);
    if (e.now - e.engine_turn <= std::max<Duration>(e.deadtime, least_hang)) {
        hung_looks_ = 0;
        return judgement;
    }
    if (++hung_looks_ >= 2) judgement.verdict = Judgement::Verdict::hung;
    return judgement;
}

}  // namespace hb::policy
