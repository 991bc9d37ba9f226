#include "hb/wire/arp.hpp"

#include "ethernet.hpp"

namespace hb::wire {
namespace {

constexpr std::uint16_t hardware_ethernet = 1;
constexpr std::uint8_t mac_length = 6, ipv4_length = 4;

/// hardware u16 | protocol u16 | lengths u8 u8 | operation u16 | sender MAC, address | target MAC, address
ArpFrame build(const Arp& arp) {
    ArpFrame frame{};
    Writer out(frame);
    write_ethernet({arp.destination_mac, arp.source_mac, ethertype_arp}, out);
    out.u16(hardware_ethernet);
    out.u16(ethertype_ipv4);
    out.u8(mac_length);
    out.u8(ipv4_length);
    out.u16(static_cast<std::uint16_t>(arp.operation));
    write_mac(arp.sender_mac, out);
    out.u32(arp.sender.value);
    write_mac(arp.target_mac, out);
    out.u32(arp.target.value);
    return frame;
}

}  // namespace

ArpFrame gratuitous_arp_request(Mac sender, Ipv4 address) {
    return build({.operation = Arp::Operation::request,
                  .source_mac = sender,
                  .destination_mac = broadcast_mac,
                  .sender_mac = sender,
                  .target_mac = {},
                  .sender = address,
                  .target = address});
}

ArpFrame gratuitous_arp_reply(Mac sender, Ipv4 address) {
    return build({.operation = Arp::Operation::reply,
                  .source_mac = sender,
                  .destination_mac = broadcast_mac,
                  .sender_mac = sender,
                  .target_mac = sender,
                  .sender = address,
                  .target = address});
}

ArpFrame arp_request(Mac sender, Ipv4 address, Ipv4 target) {
    return build({.operation = Arp::Operation::request,
                  .source_mac = sender,
                  .destination_mac = broadcast_mac,
                  .sender_mac = sender,
                  .target_mac = {},
                  .sender = address,
                  .target = target});
}

ArpFrame arp_probe(Mac sender, Ipv4 address, Mac destination) {
    return build({.operation = Arp::Operation::request,
                  .source_mac = sender,
                  .destination_mac = destination,
                  .sender_mac = sender,
                  .target_mac = {},
                  .sender = {},
                  .target = address});
}

std::optional<Arp> parse_arp(Bytes frame) {
    Reader in(frame);
    const Ethernet ethernet = read_ethernet(in);
    const bool ethernet_ipv4 = in.u16() == hardware_ethernet && in.u16() == ethertype_ipv4 &&
                               in.u8() == mac_length && in.u8() == ipv4_length;
    const std::uint16_t operation = in.u16();
    Arp arp;
    arp.source_mac = ethernet.source;
    arp.destination_mac = ethernet.destination;
    arp.sender_mac = read_mac(in);
    arp.sender.value = in.u32();
    arp.target_mac = read_mac(in);
    arp.target.value = in.u32();
    if (!in.ok() || ethernet.type != ethertype_arp || !ethernet_ipv4 || operation < 1 || operation > 2)
        return std::nullopt;
    arp.operation = static_cast<Arp::Operation>(operation);
    return arp;
}

}  // namespace hb::wire
