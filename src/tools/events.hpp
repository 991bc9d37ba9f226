#pragma once
#include "hb/base/log.hpp"

/// What is wrong in a configuration.
namespace hb::tools::say {

using log::Kind;

constexpr Kind config_problem{514, Level::error, "%: %"};
constexpr Kind config_warning{515, Level::warning, "%: %"};

}  // namespace hb::tools::say
