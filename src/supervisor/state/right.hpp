#pragma once
#include <optional>

#include "hb/base/time.hpp"
#include "hb/ipc/page.hpp"

/// What the shared page says at this moment.
namespace hb::supervisor {

/// The end of the right to hold, by a reading of the clock of its own: a turn may have been long. An engine writes none that
/// lies further ahead than a lease, so one that does is none of an engine: nullopt.
std::optional<Instant> hold_until_of(const ipc::Page& page, Duration deadtime);
bool has_right_to_hold(const ipc::Page& page, Duration deadtime);
/// The last completed turn of the engine; `otherwise` if the page names an instant that is still to come.
Instant engine_turn_of(const ipc::Page& page, Instant otherwise);

}  // namespace hb::supervisor
