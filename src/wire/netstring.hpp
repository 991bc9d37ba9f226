#pragma once
#include <string_view>

#include "hb/wire/message.hpp"

namespace hb::wire {

constexpr std::string_view netstring_begin = "###\n", netstring_end = "%%%\n";

/// The first n octets, and what is behind them; n <= text.size(). Unlike substr() they need no exceptions.
inline std::string_view first(std::string_view text, std::size_t n) { return {text.data(), n}; }
inline std::string_view after(std::string_view text, std::size_t n) {
    return {text.data() + n, text.size() - n};
}

/// Takes "LEN:VALUE," from the head of `rest`. LEN: 1 to 7 decimal digits without leading zeros. Looks at no
/// octet of VALUE. On failure (short_datagram, bad_length) `rest` stays as it was.
DropReason take_netstring(std::string_view& rest, std::string_view& value);

DropReason open_netstring(std::string_view datagram, Envelope& out);
DropReason decode_netstring(std::string_view body, Message& out);

DropReason open_classic(std::string_view datagram, Envelope& out);
DropReason decode_classic(Bytes body, Message& out);

}  // namespace hb::wire
