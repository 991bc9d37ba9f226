#include "base64.hpp"

namespace hb::wire {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<std::uint32_t> sextet(char c) {
    const auto i = alphabet.find(c);
    if (i == std::string_view::npos) return std::nullopt;
    return static_cast<std::uint32_t>(i);
}

/// Four characters to 1..3 octets in the upper 24 bits; nullopt if not canonical.
std::optional<std::uint32_t> decode_quad(std::string_view quad, std::size_t octets) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const auto digit =
            i <= octets ? sextet(quad[i]) : (quad[i] == '=' ? std::optional(0u) : std::nullopt);
        if (!digit) return std::nullopt;
        bits = bits << 6 | *digit;
    }
    bits <<= 8;
    if ((bits << (8 * octets)) != 0) return std::nullopt;  // bits behind the last octet
    return bits;
}

}  // namespace

void put_base64(Bytes bytes, Writer& out) {
    while (!bytes.empty()) {
        const std::size_t octets = bytes.size() < 3 ? bytes.size() : 3;
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < octets ? std::to_integer<std::uint32_t>(bytes[i]) : 0);
        for (std::size_t i = 0; i < 4; ++i)
            out.u8(static_cast<std::uint8_t>(i <= octets ? alphabet[bits >> (18 - 6 * i) & 63] : '='));
        bytes = bytes.subspan(octets);
    }
}

std::optional<std::size_t> decode_base64(std::string_view text, std::span<char> out) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t size = 0;
    for (; !text.empty(); text.remove_prefix(4)) {
        std::size_t octets = 3;
        if (text.size() == 4 && text[3] == '=') octets = text[2] == '=' ? 1 : 2;
        const auto bits = decode_quad(text.substr(0, 4), octets);
        if (!bits || octets > out.size() - size) return std::nullopt;
        for (std::size_t i = 0; i < octets; ++i)
            out[size++] = static_cast<char>(*bits >> (24 - 8 * i) & 0xff);
    }
    return size;
}

}  // namespace hb::wire
