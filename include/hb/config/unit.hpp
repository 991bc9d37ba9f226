#pragma once
#include <string>
#include <string_view>

#include "hb/config/load.hpp"

namespace hb::config {

/// Its Type is oneshot and it does not remain after its end: systemd calls it inactive as soon as it has run.
bool is_oneshot(std::string_view name, std::span<const std::string_view> units = unit_directories);
/// The link below `etc` by which systemd or init starts it at boot; empty: none does.
std::string enabled_by(std::string_view name, const std::string& etc = "/etc");

}  // namespace hb::config
