#pragma once
#include <cstdint>

#include "hb/base/bytes.hpp"

namespace hb::auth {

/// 3.0.6's `crc`: polynomial 0x04C11DB7, most significant bit first, no reflection. Start with 0, give each
/// piece the value of the one before, invert the last.
std::uint32_t crc32(std::uint32_t crc, Bytes bytes);

}  // namespace hb::auth
