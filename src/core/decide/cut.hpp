#pragma once
#include "hb/core/event.hpp"

namespace hb::core {

/// Cuts one dead node off, by the devices that ha.cf names for it: what must never run twice waits until then.
///
///     idle     ---a group waits---------------------> running
///     running  ---ok-------------------------------> cut_off
///     running  ---failed, or no answer in time-----> waiting
///     waiting  ---a group waits, 5 s later---------> running
///     waiting  ---an ok that comes late------------> cut_off
///     running  ---the node is heard----------------> outdated    (what was asked for before proves nothing after its next death)
///     outdated ---any answer, or none in time------> idle
///     waiting, cut_off ---the node is heard--------> idle
///
/// An operator who says that the node is off leads to cut_off from everywhere; while a device still runs that is `confirmed`.
class Cut {
public:
    static constexpr Duration retry_pause = 5s;  // as 3.0.6
    enum class State : std::uint8_t { idle, running, waiting, outdated, cut_off, confirmed };
    enum class News : std::uint8_t {
        nothing,
        again,
        failed,
        succeeded
    };  ///< again: the groups that wait are to ask anew

    /// A group waits. True: start the devices now; all of them together have until `limit` from now.
    [[nodiscard]] bool want(Instant now, Duration limit);
    [[nodiscard]] News ended(Outcome outcome, Instant now);
    [[nodiscard]] News on_time(Instant now);
    /// An operator has turned it off.
    void confirm();
    /// The node is heard. True: a group waited.
    bool forget();

    bool is_cut_off() const { return state_ == State::cut_off || state_ == State::confirmed; }
    State state() const { return state_; }
    Instant deadline() const { return wanted_ || runs() ? at_ : never; }

private:
    bool runs() const {
        return state_ == State::running || state_ == State::outdated || state_ == State::confirmed;
    }
    News fail(Instant now);

    State state_ = State::idle;
    bool wanted_ = false;
    Instant at_;  ///< while a device runs: its answer is waited for until then; else: not started before
};

}  // namespace hb::core
