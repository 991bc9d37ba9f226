#pragma once
#include <cstdint>
#include <span>

#include "hb/base/address.hpp"
#include "hb/base/fd.hpp"
#include "hb/base/result.hpp"

struct mmsghdr;

namespace hb::kernel {

/// Sends gratuitous ARP, both forms per address (request, then reply), through one unbound packet socket.
/// Never waits: what the kernel does not take at once is dropped and counted.
class Announcer {
public:
    struct Claim {
        int ifindex = 0;
        Mac mac;  ///< of that interface
        Ipv4 address;
    };
    Result<Done> open();
    void announce(std::span<const Claim> claims);
    struct Question {
        Claim claim;
        Ipv4 target;
    };
    /// One ordinary ARP request each, from the claimed address for the target: it updates a neighbour that drops gratuitous
    /// ARP. The answers go to the kernel.
    void ask(std::span<const Question> questions);
    std::uint64_t sent() const { return sent_; }        ///< frames
    std::uint64_t dropped() const { return dropped_; }  ///< frames

private:
    void send(mmsghdr* frames, std::size_t count);
    Fd socket_;
    std::uint64_t sent_ = 0, dropped_ = 0;
};

}  // namespace hb::kernel
