#pragma once
#include "hb/base/log.hpp"

/// What is logged of scripts and programs. What one prints is no event: Journal::output().
namespace hb::scripts::say {

using log::Kind;

constexpr Kind leftover_scripts{583, Level::warning,
                                "% scripts of an earlier heartbeat were still running; killed them"};
constexpr Kind running{542, Level::info, "Running %"};
constexpr Kind script_failed{543, Level::error, "Return code % from %"};
constexpr Kind script_not_started{596, Level::error, "%"};
constexpr Kind script_timed_out{544, Level::error, "%: no end within % ms; stopping it"};
constexpr Kind script_killed{548, Level::error, "%: does not end on SIGTERM; killing it"};
constexpr Kind script_missing{545, Level::error, "Cannot locate resource script %"};
constexpr Kind script_flood{546, Level::warning, "% lines of output dropped: more than % a second"};
constexpr Kind script_status{547, Level::error, "status of %: exit code %"};
constexpr Kind script_unknown{310, Level::warning, "status of % says nothing of the service: exit code %"};

// Fencing
constexpr Kind fencing{560, Level::info, "Resetting node % with [%]"};
constexpr Kind fenced{561, Level::info, "node % now reset."};
constexpr Kind fence_failed{562, Level::error, "node % not reset by [%]: %"};

// The scripts in rc.d
constexpr Kind hook_running{573, Level::info, "Running %/% %"};
constexpr Kind hook_failed{574, Level::warning, "Return code % from %/%"};
constexpr Kind hook_not_started{615, Level::warning, "%"};
constexpr Kind hook_timed_out{575, Level::warning, "%/%: no end within % s; stopping it"};
constexpr Kind hook_lost{
    576, Level::warning,
    "% messages were not given to scripts of %: too many at once, or a script takes too long"};

}  // namespace hb::scripts::say
