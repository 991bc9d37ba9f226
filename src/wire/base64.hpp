#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "hb/base/bytes.hpp"

namespace hb::wire {

/// Base64 of RFC 4648, 4: standard alphabet, with padding.
void put_base64(Bytes bytes, Writer& out);

/// Octets written to `out`; nullopt if the text is not the one canonical form of them, or they do not fit.
/// (3.0.6 signs its own re-serialisation, so any other form cannot carry a valid signature from it.)
std::optional<std::size_t> decode_base64(std::string_view text, std::span<char> out);

}  // namespace hb::wire
