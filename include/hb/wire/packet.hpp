#pragma once
#include <optional>
#include <span>

#include "hb/base/address.hpp"
#include "hb/base/bytes.hpp"

namespace hb::wire {

/// Ethernet II (14 octets, or 18 with an 802.1Q tag), IPv4 without options (20, RFC 791), UDP (8, RFC 768).
struct UdpFlow {
    Mac source_mac, destination_mac;
    Ipv4 source, destination;
    std::uint16_t source_port = 0, destination_port = 0;
};
constexpr std::size_t udp_frame_overhead = 14 + 20 + 8;

/// A whole frame with both checksums right; DF set, TTL 64. Returns its size, 0 if it does not fit.
std::size_t build_udp_frame(const UdpFlow& flow, std::uint16_t identification, Bytes payload,
                            std::span<std::byte> out);

/// Whether the kernel says that the UDP checksum of a frame is not filled in yet (TP_STATUS_CSUMNOTREADY).
enum class Checksum { check, not_ready };

struct UdpFrame {
    UdpFlow flow;
    Bytes payload;
};
enum class FrameFault { none, not_udp, truncated, fragment, bad_ip_checksum, bad_udp_checksum };
/// Parses a received frame, with at most one VLAN tag; IP options are skipped; padding behind the datagram is cut off.
FrameFault parse_udp_frame(Bytes frame, Checksum checksum, UdpFrame& out);

/// RFC 1071.
std::uint16_t internet_checksum(Bytes bytes, std::uint32_t start = 0);

}  // namespace hb::wire
