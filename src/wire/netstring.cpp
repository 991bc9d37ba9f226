#include "netstring.hpp"

#include <charconv>

/// The netstring form (n: octets from '(' to the end of VALUE, T: type digit):
///
///     "###\n"  { n ":" "(" T ")" NAME "=" VALUE "," }  "%%%\n"  n ":" KEY " " DIGEST ","
///     |<---------------- signed: the body ---------------->|<----- signature ----->|
namespace hb::wire {
namespace {

constexpr std::size_t max_length_digits = 7;  // 3.0.6 takes at most 2 MiB

/// At the head of a text; those beyond one too many are not counted.
std::size_t count_digits(std::string_view text) {
    std::size_t n = 0;
    while (n <= max_length_digits && n < text.size() && text[n] >= '0' && text[n] <= '9') ++n;
    return n;
}

bool is_begun_end(std::string_view rest) { return netstring_end.starts_with(rest); }

DropReason split_field(std::string_view text, Field& out) {
    if (text.size() < 3 || text[0] != '(' || text[2] != ')') return DropReason::bad_field;
    const char digit = text[1];
    if (digit < '0' || digit > '9') return DropReason::bad_field;
    if (digit > '4') return DropReason::bad_type;
    text.remove_prefix(3);
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) return DropReason::bad_field;
    out = Field{first(text, equals), after(text, equals + 1), static_cast<FieldType>(digit - '0')};
    return DropReason::none;
}

}  // namespace

DropReason take_netstring(std::string_view& rest, std::string_view& value) {
    const std::size_t digits = count_digits(rest);
    if (digits == 0 || digits > max_length_digits || (digits > 1 && rest[0] == '0'))
        return rest.empty() ? DropReason::short_datagram : DropReason::bad_length;
    if (digits == rest.size()) return DropReason::short_datagram;
    if (rest[digits] != ':') return DropReason::bad_length;
    std::size_t length = 0;
    std::from_chars(rest.data(), rest.data() + digits, length);
    const std::string_view tail = after(rest, digits + 1);
    if (length >= tail.size()) return DropReason::short_datagram;
    if (tail[length] != ',') return DropReason::bad_length;
    value = first(tail, length);
    rest = after(tail, length + 1);
    return DropReason::none;
}

DropReason open_netstring(std::string_view datagram, Envelope& out) {
    std::string_view rest = after(datagram, netstring_begin.size());
    while (!rest.starts_with(netstring_end)) {
        if (is_begun_end(rest)) return DropReason::short_datagram;
        std::string_view field;
        if (const DropReason fault = take_netstring(rest, field); fault != DropReason::none) return fault;
    }
    rest.remove_prefix(netstring_end.size());
    out.form = Envelope::Form::netstring;
    out.body = bytes_of(first(datagram, datagram.size() - rest.size()));
    if (rest.empty()) return DropReason::no_signature;
    return take_netstring(rest, out.signature);
}

DropReason decode_netstring(std::string_view body, Message& out) {
    if (!body.starts_with(netstring_begin)) return DropReason::unknown_form;
    body.remove_prefix(netstring_begin.size());
    while (!body.starts_with(netstring_end)) {
        std::string_view text;
        Field field;
        if (const DropReason fault = take_netstring(body, text); fault != DropReason::none) return fault;
        if (const DropReason fault = split_field(text, field); fault != DropReason::none) return fault;
        if (!out.fields.try_push(field)) return DropReason::too_many_fields;
    }
    return DropReason::none;
}

}  // namespace hb::wire
