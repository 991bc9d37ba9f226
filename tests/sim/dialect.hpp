#pragma once
#include <span>

#include "hb/base/bytes.hpp"
#include "hb/wire/message.hpp"

namespace hb::sim {

/// A peer that speaks 3.0.6's dialect only is our core that is not told of the extension: its fields are taken out of all that this
/// host sends and of all that it hears. So its peer sees a 3.0.6 on the wire. What it decides is ours all the same: it has none of
/// 3.0.6's faults and none of its delays, and its supervisor removes addresses in time. tests/peer has the real one.
Bytes without_extension(Bytes body, std::span<std::byte> room);
void strip_extension(wire::Message& message);

}  // namespace hb::sim
