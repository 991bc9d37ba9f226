#pragma once
#include <string_view>

#include "hb/wire/message.hpp"

namespace hb::hbdump {

/// Grammar of the hb4 fields of heartbeat-protocol(7), EXTENSION. Why a value is not of it; empty if it is.
std::string_view extension_fault(const wire::Field& field);

bool is_extension(std::string_view name);

}  // namespace hb::hbdump
