#include "supervisor/lease.hpp"

#include <algorithm>

#include "hb/base/clock.hpp"
#include "hb/core/event.hpp"

namespace hb::supervisor {
namespace {

constexpr Duration grace = 3ms;
constexpr Duration late_look = 1ms;
constexpr Duration least_hang = 2s;

}  // namespace

// The clock is read after the page: what an honest engine wrote lies no further ahead of it.
std::optional<Instant> hold_until_of(const ipc::Page& page, Duration deadtime) {
    const std::uint32_t written = page.hold_until_ms.load(std::memory_order_acquire);
    const Instant now = boot_now(), until = ipc::page_instant(written, now);
    if (until > now + core::lease_of(deadtime) + grace) return std::nullopt;
    return until;
}

bool has_right_to_hold(const ipc::Page& page, Duration deadtime) {
    const auto until = hold_until_of(page, deadtime);
    return until && boot_now() < *until;
}

Instant engine_turn_of(const ipc::Page& page, Instant otherwise) {
    const std::uint32_t written = page.engine_turn_ms.load(std::memory_order_relaxed);
    const Instant now = boot_now(), turn = ipc::page_instant(written, now);
    return turn > now + grace ? otherwise : std::max(otherwise, turn);
}

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

}  // namespace hb::supervisor
