#include "hb/kernel/open.hpp"

#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <cerrno>
#include <iterator>
#include <string>
#include <string_view>

namespace hb::kernel {
namespace {

// A storm of garbage must not push heartbeats out before the next turn.
constexpr int packet_buffer = 1 << 20;
constexpr int ear_buffer = 64 << 10;
constexpr int on = 1;

constexpr sock_filter load(std::uint16_t width, std::uint16_t mode, std::uint32_t at) {
    return {static_cast<std::uint16_t>(BPF_LD | width | mode), 0, 0, at};
}
constexpr sock_filter jump(std::uint16_t test, std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
    return {static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), yes, no, value};
}
constexpr sock_filter header_length(std::uint32_t at) {
    return {static_cast<std::uint16_t>(BPF_LDX | BPF_B | BPF_MSH), 0, 0, at};
}
constexpr sock_filter answer(std::uint32_t octets) {
    return {static_cast<std::uint16_t>(BPF_RET | BPF_K), 0, 0, octets};
}

constexpr std::uint32_t packet_type = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
constexpr std::uint32_t fragment = 0x3fff;  // more fragments, and the offset (RFC 791)
constexpr std::uint32_t whole = 1 << 18;

bool set(const Fd& fd, int level, int name, const void* value, std::size_t size) {
    return ::setsockopt(fd.get(), level, name, value, static_cast<socklen_t>(size)) == 0;
}

constexpr std::uint32_t first_four(std::string_view text) {
    std::uint32_t word = 0;
    for (const char c : text.substr(0, 4)) word = word << 8 | static_cast<unsigned char>(c);
    return word;
}
constexpr std::uint32_t begins_netstring = first_four("###\n"), begins_classic = first_four(">>>\n");

/// A datagram that does not begin as a message never reaches the socket, so a flood of such datagrams costs the engine
/// nothing. A load beyond the end of the frame ends the program with 0: short frames are dropped.
bool attach_heartbeat_filter(const Fd& fd, std::uint16_t port) {
    sock_filter program[] = {
        /* 0 */ load(BPF_W, BPF_ABS, packet_type),
        /* 1 */ jump(BPF_JEQ, PACKET_OUTGOING, 24, 0),
        /* 2 */ load(BPF_H, BPF_ABS, 12),
        /* 3 */ jump(BPF_JEQ, ETH_P_IP, 3, 0),
        /* 4 */ jump(BPF_JEQ, ETH_P_8021Q, 0, 21),
        /* 5 */ load(BPF_H, BPF_ABS, 16),
        /* 6 */ jump(BPF_JEQ, ETH_P_IP, 9, 19),
        /* 7: untagged */ load(BPF_B, BPF_ABS, 14 + 9),
        /* 8 */ jump(BPF_JEQ, IPPROTO_UDP, 0, 17),
        /* 9 */ load(BPF_H, BPF_ABS, 14 + 6),
        /* 10 */ jump(BPF_JSET, fragment, 15, 0),
        /* 11 */ header_length(14),
        /* 12 */ load(BPF_H, BPF_IND, 14 + 2),
        /* 13 */ jump(BPF_JEQ, port, 0, 12),
        /* 14 */ load(BPF_W, BPF_IND, 14 + 8),
        /* 15 */ jump(BPF_JA, 8, 0, 0),
        /* 16: tagged */ load(BPF_B, BPF_ABS, 18 + 9),
        /* 17 */ jump(BPF_JEQ, IPPROTO_UDP, 0, 8),
        /* 18 */ load(BPF_H, BPF_ABS, 18 + 6),
        /* 19 */ jump(BPF_JSET, fragment, 6, 0),
        /* 20 */ header_length(18),
        /* 21 */ load(BPF_H, BPF_IND, 18 + 2),
        /* 22 */ jump(BPF_JEQ, port, 0, 3),
        /* 23 */ load(BPF_W, BPF_IND, 18 + 8),
        /* 24: how it begins */ jump(BPF_JEQ, begins_netstring, 2, 0),
        /* 25 */ jump(BPF_JEQ, begins_classic, 1, 0),
        /* 26 */ answer(0),
        /* 27 */ answer(whole),
    };
    const sock_fprog all{static_cast<unsigned short>(std::size(program)), program};
    return set(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all);
}

/// PACKET_OTHERHOST: a tagged frame of a network that this host has no part in comes like that.
bool attach_arp_filter(const Fd& fd, Ipv4 lowest, Ipv4 highest) {
    constexpr std::uint32_t arp = 14, kept = arp + 28;
    sock_filter program[] = {
        /* 0 */ load(BPF_W, BPF_ABS, packet_type),
        /* 1 */ jump(BPF_JEQ, PACKET_OUTGOING, 12, 0),
        /* 2 */ jump(BPF_JEQ, PACKET_OTHERHOST, 11, 0),
        /* 3: Ethernet and IPv4 */ load(BPF_W, BPF_ABS, arp),
        /* 4 */ jump(BPF_JEQ, ARPHRD_ETHER << 16 | ETH_P_IP, 0, 9),
        /* 5: of 6 and 4 octets */ load(BPF_H, BPF_ABS, arp + 4),
        /* 6 */ jump(BPF_JEQ, 6 << 8 | 4, 0, 7),
        /* 7: whole */ load(BPF_W, BPF_ABS, arp + 24),
        /* 8: the sender */ load(BPF_W, BPF_ABS, arp + 14),
        /* 9 */ jump(BPF_JEQ, 0, 0, 1),
        /* 10: of a probe the target */ load(BPF_W, BPF_ABS, arp + 24),
        /* 11: is one of ours */ jump(BPF_JGT, highest.value, 2, 0),
        /* 12 */ jump(BPF_JGE, lowest.value, 0, 1),
        /* 13 */ answer(kept),
        /* 14 */ answer(0),
    };
    const sock_fprog all{static_cast<unsigned short>(std::size(program)), program};
    return set(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all);
}

/// 0 or an errno value.
int bind_to(const Fd& fd, std::uint16_t protocol, int ifindex) {
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(protocol);
    at.sll_ifindex = ifindex;
    return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 ? 0 : errno;
}

Error refused(const std::string& what) { return Error{"cannot " + what, errno}; }

}  // namespace

Result<Fd> open_packet_socket(int ifindex, std::uint16_t udp_port) {
    const std::string on_interface = " on interface " + std::to_string(ifindex);
    // Protocol 0 until it is bound: no frame comes in ahead of the filter.
    Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return refused("open a packet socket" + on_interface);
    if (!attach_heartbeat_filter(fd, udp_port)) return refused("filter the packet socket" + on_interface);
    if (!set(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) ||
        !set(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on))
        return refused("ask for receive stamps on the packet socket" + on_interface);
    // Linux 4.20; the filter does the same before that.
    (void)set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    (void)set(fd, SOL_SOCKET, SO_RCVBUFFORCE, &packet_buffer, sizeof packet_buffer);
    if (!set(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on))
        return refused("lock the filter of the packet socket" + on_interface);
    if (const int code = bind_to(fd, ETH_P_ALL, ifindex))
        return Error{"cannot bind the packet socket" + on_interface, code};
    return fd;
}

Result<Fd> open_arp_socket(int ifindex, Ipv4 lowest, Ipv4 highest) {
    const std::string socket = "the ARP socket on interface " + std::to_string(ifindex);
    Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return refused("open " + socket);
    if (!attach_arp_filter(fd, lowest, highest)) return refused("filter " + socket);
    if (!set(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on)) return refused("lock the filter of " + socket);
    if (const int code = bind_to(fd, ETH_P_ARP, ifindex)) return Error{"cannot bind " + socket, code};
    return fd;
}

Result<Fd> open_udp_port(std::uint16_t port) {
    const std::string name = "UDP port " + std::to_string(port);
    Fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return refused("open a socket for " + name);
    if (!set(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) ||
        !set(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on))
        return refused("ask for receive stamps on " + name);
    (void)set(fd, SOL_SOCKET, SO_RCVBUF, &ear_buffer, sizeof ear_buffer);
    // No SO_REUSEADDR: with it another program that sets it too could take the port beside us.
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) return fd;
    if (errno == EADDRINUSE) return Error{name + " is held by another program", EADDRINUSE};
    return refused("bind " + name);
}

Result<Fd> open_ping_socket(std::uint16_t identifier) {
    Fd fd{::socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP)};
    if (!fd) return refused("open a raw ICMP socket");
    sock_filter program[] = {
        /* 0: a raw socket sees the IPv4 header */ header_length(0),
        /* 1 */ load(BPF_B, BPF_IND, 0),
        /* 2 */ jump(BPF_JEQ, ICMP_ECHOREPLY, 0, 3),
        /* 3 */ load(BPF_H, BPF_IND, 4),
        /* 4 */ jump(BPF_JEQ, identifier, 0, 1),
        /* 5 */ answer(whole),
        /* 6 */ answer(0),
    };
    const sock_fprog all{static_cast<unsigned short>(std::size(program)), program};
    if (!set(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all) ||
        !set(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on))
        return refused("filter the ICMP socket");
    if (!set(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on))
        return refused("ask for receive stamps on the ICMP socket");
    return fd;
}

}  // namespace hb::kernel
