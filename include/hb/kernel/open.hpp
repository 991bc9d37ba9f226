#pragma once
#include <cstdint>

#include "hb/base/address.hpp"
#include "hb/base/fd.hpp"
#include "hb/base/result.hpp"

/// Sockets that the supervisor opens and lends to the engine: complete, bound, non-blocking.
namespace hb::kernel {

/// AF_PACKET, SOCK_RAW, all protocols (one ethertype would stand behind a netdev ingress drop). A locked BPF
/// filter lets through incoming, unfragmented IPv4 UDP datagrams to `udp_port`, untagged or with one 802.1Q
/// tag. Each frame comes with SO_TIMESTAMPNS and PACKET_AUXDATA.
Result<Fd> open_packet_socket(int ifindex, std::uint16_t udp_port);

/// AF_PACKET, SOCK_RAW, ARP. A locked BPF filter lets through what others send about one of the addresses
/// lowest..highest: IPv4 over Ethernet (RFC 826), whole, whose sender address is one of these, or is 0 while
/// the target is one (a probe, RFC 5227). 42 octets of each frame are kept.
Result<Fd> open_arp_socket(int ifindex, Ipv4 lowest, Ipv4 highest);

/// Holds 0.0.0.0:port, so that no other program takes it and no ICMP error leaves, and is the second ear:
/// what the firewall lets through arrives here too, with SO_TIMESTAMPNS and IP_PKTINFO. The buffer is small;
/// it is drained once a keepalive.
Result<Fd> open_udp_port(std::uint16_t port);

/// Raw ICMP for the ping nodes. A locked BPF filter lets echo replies with this identifier through, each with
/// SO_TIMESTAMPNS.
Result<Fd> open_ping_socket(std::uint16_t identifier);

}  // namespace hb::kernel
