#pragma once
#include "hb/wire/message.hpp"
#include "violations.hpp"

namespace hb::hbdump {

/// heartbeat-protocol(7): known type and fields, each with the encoding it has in this type, in the order of
/// the wire, and everything a message needs.
void check_message(const wire::Message& message, Violations& out);

}  // namespace hb::hbdump
