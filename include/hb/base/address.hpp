#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hb {

struct Mac {
    std::array<std::uint8_t, 6> octets{};
    auto operator<=>(const Mac&) const = default;
};
constexpr Mac broadcast_mac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/// An IPv4 address; `value` in host order (127.0.0.1 is 0x7f000001).
struct Ipv4 {
    std::uint32_t value = 0;
    auto operator<=>(const Ipv4&) const = default;
};

/// Four decimal numbers 0..255 with three dots and nothing else, no leading zeros beyond "0".
std::optional<Ipv4> parse_ipv4(std::string_view text);
std::string to_text(Ipv4 address);
/// Six hex pairs with colons.
std::optional<Mac> parse_mac(std::string_view text);
std::string to_text(Mac mac);

/// The mask of a prefix length 0..32, and the address with all host bits set.
constexpr std::uint32_t mask_of(unsigned bits) { return bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits); }
constexpr Ipv4 broadcast_of(Ipv4 address, unsigned bits) { return Ipv4{address.value | ~mask_of(bits)}; }

}  // namespace hb
