#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "hb/config/config.hpp"

namespace hb::config {

struct SpecParsed {
    std::optional<AddressSpec> spec;
    std::size_t fault_at = 0;  ///< offset into the text, without spec
    std::string fault;
    std::string advice;
    std::string doubt;  ///< with spec: what is strange about it; may be empty
};
/// ADDRESS[/BITS[/IF[:LABEL][/BROADCAST]]] or ADDRESS/BITS/BROADCAST.
SpecParsed parse_address_spec(std::string_view text, bool alias_label);

/// Begins with four numbers with dots between them: 3.0.6's short form of IPaddr::WORD.
bool looks_like_address(std::string_view word);

constexpr const char* advice_for_ipv6 =
    "an IPv6 address needs a script of yours in resource.d, and there no `::` in the address: "
    "`::` separates the arguments of a script";

}  // namespace hb::config
