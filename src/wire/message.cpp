#include "hb/wire/message.hpp"

#include <charconv>

#include "hb/wire/classic.hpp"
#include "netstring.hpp"

namespace hb::wire {
namespace {

template <int base>
std::optional<std::uint64_t> number(std::optional<std::string_view> text) {
    if (!text) return std::nullopt;
    std::uint64_t value = 0;
    const char* const end = text->data() + text->size();
    const auto [stop, fault] = std::from_chars(text->data(), end, value, base);
    if (fault != std::errc{} || stop != end) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::string_view> Message::get(std::string_view name) const {
    for (const Field& field : fields)
        if (field.name == name) return field.value;
    return std::nullopt;
}

std::string_view Message::get_or(std::string_view name, std::string_view fallback) const {
    return get(name).value_or(fallback);
}

std::optional<std::uint64_t> Message::hex(std::string_view name) const { return number<16>(get(name)); }
std::optional<std::uint64_t> Message::decimal(std::string_view name) const { return number<10>(get(name)); }

std::string_view to_text(DropReason reason) {
    switch (reason) {
        case DropReason::none: return "none";
        case DropReason::short_datagram: return "short datagram";
        case DropReason::unknown_form: return "unknown form";
        case DropReason::bad_length: return "bad length";
        case DropReason::bad_field: return "bad field";
        case DropReason::bad_type: return "bad field type";
        case DropReason::too_many_fields: return "too many fields";
        case DropReason::no_signature: return "no signature";
        case DropReason::unknown_key: return "unknown key";
        case DropReason::keyless: return "crc beside a key";
        case DropReason::bad_signature: return "bad signature";
        case DropReason::bad_base64: return "bad base64";
        case DropReason::no_type: return "no message type";
        case DropReason::no_source: return "no source";
        case DropReason::no_time: return "no time";
        case DropReason::no_sequence: return "no sequence number";
        case DropReason::unknown_node: return "unknown node";
        case DropReason::own: return "own frame";
        case DropReason::not_for_us: return "not for us";
        case DropReason::replay: return "replay";
        case DropReason::count_: break;
    }
    return "unknown";
}

DropReason open_envelope(Bytes datagram, Envelope& out) {
    const std::string_view text = text_of(datagram);
    out = Envelope{};
    if (text.starts_with(netstring_begin)) return open_netstring(text, out);
    if (text.starts_with(classic_begin)) return open_classic(text, out);
    return text.size() < netstring_begin.size() ? DropReason::short_datagram : DropReason::unknown_form;
}

DropReason decode(const Envelope& envelope, Message& out) {
    out.fields.clear();
    out.scratch_used = 0;
    switch (envelope.form) {
        case Envelope::Form::netstring: return decode_netstring(text_of(envelope.body), out);
        case Envelope::Form::classic: return decode_classic(envelope.body, out);
    }
    return DropReason::unknown_form;
}

}  // namespace hb::wire
