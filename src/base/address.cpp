#include "hb/base/address.hpp"

#include <charconv>
#include <cstddef>

namespace hb {
namespace {

/// One number 0..255 at the head of `rest`, which then begins behind it.
std::optional<std::uint32_t> take_octet(std::string_view& rest) {
    std::uint32_t value = 0;
    const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    const auto digits = static_cast<std::size_t>(end - rest.data());
    // More than three digits, or a leading zero: some programs would read octal.
    if (fault != std::errc{} || digits > 3 || value > 255 || (digits > 1 && rest[0] == '0'))
        return std::nullopt;
    rest.remove_prefix(digits);
    return value;
}

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

}  // namespace

std::optional<Ipv4> parse_ipv4(std::string_view text) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
        if (i > 0) {
            if (text.empty() || text[0] != '.') return std::nullopt;
            text.remove_prefix(1);
        }
        const auto octet = take_octet(text);
        if (!octet) return std::nullopt;
        value = value << 8 | *octet;
    }
    if (!text.empty()) return std::nullopt;
    return Ipv4{value};
}

std::string to_text(Ipv4 address) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) {
        text += std::to_string(address.value >> shift & 0xff);
        if (shift > 0) text += '.';
    }
    return text;
}

std::optional<Mac> parse_mac(std::string_view text) {
    Mac mac;
    if (text.size() != 17) return std::nullopt;
    for (std::size_t i = 0; i < mac.octets.size(); ++i) {
        const auto high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);
        if (!high || !low || (i < 5 && text[3 * i + 2] != ':')) return std::nullopt;
        mac.octets[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return mac;
}

std::string to_text(Mac mac) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t octet : mac.octets) {
        if (!text.empty()) text += ':';
        text += digits[octet >> 4];
        text += digits[octet & 0xf];
    }
    return text;
}

}  // namespace hb
