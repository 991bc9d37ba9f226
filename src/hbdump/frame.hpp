#pragma once
#include <optional>
#include <set>
#include <string>

#include "frame_rules.hpp"
#include "hb/auth/authenticator.hpp"
#include "hb/wire/arp.hpp"
#include "hb/wire/message.hpp"
#include "hb/wire/packet.hpp"

namespace hb::hbdump {

/// One frame as libpcap gives it.
struct Captured {
    Bytes octets;
    std::size_t wire_length = 0;  ///< more than octets.size() where the capture cut it
    std::uint64_t number = 0;     ///< from 1
    std::int64_t time_us = 0;     ///< Unix time
};

/// What was made of it. Views into the captured octets.
struct Frame {
    /// echo: the data of a ping, which is a heartbeat in all but its carrier.
    enum class Kind { heartbeat, echo, arp, other };
    enum class Signature { unchecked, good, bad };

    Kind kind = Kind::other;
    wire::UdpFlow flow;                                ///< of a heartbeat
    wire::DropReason opened = wire::DropReason::none;  ///< why there is no envelope
    wire::DropReason verified = wire::DropReason::none;
    wire::DropReason decoded = wire::DropReason::none;
    Signature signature = Signature::unchecked;
    wire::Envelope envelope;
    wire::Message message;
    std::optional<wire::Arp> arp;
    Violations violations;  ///< empty without --validate
};

struct Rules {
    std::uint16_t port = 694;
    bool validate = false;
    Partial partial = Partial::refuse;
};

/// Looks at one frame after the other. It remembers which nodes are of this daemon: their frames have more
/// rules.
class Inspector {
public:
    /// Without an authenticator signatures stay unchecked.
    Inspector(const Rules& rules, auth::Authenticator* authenticator)
        : rules_(rules), authenticator_(authenticator) {}
    void look(const Captured& captured, Frame& out);

private:
    void read_message(Bytes datagram, Frame& out);
    void validate(const Captured& captured, const std::optional<Ipv4Packet>& packet, Frame& out);
    bool is_ours(const wire::Message& message);

    Rules rules_;
    auth::Authenticator* authenticator_;
    std::set<std::string, std::less<>> ours_;
};

}  // namespace hb::hbdump
