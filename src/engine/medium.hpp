#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "hb/base/fd.hpp"
#include "hb/base/time.hpp"
#include "hb/ipc/message.hpp"
#include "packet.hpp"

namespace hb::engine {

/// Both clocks, read together once a turn.
struct Clocks {
    Instant now;
    Stamp wall_ns = 0;
};

/// Puts a kernel stamp on the boot clock: now - (wall now - stamp), clamped to [earliest, now], so that a
/// step of the wall clock harms nothing. Without a stamp: now.
Instant on_boot_clock(std::optional<Stamp> stamp, const Clocks& clocks, Instant earliest);

/// A datagram to our port. `payload` points into the buffer it was received into.
struct Heard {
    wire::UdpFlow flow;
    Bytes payload;
    Instant received;
};

/// One way to send: a packet socket on one interface, lent by the supervisor, perhaps for a while not there.
class Medium {
public:
    struct Lent {
        Fd fd;
        int ifindex = 0;
        Mac mac;
        Ipv4 address, broadcast;
    };
    struct Counters {
        std::uint64_t received = 0;  ///< datagrams to our port
        std::uint64_t faulty = 0;    ///< truncated, wrong checksum
        std::uint64_t lost = 0;      ///< no room in the receive socket
        std::uint64_t sent = 0;
        std::uint64_t send_dropped = 0;  ///< no room in the socket, or above the MTU
    };
    Medium(std::string name, std::uint16_t port) : name_(std::move(name)), port_(port) {}

    void lend(Lent lent, Instant now);
    void withdraw();

    const std::string& name() const { return name_; }
    int fd() const { return lent_.fd.get(); }
    int ifindex() const { return lent_.ifindex; }
    Mac mac() const { return lent_.mac; }
    bool usable() const { return usable_; }
    /// Whether usable() is another than at the last call.
    bool take_change();

    enum class Got { datagram, other, empty };
    /// One frame, if there is one. other: nothing of ours.
    Got receive(const Clocks& clocks, std::span<std::byte> buffer, Heard& out);
    /// One datagram as a whole Ethernet frame to everybody on the interface, built in `buffer`. What cannot
    /// leave at once never does.
    Send send(Bytes datagram, std::span<std::byte> buffer);
    /// Frames for which the socket had no room since the last call.
    std::uint32_t take_lost();
    const Counters& counters() const { return counters_; }

private:
    std::string name_;
    std::uint16_t port_;
    Lent lent_;
    bool usable_ = false, told_usable_ = false;
    Instant empty_at_{};  ///< when the socket was last seen empty: nothing in it is older
    std::uint16_t identification_ = 0;
    Counters counters_;
};

}  // namespace hb::engine
