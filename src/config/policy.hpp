#pragma once
#include <span>
#include <string_view>

#include "config/ha_cf.hpp"

namespace hb::config {

/// Whether a second copy of this script beside the first does harm: it holds something (a file system, a
/// database, a service), and not only an address or an announcement.
bool must_run_once(std::string_view script);

/// `at_most_one` and `at_least_one`: what ha.cf says of single groups, after haresources was read.
void set_policies(std::span<const Policy> policies, Config& config, Report& report);

}  // namespace hb::config
