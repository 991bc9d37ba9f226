#include "hb/wire/packet.hpp"

#include "ethernet.hpp"

namespace hb::wire {
namespace {

constexpr std::uint8_t version_and_length = 0x45;  // IPv4, 5 words
constexpr std::uint8_t time_to_live = 64;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint16_t dont_fragment = 0x4000, fragment_bits = 0x3fff;  // more fragments, and the offset
constexpr std::size_t ethernet_size = 14, ip_size = 20, udp_size = 8;

/// The sum of the pseudo header of RFC 768.
std::uint32_t pseudo_header(const UdpFlow& flow, std::size_t udp_length) {
    const auto halves = [](Ipv4 address) { return (address.value >> 16) + (address.value & 0xffff); };
    return halves(flow.source) + halves(flow.destination) + protocol_udp +
           static_cast<std::uint32_t>(udp_length);
}

void set_u16(std::span<std::byte> out, std::size_t at, std::uint16_t value) {
    Writer(out.subspan(at, 2)).u16(value);
}

void write_ip(const UdpFlow& flow, std::uint16_t identification, std::size_t udp_length, Writer& out) {
    out.u8(version_and_length);
    out.u8(0);  // type of service
    out.u16(static_cast<std::uint16_t>(ip_size + udp_length));
    out.u16(identification);
    out.u16(dont_fragment);
    out.u8(time_to_live);
    out.u8(protocol_udp);
    out.u16(0);  // checksum, filled in later
    out.u32(flow.source.value);
    out.u32(flow.destination.value);
}

/// What parsing needs of an IPv4 header.
struct Ip {
    std::uint16_t fragment = 0;
    std::uint8_t protocol = 0;
    Ipv4 source, destination;
    Bytes payload;
};

/// version/ihl u8 | tos u8 | length u16 | id u16 | flags/offset u16 | ttl u8 | protocol u8 | checksum u16 |
/// source u32 | destination u32 | options
FrameFault read_ip(Bytes packet, Ip& out) {
    Reader in(packet);
    const std::uint8_t first = in.u8();
    in.skip(1);
    const std::size_t total = in.u16();
    in.skip(2);
    out.fragment = in.u16();
    in.skip(1);
    out.protocol = in.u8();
    in.skip(2);
    out.source.value = in.u32();
    out.destination.value = in.u32();
    const std::size_t header = std::size_t{4} * (first & 0xf);
    if (!in.ok()) return FrameFault::truncated;
    if (first >> 4 != 4 || header < ip_size) return FrameFault::not_udp;
    if (total < header || total > packet.size()) return FrameFault::truncated;
    if (internet_checksum(packet.first(header)) != 0) return FrameFault::bad_ip_checksum;
    out.payload = packet.subspan(header, total - header);
    return FrameFault::none;
}

FrameFault read_udp(const Ip& ip, Checksum checksum, UdpFrame& out) {
    Reader in(ip.payload);
    out.flow.source_port = in.u16();
    out.flow.destination_port = in.u16();
    const std::size_t length = in.u16();
    const std::uint16_t sum = in.u16();
    if (!in.ok() || length < udp_size || length > ip.payload.size()) return FrameFault::truncated;
    // A sum of 0 means that the sender made none (RFC 768).
    if (checksum == Checksum::check && sum != 0 &&
        internet_checksum(ip.payload.first(length), pseudo_header(out.flow, length)) != 0)
        return FrameFault::bad_udp_checksum;
    out.payload = ip.payload.subspan(udp_size, length - udp_size);
    return FrameFault::none;
}

}  // namespace

Mac read_mac(Reader& in) {
    Mac mac;
    for (std::uint8_t& octet : mac.octets) octet = in.u8();
    return mac;
}

Ethernet read_ethernet(Reader& in) {
    Ethernet header;
    header.destination = read_mac(in);
    header.source = read_mac(in);
    header.type = in.u16();
    if (header.type == ethertype_vlan) {
        in.skip(2);
        header.type = in.u16();
    }
    return header;
}

void write_ethernet(const Ethernet& header, Writer& out) {
    write_mac(header.destination, out);
    write_mac(header.source, out);
    out.u16(header.type);
}

std::uint16_t internet_checksum(Bytes bytes, std::uint32_t start) {
    std::uint64_t sum = start;
    Reader in(bytes);
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += in.u16();
    if (bytes.size() % 2 != 0) sum += static_cast<std::uint64_t>(in.u8()) << 8;
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum & 0xffff);
}

std::size_t build_udp_frame(const UdpFlow& flow, std::uint16_t identification, Bytes payload,
                            std::span<std::byte> out) {
    const std::size_t udp_length = udp_size + payload.size();
    const std::size_t size = ethernet_size + ip_size + udp_length;
    if (size > out.size() || ip_size + udp_length > 0xffff) return 0;
    Writer writer(out);
    write_ethernet({flow.destination_mac, flow.source_mac, ethertype_ipv4}, writer);
    write_ip(flow, identification, udp_length, writer);
    writer.u16(flow.source_port);
    writer.u16(flow.destination_port);
    writer.u16(static_cast<std::uint16_t>(udp_length));
    writer.u16(0);  // checksum, filled in below
    writer.put(payload);

    const std::span<std::byte> ip = out.subspan(ethernet_size, ip_size);
    const std::span<std::byte> udp = out.subspan(ethernet_size + ip_size, udp_length);
    set_u16(ip, 10, internet_checksum(ip));
    const std::uint16_t sum = internet_checksum(udp, pseudo_header(flow, udp_length));
    set_u16(udp, 6, sum == 0 ? 0xffff : sum);  // 0 would mean "none"
    return size;
}

FrameFault parse_udp_frame(Bytes frame, Checksum checksum, UdpFrame& out) {
    Reader in(frame);
    const Ethernet ethernet = read_ethernet(in);
    if (!in.ok()) return FrameFault::truncated;
    if (ethernet.type != ethertype_ipv4) return FrameFault::not_udp;
    Ip ip;
    if (const FrameFault fault = read_ip(in.rest(), ip); fault != FrameFault::none) return fault;
    if (ip.protocol != protocol_udp) return FrameFault::not_udp;
    if ((ip.fragment & fragment_bits) != 0) return FrameFault::fragment;
    out.flow.source_mac = ethernet.source;
    out.flow.destination_mac = ethernet.destination;
    out.flow.source = ip.source;
    out.flow.destination = ip.destination;
    return read_udp(ip, checksum, out);
}

}  // namespace hb::wire
