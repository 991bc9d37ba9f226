#pragma once
#include "hb/base/address.hpp"
#include "hb/base/bytes.hpp"

namespace hb::wire {

constexpr std::uint16_t ethertype_ipv4 = 0x0800, ethertype_arp = 0x0806, ethertype_vlan = 0x8100;

/// Destination 6 | source 6 | [0x8100 | tag 2] | type 2 (IEEE 802.3, 802.1Q).
struct Ethernet {
    Mac destination, source;
    std::uint16_t type = 0;  ///< behind at most one VLAN tag
};
Ethernet read_ethernet(Reader& in);
void write_ethernet(const Ethernet& header, Writer& out);

Mac read_mac(Reader& in);
inline void write_mac(const Mac& mac, Writer& out) { out.put(std::as_bytes(std::span(mac.octets))); }

}  // namespace hb::wire
