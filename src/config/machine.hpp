#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/detail.hpp"

namespace hb::config {

/// Where scripts and units are looked for.
struct ScriptPlaces {
    const std::string& directory;  ///< with resource.d in it
    std::span<const std::string_view> units;
};

/// Addresses for the names of ping nodes, from /etc/hosts; one that is not there is an error.
void look_up_pings(Detailed& detailed, const Sources& sources, std::vector<Problem>& out);

/// What only this machine knows: scripts and units, programs, devices, directories of log files.
void check_machine(const Detailed& detailed, const Sources& sources, const ScriptPlaces& places,
                   std::vector<Problem>& out);

/// Units of systemd that no `monitor` line names are asked for their state.
void monitor_units(Detailed& detailed, const ScriptPlaces& places);

}  // namespace hb::config
