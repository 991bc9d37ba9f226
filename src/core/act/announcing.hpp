#pragma once
#include <cstdint>

#include "hb/base/time.hpp"

namespace hb::core {

/// When are the addresses of a group announced? With the start, and seven times more within a minute: the last ones are for a switch
/// that passes nothing on until its spanning tree has settled. A defence that came too soon is made up for.
class Announcing {
public:
    /// From now on. `first_is_out`: the first one went out with the start.
    void begin(Instant now, bool first_is_out);
    void end() { from_ = never; }
    void put_off_defence(Instant until) { defend_at_ = until; }
    bool is_put_off() const { return defend_at_ != never; }
    void end_defence() { defend_at_ = never; }
    /// True: now; it counts as done.
    [[nodiscard]] bool take(Instant now);

    Instant deadline() const;

private:
    bool is_scheduled() const;
    Instant from_ = never, defend_at_ = never;
    std::uint8_t done_ = 0;
};

}  // namespace hb::core
