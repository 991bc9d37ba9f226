#pragma once
#include <vector>

#include "config/detail.hpp"
#include "hb/config/host_network.hpp"

namespace hb::config {

/// Media and service addresses against the network of the host. The daemon uses the same rules when it adds an address.
void check_network(const Detailed& detailed, const Sources& sources, const HostNetwork& host,
                   std::vector<Problem>& out);

}  // namespace hb::config
