#pragma once
#include <cstdint>
#include <variant>

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
/// answer of its own. Unanswered at `limit` after it was taken up: timed_out.
struct Operate {
    enum class Verb : std::uint8_t { start, stop, announce, cancel };
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

/// Everything is handed over: the engine may end with exit code 0.
struct Leave {};

using Action = std::variant<SendFrame, Operate, ReplyToOperator, LogRecord, Leave>;
using Actions = FixedVector<Action, limits::actions>;

}  // namespace hb::core
