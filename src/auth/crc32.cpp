#include "crc32.hpp"

#include <array>

namespace hb::auth {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t crc = i << 24;
        for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ (crc >> 31 != 0 ? 0x04C11DB7u : 0u);
        table[i] = crc;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> table = make_table();

}  // namespace

std::uint32_t crc32(std::uint32_t crc, Bytes bytes) {
    for (const std::byte octet : bytes)
        crc = crc << 8 ^ table[crc >> 24 ^ std::to_integer<std::uint32_t>(octet)];
    return crc;
}

}  // namespace hb::auth
