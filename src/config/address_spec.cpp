#include "config/address_spec.hpp"

#include <bit>
#include <vector>

#include "config/report.hpp"
#include "config/value.hpp"
#include "hb/base/text.hpp"

namespace hb::config {
namespace {

constexpr std::size_t longest_label = 15;  // IFNAMSIZ - 1 of Linux, interface and colon included

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Part {
    std::string_view text;
    std::size_t at = 0;
};
std::vector<Part> split(std::string_view text) {
    std::vector<Part> parts;
    for (std::size_t at = 0;;) {
        const std::size_t end = text.find('/', at);
        parts.push_back({text.substr(at, end - at), at});
        if (end == std::string_view::npos) return parts;
        at = end + 1;
    }
}

SpecParsed fault(const Part& part, std::string text, std::string advice = {}) {
    return {std::nullopt, part.at, std::move(text), std::move(advice), {}};
}

/// Why no host can have it; empty: it can.
std::string_view impossible(Ipv4 address) {
    const std::uint32_t first = address.value >> 24;
    if (first == 0) return "is not an address of a host";
    if (first >= 224 && first < 240) return "is a multicast address";
    return first >= 240 ? "is a reserved address" : "";
}

/// A number, or a netmask in dotted form as 3.0.6 takes it.
std::optional<unsigned> parse_bits(std::string_view text) {
    if (const auto number = parse_number(text, 0, 32)) return number;
    const std::optional<Ipv4> mask = parse_ipv4(text);
    if (!mask) return std::nullopt;
    const auto bits = static_cast<unsigned>(std::popcount(mask->value));
    return mask_of(bits) == mask->value ? std::optional{bits} : std::nullopt;
}

/// Slashes at the end say nothing to 3.0.6.
std::string_view without_last_slashes(std::string_view text) {
    return text.substr(0, text.find_last_not_of('/') + 1);
}

std::string doubt_about(const AddressSpec& spec) {
    if (!spec.bits || *spec.bits > 30) return {};
    const std::uint32_t host = spec.address.value & ~mask_of(*spec.bits);
    if (host == 0) return concat(to_text(spec.address), " is the address of the network itself");
    if (host == ~mask_of(*spec.bits))
        return concat(to_text(spec.address), " is the broadcast address of its network");
    return {};
}

std::optional<SpecParsed> take_interface(const Part& part, AddressSpec& spec) {
    const std::size_t colon = part.text.find(':');
    spec.interface = part.text.substr(0, colon);
    if (colon != std::string_view::npos) spec.label = part.text.substr(colon + 1);
    if (spec.interface.empty() || spec.interface.size() > longest_label)
        return fault(part, concat("[", shown(part.text), "] is not the name of an interface"),
                     "write ADDRESS/BITS/INTERFACE, as in 10.0.0.1/24/eth0");
    if (colon != std::string_view::npos && (spec.label.empty() || part.text.size() > longest_label))
        return fault(part, concat("[", shown(part.text), "] is not a label"),
                     concat("INTERFACE:LABEL, together at most ", longest_label, " characters"));
    return std::nullopt;
}

std::optional<SpecParsed> take_broadcast(const Part& part, AddressSpec& spec) {
    spec.broadcast = parse_ipv4(part.text);
    if (spec.broadcast) return std::nullopt;
    return fault(part, concat("[", shown(part.text), "] is not a broadcast address"),
                 "leave it out: it follows from the address and the bits");
}

std::optional<SpecParsed> take_rest(const std::vector<Part>& parts, AddressSpec& spec) {
    if (parts.size() < 3) return std::nullopt;
    const bool is_broadcast = !parts[2].text.empty() && is_digit(parts[2].text[0]);
    const std::size_t most = is_broadcast ? 3 : 4;
    if (parts.size() > most)
        return fault(parts[most], "there is something behind the broadcast address",
                     "write ADDRESS/BITS/INTERFACE/BROADCAST");
    if (is_broadcast) return take_broadcast(parts[2], spec);
    if (auto bad = take_interface(parts[2], spec)) return bad;
    return parts.size() > 3 ? take_broadcast(parts[3], spec) : std::nullopt;
}

}  // namespace

SpecParsed parse_address_spec(std::string_view text, bool alias_label) {
    const std::vector<Part> parts = split(without_last_slashes(text));
    AddressSpec spec;
    spec.alias_label = alias_label;
    const std::optional<Ipv4> address = parse_ipv4(parts[0].text);
    if (!address && looks_like_ipv6(parts[0].text))
        return fault(
            parts[0],
            concat("[", shown(parts[0].text), "] is an IPv6 address: only IPv4 addresses are built in"),
            advice_for_ipv6);
    if (!address)
        return fault(parts[0], concat("[", shown(parts[0].text), "] is not an IPv4 address"),
                     "four numbers from 0 to 255, as in 10.0.0.1");
    spec.address = *address;
    if (const std::string_view why = impossible(*address); !why.empty())
        return fault(parts[0], concat(parts[0].text, ' ', why));
    if (parts.size() > 1) {
        spec.bits = parse_bits(parts[1].text);
        if (!spec.bits)
            return fault(parts[1], concat("[", shown(parts[1].text), "] is not a number of bits"),
                         "write a number from 0 to 32, as in /24");
    }
    if (auto bad = take_rest(parts, spec)) return *bad;
    std::string doubt = doubt_about(spec);
    return {std::move(spec), 0, {}, {}, std::move(doubt)};
}

bool looks_like_address(std::string_view word) {
    for (int number = 0; number < 4; ++number) {
        const std::size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
        if (digits == 0) return false;
        word.remove_prefix(digits);
        if (number < 3 && !word.starts_with('.')) return false;
        if (number < 3) word.remove_prefix(1);
    }
    return true;
}

}  // namespace hb::config
