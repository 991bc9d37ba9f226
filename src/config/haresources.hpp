#pragma once
#include <string>
#include <vector>

#include "config/report.hpp"
#include "hb/config/config.hpp"

namespace hb::config {

/// Groups and resources of `text` into `config`, whose nodes are known already. `places` is in step with
/// Config::resources.
void parse_haresources(std::string_view text, const std::string& path, Report& report, Config& config,
                       std::vector<Word>& places);

}  // namespace hb::config
