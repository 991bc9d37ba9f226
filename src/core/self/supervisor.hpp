#pragma once
#include "hb/base/time.hpp"

namespace hb::core {

/// Does our supervisor still turn? Without it nothing can be started or stopped.
///
///     not judged ---it turns---> turning ---a beat and a second late---> silent ---it turns---> turning
///          \--------------------------\----- its channel ends ----------------\-> gone
class Supervisor {
public:
    Supervisor(Instant now, Duration beat) : started_(now), beat_(beat) {}

    void turned(Instant turn) { turn_ = turn; }
    /// False: that is known.
    bool gone(Instant now);

    enum class News : std::uint8_t { nothing, lost, back };
    [[nodiscard]] News judge(Instant now, Instant awake_since);
    bool is_judged() const { return gone_ != never || turn_ != never; }
    bool lost() const { return lost_; }  ///< gone, or it should have turned long ago
    Instant silent_since(Instant awake_since) const;
    /// Until when it is waited for. A new one may come, that init starts, or this one may wait for a lock of the kernel.
    Instant waited_for(Instant awake_since, Duration at_least, Duration longer) const;

private:
    Instant started_;
    Duration beat_;  ///< how often it turns at least
    Instant turn_ = never, gone_ = never;
    bool lost_ = false;
};

}  // namespace hb::core
