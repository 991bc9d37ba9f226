#pragma once
#include <array>
#include <optional>

#include "hb/base/address.hpp"
#include "hb/base/bytes.hpp"

namespace hb::wire {

using ArpFrame = std::array<std::byte, 42>;  ///< Ethernet header included; the driver pads

/// ARP announcement (RFC 5227, 3): a request, sender and target address both `address`, target MAC zero.
ArpFrame gratuitous_arp_request(Mac sender, Ipv4 address);
/// The same as an unasked reply, target MAC = sender: some switches and hosts take only this form.
ArpFrame gratuitous_arp_reply(Mac sender, Ipv4 address);
/// Who has `target`? (RFC 826.) Whoever is asked learns that `sender` has `address`.
ArpFrame arp_request(Mac sender, Ipv4 address, Ipv4 target);
/// Probe (RFC 5227, 2.1.1): sender address 0. Unicast, it asks one host only.
ArpFrame arp_probe(Mac sender, Ipv4 address, Mac destination = broadcast_mac);

struct Arp {
    enum class Operation : std::uint16_t { request = 1, reply = 2 };
    Operation operation = Operation::request;
    Mac source_mac, destination_mac;  ///< of the Ethernet header
    Mac sender_mac, target_mac;
    Ipv4 sender, target;
};
/// nullopt: not ARP for IPv4 over Ethernet (RFC 826), or short.
std::optional<Arp> parse_arp(Bytes frame);

}  // namespace hb::wire
