#pragma once
#include "hb/base/time.hpp"

namespace hb::core {

/// When did this node itself stand still? Nobody was silent before the end of that.
class Pause {
public:
    Pause(Instant now, Duration keepalive, Duration deadtime)
        : keepalive_(keepalive), deadtime_(deadtime), last_turn_(now) {}

    struct Slept {
        Duration gap{};
        bool excuses = false;       ///< for so long that the silence of others proves nothing
        bool beyond_right = false;  ///< longer than the right to hold
    };
    /// At each turn.
    [[nodiscard]] Slept notice(Instant now);
    /// As if it had stood still until now.
    void excuse(Instant now) { excused_ = now; }

    Instant last_turn() const { return last_turn_; }
    Instant excused() const { return excused_; }          ///< the end of the last pause, or excuse
    Instant awake_since() const { return awake_since_; }  ///< the end of the last pause, be it short
    Instant distrusted_before() const {
        return distrusted_before_;
    }  ///< the end of the last one beyond the right: older echoes prove nothing

private:
    Duration keepalive_, deadtime_;
    Instant last_turn_, excused_, awake_since_, distrusted_before_;
};

}  // namespace hb::core
