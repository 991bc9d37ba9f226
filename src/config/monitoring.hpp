#pragma once
#include <span>
#include <vector>

#include "config/ha_cf.hpp"

namespace hb::config {

/// `monitor` lines, in their order; the last one that names a resource holds. Returns, in step with Config::resources, which
/// were named.
std::vector<bool> set_monitors(std::span<const MonitorLine> lines, Config& config, Report& report);

/// What a unit of systemd gets that no line names.
void monitor_by_default(Resource& resource);

}  // namespace hb::config
