#pragma once
#include <cstdint>
#include <string_view>
#include <variant>

#include "hb/base/address.hpp"
#include "hb/base/bytes.hpp"
#include "hb/base/fixed.hpp"
#include "hb/base/id.hpp"
#include "hb/base/limits.hpp"
#include "hb/base/log.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// One message body ("###\n" ... "%%%\n", unsigned) for every medium. The bytes live in the core until its next step.
struct SendFrame {
    Bytes body;
};

/// A request to the supervisor for a run of consecutive resources (one operation, one or more OperationDone).
/// start: `status` first, then `start`; an address is also announced. stop: in the order last to first.
/// announce: gratuitous ARP in both forms, no answer. cancel: a start of these that still runs is ended and answered failed; no
/// answer of its own. monitor: one `status` of a started resource. Unanswered at `limit` after it was taken up: timed_out.
struct Operate {
    enum class Verb : std::uint8_t { start, stop, announce, cancel, monitor };
    Verb verb = Verb::start;
    OperationId operation = 0;
    ResourceId first, last;
    Duration limit{};
};

struct ReplyToOperator {
    std::uint32_t client = 0;
    bool accepted = false;
    FixedString<200> text;
};

/// One ARP probe (RFC 5227, 1.1: sender address 0) for each of these addresses, by broadcast; if `also` is not all zero, one for
/// the first of them in each group by unicast to that MAC too. Answers come as AddressClaimed.
struct ProbeAddresses {
    ResourceId first, last;
    Mac also{};
};

/// One ICMP echo request to each address of this witness.
struct PingWitness {
    std::uint8_t witness = 0;
};

/// Cut this node off, by the devices of the configuration; answered by one FenceDone.
struct Fence {
    NodeId node;
};

/// To be told to the script of this type in rc.d, if there is one: "NAME=VALUE\n" lines, one of them t=TYPE. They live in the
/// core until its next step. No answer.
struct RunHook {
    std::string_view text;
};

/// Everything is handed over: the engine may end with exit code 0.
struct Leave {};

using Action = std::variant<SendFrame, Operate, ReplyToOperator, LogRecord, Leave, ProbeAddresses,
                            PingWitness, Fence, RunHook>;
using Actions = FixedVector<Action, limits::actions>;

}  // namespace hb::core
