#pragma once
#include <optional>

#include "hb/base/fixed.hpp"
#include "hb/base/id.hpp"
#include "hb/base/limits.hpp"
#include "hb/base/random.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// One peer's sequence numbers: each message counts once, and what is missing is asked for (heartbeat-protocol(7), SEQUENCE NUMBERS).
class Stream {
public:
    enum class Order : std::uint8_t {
        fresh,
        late,
        drop
    };  ///< late: a missing one; drop: it was here, or is not waited for
    struct Taken {
        Order order = Order::drop;
        Sequence last = 0;        ///< the highest before it
        Sequence gap = 0;         ///< how many are missing between them
        bool lost_a_lot = false;  ///< more than are kept: none of them is asked for
        bool complete = false;    ///< a late one: now nothing is missing
    };
    /// A missing one is asked for after 50 ms at the earliest, `latest` at the latest: the sender's own order may close the gap.
    Taken take(Sequence number, Instant now, Duration latest, Random& random);
    /// Each missing one that is due; it is due again after `again`.
    template <class F>
    void ask(Instant now, Duration again, F&& f) {
        for (Missing& m : missing_) {
            if (m.ask_at > now) continue;
            m.ask_at = now + again;
            f(m.sequence);
        }
    }
    /// In a session the next status says it all: what does not come within a second never will.
    void forget_missing(Instant now);
    /// The sender has it no more. False: it was not missing.
    bool give_up(Sequence number);
    /// The number to acknowledge now, that is each tenth one, `digit` at its end, if all before it are here.
    std::optional<Sequence> to_acknowledge(unsigned digit);

    void begin_life(Sequence known);  ///< `known`: the highest that was heard of this life before
    void bury();                      ///< it counts as dead: what it said before that is not taken any more
    Sequence newest() const { return newest_; }  ///< of this life, also over its death
    Instant deadline() const;

private:
    struct Missing {
        Sequence sequence = 0;
        Instant ask_at;
    };
    bool any_ = false;  ///< since it began, or died
    Sequence newest_ = 0, last_ = 0;
    Sequence acknowledged_ = 0;  ///< the highest we said
    FixedVector<Missing, limits::missing> missing_;
};

}  // namespace hb::core
