#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <variant>

#include "hb/base/address.hpp"
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"
#include "hb/wire/message.hpp"

namespace hb::core {

/// Nothing but time has passed. Every turn ends its reading with one: only here is a silent peer judged.
struct Tick {
    Instant heard_until =
        never;  ///< frames that came later may still be unread (a flood): silence is judged up to here
    Instant frame_seen =
        never;  ///< when any frame at all last came in on a medium, by its counter; never: not known
    Instant supervisor_turn = never;  ///< the last turn of the supervisor; never: not judged
};

/// How long a right to hold lasts after what proves it. A quarter of the deadtime is left to act in.
constexpr Duration lease_of(Duration deadtime) { return deadtime * 3 / 4; }

/// The longest time limit of one script's start or stop.
constexpr Duration script_limit = 300s;

/// How often the supervisor turns at least, while an engine runs.
constexpr Duration supervisor_beat(Duration keepalive, Duration deadtime) {
    return std::clamp<Duration>(std::max(keepalive, deadtime / 4), 1ms, 2s);
}

/// An authenticated, decoded message. `received`: the kernel's receive stamp, put on the boot clock and clamped to
/// [last drain, now]. The message is only looked at during the step.
struct FrameReceived {
    MediumId medium;
    Instant received;
    const wire::Message* message = nullptr;
    Mac source_mac{};  ///< of the frame; all zero: not known
    Ipv4 source{};     ///< of the IP header; 0.0.0.0: not known
};

/// A medium can or cannot send (interface down, deleted, made again).
struct MediumChanged {
    MediumId medium;
    bool usable = false;
};

/// Somebody else removed one of our addresses. The supervisor has already put it back if `restored`.
struct AddressGone {
    ResourceId resource;
    bool restored = false;
};

enum class Outcome : std::uint8_t { ok, failed, timed_out };

/// The supervisor's answer for a run of resources of one request. A request may be answered in several runs.
/// operation 0: the supervisor itself released these (judgement, engine restart).
struct OperationDone {
    OperationId operation = 0;
    ResourceId first, last;
    Outcome outcome = Outcome::ok;
};

/// What an operator can ask; the answer is a ReplyToOperator. (Status is read, not asked.)
struct OperatorAsked {
    enum class Verb : std::uint8_t { standby, takeover, unblock, fenced };
    enum class Set : std::uint8_t { all, local, foreign };
    std::uint32_t client = 0;
    Verb verb = Verb::standby;
    Set set = Set::all;
    std::string_view node{},
        who{};  ///< of fenced: which node is off, and who says so; only looked at during the step
};

/// A script's own message for the cluster: "NAME=VALUE\n" lines, one of them t=TYPE, perhaps one dest=NODE. Only looked at
/// during the step.
struct UserMessage {
    std::string_view text;
};

/// SIGTERM: release everything, hand over, leave.
struct StopAsked {};

/// Somebody else on the LAN says that a service address of ours is his: the sender of an ARP frame (RFC 826) that stands there
/// with this address and a MAC that is none of this host. An answer to one of our probes comes the same way.
struct AddressClaimed {
    ResourceId resource;
    Mac mac;
};

/// The interface that these addresses belong on has got or lost its carrier (or went down, or is gone).
struct CarrierChanged {
    ResourceId first, last;
    bool carrier = false;
};

/// An answer of Config::witnesses[witness] to a PingWitness.
struct WitnessHeard {
    std::uint8_t witness = 0;
    Instant received;
};

/// The answer to a Fence.
struct FenceDone {
    NodeId node;
    Outcome outcome = Outcome::ok;
};

/// The channel to the supervisor has ended: nothing can be started or stopped any more.
struct SupervisorGone {};

using Event =
    std::variant<Tick, FrameReceived, MediumChanged, AddressGone, OperationDone, OperatorAsked, StopAsked,
                 AddressClaimed, CarrierChanged, WitnessHeard, FenceDone, SupervisorGone, UserMessage>;

}  // namespace hb::core
