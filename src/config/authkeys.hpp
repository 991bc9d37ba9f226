#pragma once
#include <string>

#include "config/report.hpp"
#include "hb/config/config.hpp"

namespace hb::config {

/// `path` as 3.0.6 names the file in its messages: "/etc/ha.d//authkeys".
void parse_authkeys(std::string_view text, const std::string& path, Report& report, Keys& out);

}  // namespace hb::config
