#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <span>

#include "hb/base/bytes.hpp"
#include "hb/wire/packet.hpp"

namespace hb::engine {

/// Nanoseconds of the wall clock at which the kernel took a packet in.
using Stamp = std::int64_t;

/// One frame of a packet socket that has SO_TIMESTAMPNS and PACKET_AUXDATA set.
struct RawFrame {
    Bytes bytes;
    wire::Checksum checksum = wire::Checksum::check;
    std::optional<Stamp> stamp = std::nullopt;
    /// False for what we sent ourselves, for another host's unicast, and for frames of a VLAN: the kernel
    /// takes the tag off and shows the frame here too, though it belongs to another interface.
    bool ours = false;
};
enum class Receive {
    frame,
    empty,
    down,  ///< the interface went down; told once by the kernel
};
/// One recvmsg, never waiting. `out` points into `buffer`.
Receive receive_frame(int fd, std::span<std::byte> buffer, RawFrame& out);

/// How many frames the socket has had no room for since the last call. Needs a packet socket.
std::uint32_t take_lost(int fd);

enum class Send {
    sent,
    dropped,  ///< no room: a heartbeat that waits would be a lie
    down,     ///< the interface is down or gone
    too_big,  ///< above the MTU
};
/// `frame` with its Ethernet header, whose type is given once more for the kernel.
Send send_frame(int fd, int ifindex, Bytes frame, std::uint16_t ethertype = 0x0800);

/// One datagram of the plain UDP socket, which has IP_PKTINFO and SO_TIMESTAMPNS set.
struct RawDatagram {
    Bytes bytes;
    std::optional<Stamp> stamp = std::nullopt;
    int ifindex = 0;  ///< 0: not told
    Ipv4 source{};
};
/// False: nothing is waiting. Errors (ICMP answers) are skipped, at most a few in a row.
bool receive_datagram(int fd, std::span<std::byte> buffer, RawDatagram& out);

}  // namespace hb::engine
