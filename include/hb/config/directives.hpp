#pragma once
#include <span>
#include <string_view>

namespace hb::config {

/// Every word that a line of ha.cf may begin with; "udp" is an old one for "bcast".
std::span<const std::string_view> known_directives();

}  // namespace hb::config
