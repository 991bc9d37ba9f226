#pragma once
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// When does a status go out? One each keepalive. One that carries a change is said again 5, 20 and 80 ms later, until it is echoed.
class Pulse {
public:
    explicit Pulse(Instant now) : next_(now) {}

    bool due(Instant now) const { return next_ <= now; }
    /// It went out. `change`: with something that the peers do not know yet.
    void said(Sequence number, bool change, Instant now, Duration until_next);
    /// Whether it is to be said again now. `unknown()`: some peer has not echoed the change.
    template <class Unknown>
    [[nodiscard]] bool repeat(Instant now, Unknown&& unknown) {
        if (repeat_at_ > now) return false;
        repeat_at_ = never;
        if (!unknown() || repeats_ == times) return false;
        plan(now);
        return true;
    }
    /// Nobody listens to us: no more of them.
    void stop() { next_ = never; }
    /// Numbers begin anew: no status carries the newest change.
    void forget() { change_ = 0; }

    Sequence change() const { return change_; }  ///< the first status with the newest change; 0: none
    Instant last() const { return last_; }       ///< when one last went out
    bool repeats() const { return repeat_at_ != never; }
    Instant deadline() const { return next_ < repeat_at_ ? next_ : repeat_at_; }

private:
    static constexpr std::uint8_t times = 3;
    void plan(Instant now);

    Instant next_, last_, repeat_at_ = never;
    std::uint8_t repeats_ = 0;
    Sequence change_ = 0;
};

}  // namespace hb::core
