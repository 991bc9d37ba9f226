#pragma once
#include <string>
#include <vector>

#include "hb/config/config.hpp"

namespace hb::hbctl {

/// What a configuration promises about who serves, one sentence each; pure.
struct Guarantees {
    std::vector<std::string> kept;     ///< each completes "one owner, and service again, when ..."
    std::vector<std::string> missing;  ///< each names what is not guaranteed, and what would change that
};

/// "30 s", "22.5 s", "400 ms": as a configuration means it, not rounded for the eye.
std::string time_text(Duration duration);

/// After one fault somebody serves again within this time, if a node is left that can; what scripts take to start comes on top.
/// The simulator holds the real core to it (docs/simulator.md).
Duration longest_outage(const config::Config& config);

/// Both empty for a cluster of one node.
Guarantees guarantees(const config::Config& config);

/// The same for a terminal of 80 columns.
std::string guarantees_text(const config::Config& config);

}  // namespace hb::hbctl
