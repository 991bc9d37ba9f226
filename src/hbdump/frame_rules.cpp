#include "frame_rules.hpp"

#include "hb/base/limits.hpp"
#include "hb/wire/arp.hpp"
#include "hb/wire/packet.hpp"

namespace hb::hbdump {
namespace {

constexpr std::uint16_t ethertype_vlan = 0x8100, ethertype_ipv4 = 0x0800;
constexpr std::uint16_t dont_fragment = 0x4000, fragment_bits = 0x3fff;
constexpr std::size_t udp_header = 8;

/// The octets behind the Ethernet header if they are IPv4.
std::optional<Bytes> ipv4_of(Bytes frame) {
    Reader in(frame);
    in.skip(12);
    std::uint16_t type = in.u16();
    if (type == ethertype_vlan) {
        in.skip(2);
        type = in.u16();
    }
    if (!in.ok() || type != ethertype_ipv4) return std::nullopt;
    return in.rest();
}

struct Addresses {
    std::uint32_t source = 0, destination = 0;
};

/// Sum of the pseudo header, not complemented: what the kernel leaves for the card to finish.
std::uint32_t pseudo_sum(const Addresses& ip, std::size_t length) {
    return (ip.source >> 16) + (ip.source & 0xffff) + (ip.destination >> 16) + (ip.destination & 0xffff) +
           protocol_udp + static_cast<std::uint32_t>(length);
}

void check_udp(const Addresses& ip, Partial partial, Ipv4Packet& packet, Violations& out) {
    Reader in(packet.payload);
    in.skip(4);
    const std::size_t length = in.u16();
    const std::uint16_t sum = in.u16();
    if (!in.ok()) return out.add("UDP header is cut");
    if (length < udp_header || length > packet.payload.size())
        return out.add("UDP length does not fit in the IP packet");
    out.require(length == packet.payload.size(), "UDP length is less than the IP packet holds");
    const std::uint32_t pseudo = pseudo_sum(ip, length);
    if (sum == 0 || wire::internet_checksum(packet.payload.first(length), pseudo) == 0) return;
    packet.has_partial_checksum = sum == static_cast<std::uint16_t>(~wire::internet_checksum({}, pseudo));
    if (packet.has_partial_checksum && partial == Partial::allow) return;
    out.add(packet.has_partial_checksum ? "UDP checksum is not finished" : "UDP checksum is wrong");
}

}  // namespace

std::optional<Ipv4Packet> check_ipv4(Bytes frame, Partial partial, Violations& out) {
    const auto ip = ipv4_of(frame);
    if (!ip) return std::nullopt;
    Ipv4Packet packet;
    Addresses addresses;
    Reader in(*ip);
    const std::uint8_t first = in.u8();
    in.skip(1);
    const std::size_t total = in.u16(), header = std::size_t{4} * (first & 0xf);
    in.skip(2);
    packet.fragment = in.u16();
    packet.time_to_live = in.u8();
    packet.protocol = in.u8();
    in.skip(2);
    addresses = {.source = in.u32(), .destination = in.u32()};
    const bool fits = in.ok() && first >> 4 == 4 && header >= 20 && total >= header && total <= ip->size();
    out.require(fits, "IPv4 header or its lengths do not fit in the frame");
    if (!fits) return std::nullopt;
    out.require(wire::internet_checksum(ip->first(header)) == 0, "IPv4 header checksum is wrong");
    packet.payload = ip->subspan(header, total - header);
    if (packet.protocol == protocol_udp && (packet.fragment & fragment_bits) == 0)
        check_udp(addresses, partial, packet, out);
    return packet;
}

void check_arp(Bytes frame, Violations& out) {
    const auto arp = wire::parse_arp(frame);
    if (!arp) return out.add("ARP is not of RFC 826 for IPv4 over Ethernet");
    using Operation = wire::Arp::Operation;
    out.require(arp->source_mac == arp->sender_mac, "ARP sender is not the source of the frame");
    out.require((arp->sender_mac.octets[0] & 1) == 0, "ARP sender is a group address");
    if (arp->sender == Ipv4{}) {
        out.require(arp->operation == Operation::request, "ARP probe is not a request");
        out.require(arp->target_mac == Mac{}, "ARP probe has a target hardware address");
    } else if (arp->sender == arp->target) {
        out.require(arp->destination_mac == broadcast_mac, "gratuitous ARP is not broadcast");
        if (arp->operation == Operation::request)
            out.require(arp->target_mac == Mac{}, "ARP announcement has a target hardware address");
        else
            out.require(arp->target_mac == arp->sender_mac, "gratuitous ARP reply is not to its own sender");
    }
}

void check_own(const Ipv4Packet& packet, std::uint16_t port, Violations& out) {
    Reader in(packet.payload);
    out.require(in.u16() == port, "source port is not the heartbeat port");
    out.require(in.u16() == port, "destination port is not the heartbeat port");
    in.skip(2);
    out.require(in.u16() != 0, "UDP checksum is missing");
    out.require(!packet.has_partial_checksum, "UDP checksum of our own frame is not finished");
    out.require((packet.fragment & dont_fragment) != 0, "DF is not set");
    out.require(packet.time_to_live == 64, "TTL is not 64");
    out.require(packet.payload.size() <= udp_header + limits::datagram,
                "datagram is longer than 1400 octets");
}

}  // namespace hb::hbdump
