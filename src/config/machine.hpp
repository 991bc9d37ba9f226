#pragma once
#include <string>
#include <vector>

#include "config/detail.hpp"

namespace hb::config {

/// What only this machine knows: interfaces, routes, addresses, scripts and units, directories of log files.
void check_machine(const Detailed& detailed, const Sources& sources, const std::string& directory,
                   std::vector<Problem>& out);

/// Units of systemd that no `monitor` line names are asked for their state.
void monitor_units(Detailed& detailed, const std::string& directory);

}  // namespace hb::config
