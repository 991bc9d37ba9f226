#pragma once
#include <vector>

#include "hb/base/id.hpp"
#include "hb/base/time.hpp"
#include "sim/timeline.hpp"

namespace hb::sim {

class World;

/// Promise 17: because of its monitor one engine gives a group away no more often in an hour than its share of moves_per_hour (once at
/// least; never if that is 0), and only where it had failed before.
class MovesPromise {
public:
    explicit MovesPromise(World& world) : world_(world) {}

    void engine_started(std::size_t host);
    void service_failed(std::size_t host, GroupId group);  ///< in truth
    void turn_done(std::size_t host);
    /// A failure after others is answered by a pause that doubles.
    Duration patience(GroupId group) const;

private:
    struct Group {
        Instant seen;               ///< when the last give-away began that was counted
        std::vector<Moment> moved;  ///< by this engine
        bool failed = false;        ///< in truth, and here
    };
    void given_away(std::size_t host, std::size_t group);
    World& world_;
    std::vector<std::vector<Group>> hosts_;      ///< by host, GroupId
    std::vector<std::vector<Moment>> failures_;  ///< by GroupId, of the last half hour
};

}  // namespace hb::sim
