#include "supervisor/state/right.hpp"

#include <algorithm>

#include "hb/base/clock.hpp"
#include "hb/core/event.hpp"
#include "hb/policy/lease.hpp"

namespace hb::supervisor {

// The clock is read after the page: what an honest engine wrote lies no further ahead of it.
std::optional<Instant> hold_until_of(const ipc::Page& page, Duration deadtime) {
    const std::uint32_t written = page.hold_until_ms.load(std::memory_order_acquire);
    const Instant now = boot_now(), until = ipc::page_instant(written, now);
    if (until > now + core::lease_of(deadtime) + policy::Lease::grace) return std::nullopt;
    return until;
}

bool has_right_to_hold(const ipc::Page& page, Duration deadtime) {
    const auto until = hold_until_of(page, deadtime);
    return until && boot_now() < *until;
}

Instant engine_turn_of(const ipc::Page& page, Instant otherwise) {
    const std::uint32_t written = page.engine_turn_ms.load(std::memory_order_relaxed);
    const Instant now = boot_now(), turn = ipc::page_instant(written, now);
    return turn > now + policy::Lease::grace ? otherwise : std::max(otherwise, turn);
}

}  // namespace hb::supervisor
