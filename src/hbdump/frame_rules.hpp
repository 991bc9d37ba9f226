#pragma once
#include <optional>

#include "hb/base/bytes.hpp"
#include "violations.hpp"

namespace hb::hbdump {

/// Captured on a virtual link, a kernel's datagram may still hold only the sum of the pseudo header.
enum class Partial { refuse, allow };

/// The IPv4 packet of a frame, as far as it is there.
struct Ipv4Packet {
    std::uint16_t fragment = 0;  ///< flags and offset
    std::uint8_t time_to_live = 0, protocol = 0;
    Bytes payload;
    bool has_partial_checksum = false;
};

/// RFC 791 and 768: lengths that fit in each other, both checksums. nullopt: no IPv4 in this frame, or too
/// broken.
std::optional<Ipv4Packet> check_ipv4(Bytes frame, Partial partial, Violations& out);
/// RFC 826 and 5227, 2.1.1 and 3.
void check_arp(Bytes frame, Violations& out);
/// What the frames of this daemon have besides: DF, TTL 64, both ports, size, no partial checksum.
void check_own(const Ipv4Packet& packet, std::uint16_t port, Violations& out);

constexpr std::uint8_t protocol_icmp = 1, protocol_udp = 17;

}  // namespace hb::hbdump
