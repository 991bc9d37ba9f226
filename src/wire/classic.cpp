#include "hb/wire/classic.hpp"

#include "base64.hpp"
#include "hb/wire/vocabulary.hpp"
#include "netstring.hpp"

/// The classic form, one field a line, text without a type:
///
///     ">>>\n"  { ["(" T ")"] NAME "=" VALUE "\n" }  "<<<\n"
///
/// Signed are all lines with their newlines but the markers and the line `auth`, which holds the signature.
namespace hb::wire {
namespace {

constexpr char newline_in_value = 0x13;  // stands for a newline inside a text
constexpr std::string_view auth_line = "auth=";

/// Copies a text to the scratch and puts its newlines back. nullopt: no room.
std::optional<std::string_view> unfold(std::string_view text, Message& out) {
    const std::span<char> room = std::span(out.scratch).subspan(out.scratch_used);
    if (text.size() > room.size()) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) room[i] = text[i] == newline_in_value ? '\n' : text[i];
    out.scratch_used += text.size();
    return std::string_view(room.data(), text.size());
}

std::optional<std::string_view> unpack(std::string_view text, Message& out) {
    const std::span<char> room = std::span(out.scratch).subspan(out.scratch_used);
    const auto size = decode_base64(text, room);
    if (!size) return std::nullopt;
    out.scratch_used += *size;
    return std::string_view(room.data(), *size);
}

DropReason decode_value(Field& field, Message& out) {
    std::optional<std::string_view> value = field.value;
    switch (field.type) {
        case FieldType::text:
            if (field.value.find(newline_in_value) != std::string_view::npos)
                value = unfold(field.value, out);
            if (!value) return DropReason::bad_field;
            break;
        case FieldType::binary:
        case FieldType::compressed:
            value = unpack(field.value, out);
            if (!value) return DropReason::bad_base64;
            break;
        case FieldType::nested:
        case FieldType::list: break;
    }
    field.value = *value;
    return DropReason::none;
}

DropReason split_line(std::string_view line, Field& out) {
    if (line.size() >= 3 && line[0] == '(' && line[2] == ')') {
        const char digit = line[1];
        if (digit < '1' || digit > '4') return DropReason::bad_type;  // "(0)" is invalid to 3.0.6 too
        out.type = static_cast<FieldType>(digit - '0');
        line.remove_prefix(3);
    }
    const auto equals = line.find('=');
    if (equals == 0 || equals == std::string_view::npos) return DropReason::bad_field;
    out.name = first(line, equals);
    out.value = after(line, equals + 1);
    return DropReason::none;
}

void put_text(std::string_view text, Writer& out) {
    for (const char c : text) out.u8(static_cast<std::uint8_t>(c == '\n' ? newline_in_value : c));
}

/// False if the classic form cannot hold the field.
bool put_field(const Field& field, Writer& out) {
    constexpr std::string_view breaks("\n\0", 2);
    const bool packed = field.type == FieldType::binary || field.type == FieldType::compressed;
    const bool plain = field.type == FieldType::text;
    if (field.name.find_first_of(breaks) != std::string_view::npos) return false;
    if (!packed && field.value.find('\0') != std::string_view::npos) return false;
    // A nested message keeps its form; one of the netstring form has newlines and does not fit on a line.
    if (!packed && !plain && field.value.find('\n') != std::string_view::npos) return false;
    if (!plain) {
        out.put("(");
        out.u8(static_cast<std::uint8_t>('0' + static_cast<int>(field.type)));
        out.put(")");
    }
    out.put(field.name);
    out.put("=");
    if (packed)
        put_base64(bytes_of(field.value), out);
    else
        put_text(field.value, out);
    out.put("\n");
    return true;
}

/// All fields but the first `auth`.
bool put_fields(const Message& message, Writer& out) {
    bool auth_seen = false;
    for (const Field& field : message.fields) {
        if (!auth_seen && field.name == field::auth && field.type == FieldType::text) {
            auth_seen = true;
            continue;
        }
        if (!put_field(field, out)) return false;
    }
    return true;
}

}  // namespace

ClassicLines::ClassicLines(Bytes body) : rest_(text_of(body)) {
    if (rest_.starts_with(classic_begin)) rest_.remove_prefix(classic_begin.size());
    if (rest_.ends_with(classic_end)) rest_.remove_suffix(classic_end.size());
}

std::optional<std::string_view> ClassicLines::next() {
    while (!rest_.empty()) {
        const std::string_view line = rest_.substr(0, rest_.find('\n'));
        rest_.remove_prefix(line.size() < rest_.size() ? line.size() + 1 : line.size());
        if (!line.empty()) return line;
    }
    return std::nullopt;
}

std::optional<std::string_view> auth_of_line(std::string_view line) {
    if (!line.starts_with(auth_line)) return std::nullopt;
    return after(line, auth_line.size());
}

DropReason open_classic(std::string_view datagram, Envelope& out) {
    datagram = datagram.substr(0, datagram.find('\0'));
    const auto end = datagram.find("\n<<<\n");  // the newline of the last line, or of ">>>\n"
    if (end == std::string_view::npos) return DropReason::short_datagram;
    out.form = Envelope::Form::classic;
    out.body = bytes_of(first(datagram, end + 1 + classic_end.size()));
    ClassicLines lines(out.body);
    while (const auto line = lines.next()) {
        if (const auto auth = auth_of_line(*line)) {
            out.signature = *auth;
            return DropReason::none;
        }
    }
    return DropReason::no_signature;
}

DropReason decode_classic(Bytes body, Message& out) {
    ClassicLines lines(body);
    while (const auto line = lines.next()) {
        Field field;
        if (const DropReason fault = split_line(*line, field); fault != DropReason::none) return fault;
        if (const DropReason fault = decode_value(field, out); fault != DropReason::none) return fault;
        if (!out.fields.try_push(field)) return DropReason::too_many_fields;
    }
    return DropReason::none;
}

std::size_t encode_classic(const Message& message, std::string_view auth, std::span<std::byte> out) {
    Writer writer(out);
    writer.put(classic_begin);
    if (!put_fields(message, writer)) return 0;
    if (!auth.empty()) put_field({field::auth, auth, FieldType::text}, writer);
    writer.put(classic_end);
    return writer.ok() ? writer.size() : 0;
}

std::size_t classic_signed_text(const Message& message, std::span<std::byte> out) {
    Writer writer(out);
    if (!put_fields(message, writer)) return 0;
    return writer.ok() ? writer.size() : 0;
}

}  // namespace hb::wire
