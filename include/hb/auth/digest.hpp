#pragma once
#include <array>
#include <cstdint>

#include "hb/base/bytes.hpp"

namespace hb::auth {

/// SHA-256 by libcrypto.
std::array<std::uint8_t, 32> sha256(Bytes bytes);
/// Its first 4 octets, big endian: the form of core::Digest.
std::uint32_t sha256_head(Bytes bytes);

}  // namespace hb::auth
