#pragma once
#include <string>

namespace hb::kernel {

enum class Promotion { was_set, set_now, refused };

/// Sees to promote_secondaries = 1 for an interface: without it the kernel deletes, together with a primary
/// address, every secondary one of its subnet, the host's own perhaps. `conf` is /proc/sys/net/ipv4/conf; its
/// entry `all` counts for each.
Promotion promote_secondaries(const std::string& conf, const std::string& interface);

}  // namespace hb::kernel
