#include "packet.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace hb::engine {
namespace {

constexpr unsigned vlan_id_mask = 0x0fff;  // IEEE 802.1Q; identifier 0 is a mere priority tag

template <class T>
T value_of(cmsghdr* item) {
    T value{};
    std::memcpy(&value, CMSG_DATA(item), sizeof value);
    return value;
}

bool is(const cmsghdr* item, int level, int type, std::size_t size) {
    return item->cmsg_level == level && item->cmsg_type == type && item->cmsg_len >= CMSG_LEN(size);
}

std::optional<Stamp> stamp_of(cmsghdr* item) {
    if (!is(item, SOL_SOCKET, SCM_TIMESTAMPNS, sizeof(timespec))) return std::nullopt;
    const auto t = value_of<timespec>(item);
    return Stamp{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

bool is_of_another_vlan(const tpacket_auxdata& data) {
    return (data.tp_status & TP_STATUS_VLAN_VALID) && (data.tp_vlan_tci & vlan_id_mask) != 0;
}

void read_frame_control(msghdr& header, RawFrame& out) {
    for (cmsghdr* item = CMSG_FIRSTHDR(&header); item; item = CMSG_NXTHDR(&header, item)) {
        if (const auto stamp = stamp_of(item)) out.stamp = stamp;
        if (!is(item, SOL_PACKET, PACKET_AUXDATA, sizeof(tpacket_auxdata))) continue;
        const auto data = value_of<tpacket_auxdata>(item);
        if (data.tp_status & TP_STATUS_CSUMNOTREADY) out.checksum = wire::Checksum::not_ready;
        if (is_of_another_vlan(data)) out.ours = false;
    }
}

bool comes_in(const sockaddr_ll& from, socklen_t size) {
    if (size < sizeof from) return true;  // not told
    return from.sll_pkttype == PACKET_HOST || from.sll_pkttype == PACKET_BROADCAST ||
           from.sll_pkttype == PACKET_MULTICAST;
}

}  // namespace

Receive receive_frame(int fd, std::span<std::byte> buffer, RawFrame& out) {
    sockaddr_ll from{};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec)) + CMSG_SPACE(sizeof(tpacket_auxdata))];
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    for (;;) {
        msghdr header{};
        header.msg_name = &from;
        header.msg_namelen = sizeof from;
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        const ssize_t n = ::recvmsg(fd, &header, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOMEM ? Receive::empty
                                                                              : Receive::down;
        out = RawFrame{.bytes = buffer.first(static_cast<std::size_t>(n)),
                       .ours = comes_in(from, header.msg_namelen)};
        read_frame_control(header, out);
        return Receive::frame;
    }
}

std::uint32_t take_lost(int fd) {
    tpacket_stats counted{};
    socklen_t size = sizeof counted;
    return ::getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &counted, &size) == 0 ? counted.tp_drops : 0;
}

Send send_frame(int fd, int ifindex, Bytes frame, std::uint16_t ethertype) {
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(ethertype);
    to.sll_ifindex = ifindex;
    to.sll_halen = ETH_ALEN;
    std::memcpy(to.sll_addr, frame.data(), ETH_ALEN);
    for (;;) {
        if (::sendto(fd, frame.data(), frame.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to),
                     sizeof to) >= 0)
            return Send::sent;
        switch (errno) {
            case EINTR: continue;
            case EAGAIN:
            case ENOBUFS:
            case ENOMEM: return Send::dropped;
            case EMSGSIZE: return Send::too_big;
            default: return Send::down;  // ENETDOWN, ENXIO, ENODEV, ENETUNREACH
        }
    }
}

bool receive_datagram(int fd, std::span<std::byte> buffer, RawDatagram& out) {
    sockaddr_in from{};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec)) + CMSG_SPACE(sizeof(in_pktinfo))];
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    for (int attempt = 0; attempt < 8; ++attempt) {
        msghdr header{};
        header.msg_name = &from;
        header.msg_namelen = sizeof from;
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        const ssize_t n = ::recvmsg(fd, &header, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
        if (n < 0) continue;
        out = RawDatagram{.bytes = buffer.first(static_cast<std::size_t>(n)),
                          .source = Ipv4{ntohl(from.sin_addr.s_addr)}};
        for (cmsghdr* item = CMSG_FIRSTHDR(&header); item; item = CMSG_NXTHDR(&header, item)) {
            if (const auto stamp = stamp_of(item)) out.stamp = stamp;
            if (is(item, IPPROTO_IP, IP_PKTINFO, sizeof(in_pktinfo)))
                out.ifindex = value_of<in_pktinfo>(item).ipi_ifindex;
        }
        return true;
    }
    return false;
}

}  // namespace hb::engine
