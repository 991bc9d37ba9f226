#include "frame.hpp"

#include "hb/wire/vocabulary.hpp"
#include "message_rules.hpp"

namespace hb::hbdump {
namespace {

constexpr std::uint16_t ethertype_arp = 0x0806, ethertype_vlan = 0x8100;
constexpr std::uint8_t echo_reply = 0, echo_request = 8;

bool is_arp(Bytes frame) {
    Reader in(frame);
    in.skip(12);
    std::uint16_t type = in.u16();
    if (type == ethertype_vlan) {
        in.skip(2);
        type = in.u16();
    }
    return in.ok() && type == ethertype_arp;
}

/// Data of an echo request or reply that begins as a heartbeat does.
std::optional<Bytes> echo_of(const Ipv4Packet& packet) {
    if (packet.protocol != protocol_icmp) return std::nullopt;
    Reader in(packet.payload);
    const std::uint8_t type = in.u8();
    in.skip(7);
    if (!in.ok() || (type != echo_request && type != echo_reply) || !text_of(in.rest()).starts_with("###\n"))
        return std::nullopt;
    return in.rest();
}

}  // namespace

void Inspector::look(const Captured& captured, Frame& out) {
    Violations found;
    const auto packet = check_ipv4(captured.octets, rules_.partial, found);
    if (rules_.validate) out.violations = found;
    wire::UdpFrame udp;
    // The checksum was judged above.
    const auto fault = wire::parse_udp_frame(captured.octets, wire::Checksum::not_ready, udp);
    if (fault == wire::FrameFault::none && udp.flow.destination_port == rules_.port) {
        out.kind = Frame::Kind::heartbeat;
        out.flow = udp.flow;
        read_message(udp.payload, out);
    } else if (const auto echo = packet ? echo_of(*packet) : std::nullopt) {
        out.kind = Frame::Kind::echo;
        read_message(*echo, out);
    } else if (is_arp(captured.octets)) {
        out.kind = Frame::Kind::arp;
        out.arp = wire::parse_arp(captured.octets);
    }
    if (rules_.validate) validate(captured, packet, out);
}

void Inspector::read_message(Bytes datagram, Frame& out) {
    out.opened = wire::open_envelope(datagram, out.envelope);
    if (out.opened != wire::DropReason::none) return;
    if (authenticator_) {
        out.verified = authenticator_->verify(out.envelope);
        out.signature =
            out.verified == wire::DropReason::none ? Frame::Signature::good : Frame::Signature::bad;
    }
    out.decoded = wire::decode(out.envelope, out.message);
}

bool Inspector::is_ours(const wire::Message& message) {
    const std::string_view source = message.get_or(wire::field::src, "");
    if (message.get(wire::field::hb4)) ours_.emplace(source);
    return ours_.contains(source);
}

void Inspector::validate(const Captured& captured, const std::optional<Ipv4Packet>& packet, Frame& out) {
    Violations& found = out.violations;
    found.require(captured.octets.size() == captured.wire_length,
                  "the capture holds only a part of the frame");
    found.require(captured.octets.size() >= 14, "Ethernet header is cut");
    if (out.kind == Frame::Kind::arp) return check_arp(captured.octets, found);
    if (out.kind == Frame::Kind::other) return;
    for (const wire::DropReason reason : {out.opened, out.verified, out.decoded})
        if (reason != wire::DropReason::none) found.add(wire::to_text(reason));
    if (out.opened != wire::DropReason::none || out.decoded != wire::DropReason::none) return;
    check_message(out.message, found);
    if (out.kind == Frame::Kind::heartbeat && packet && is_ours(out.message))
        check_own(*packet, rules_.port, found);
}

}  // namespace hb::hbdump
