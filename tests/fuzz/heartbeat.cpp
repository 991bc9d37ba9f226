// Everything that reads octets of the network: envelope, signature, fields, Ethernet, IP, UDP, ARP. An input
// is taken as a datagram and as a frame. Besides not crashing, what comes out must lie inside what went in,
// and what decodes must encode to the same octets.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "hb/auth/authenticator.hpp"
#include "hb/wire/arp.hpp"
#include "hb/wire/message.hpp"
#include "hb/wire/packet.hpp"

namespace fuzz {

using namespace hb;
using wire::DropReason;

inline void require(bool holds) {
    if (!holds) std::abort();
}

inline bool lies_in(std::string_view part, std::string_view whole) {
    return part.empty() ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

inline bool is_same(const wire::Message& a, const wire::Message& b) {
    if (a.fields.size() != b.fields.size()) return false;
    for (std::size_t i = 0; i < a.fields.size(); ++i)
        if (a.fields[i].name != b.fields[i].name || a.fields[i].value != b.fields[i].value ||
            a.fields[i].type != b.fields[i].type)
            return false;
    return true;
}

inline void check_fields(const wire::Envelope& envelope, const wire::Message& message) {
    const std::string_view body = text_of(envelope.body);
    const std::string_view scratch(message.scratch.data(), message.scratch_used);
    require(message.scratch_used <= message.scratch.size());
    for (const wire::Field& field : message.fields) {
        require(!field.name.empty() && lies_in(field.name, body));
        require(lies_in(field.value, body) || lies_in(field.value, scratch));
        message.hex(field.name);
        message.decimal(field.name);
    }
}

/// A decoded netstring builds to the octets it was decoded from.
inline void check_netstring(const wire::Envelope& envelope, const wire::Message& message,
                            std::vector<std::byte>& room) {
    wire::Builder builder(room);
    for (const wire::Field& field : message.fields) builder.field(field);
    require(text_of(builder.finish()) == text_of(envelope.body));
}

/// A decoded classic message builds to one with the same fields, a first `auth` apart.
inline void check_classic(const wire::Message& message, std::vector<std::byte>& room) {
    const std::size_t size = wire::encode_classic(message, "", room);
    require(size > 0);
    wire::Message without_auth, other;
    bool auth_seen = false;
    for (const wire::Field& field : message.fields) {
        const bool is_auth = field.name == "auth" && field.type == wire::FieldType::text;
        if (!is_auth || auth_seen) without_auth.fields.push(field);
        auth_seen = auth_seen || is_auth;
    }
    const wire::Envelope again{
        .form = wire::Envelope::Form::classic, .body = Bytes(room).first(size), .signature = ""};
    require(wire::decode(again, other) == DropReason::none && is_same(without_auth, other));
}

inline void read_datagram(Bytes datagram, auth::Authenticator& authenticator, std::vector<std::byte>& room) {
    wire::Envelope envelope;
    if (wire::open_envelope(datagram, envelope) != DropReason::none) return;
    require(lies_in(text_of(envelope.body), text_of(datagram)) &&
            lies_in(envelope.signature, text_of(datagram)));
    authenticator.verify(envelope);
    wire::Message message;
    const DropReason reason = wire::decode(envelope, message);
    check_fields(envelope, message);
    if (reason != DropReason::none) return;
    room.resize(2 * datagram.size() + 64);
    if (envelope.form == wire::Envelope::Form::netstring)
        check_netstring(envelope, message, room);
    else
        check_classic(message, room);
    require(wire::classic_signed_text(message, room) <= room.size());
}

inline void read_frame(Bytes frame, auth::Authenticator& authenticator, std::vector<std::byte>& room) {
    wire::parse_arp(frame);
    for (const wire::Checksum checksum : {wire::Checksum::check, wire::Checksum::not_ready}) {
        wire::UdpFrame udp;
        if (wire::parse_udp_frame(frame, checksum, udp) != wire::FrameFault::none) continue;
        require(lies_in(text_of(udp.payload), text_of(frame)));
        read_datagram(udp.payload, authenticator, room);
    }
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using Method = hb::config::Key::Method;
    static hb::auth::Authenticator authenticator(
        {.all = {{1, Method::crc, ""}, {2, Method::sha1, "k"}}, .signing = 1});
    static std::vector<std::byte> room;
    const hb::Bytes input = std::as_bytes(std::span(data, size));
    fuzz::read_datagram(input, authenticator, room);
    fuzz::read_frame(input, authenticator, room);
    return 0;
}
