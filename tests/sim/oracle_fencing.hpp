#pragma once
#include <cstdint>
#include <vector>

#include "hb/base/id.hpp"
#include "hb/core/status.hpp"
#include "sim/timeline.hpp"

namespace hb::sim {

class World;

/// Promise 14, in worlds with devices: an at-most-one group is claimed only when each node that is dead to the claimer was cut off
/// since its death, by a device that answered success or by an operator, or had left in order. And only a dead node is cut off.
class FencingPromise {
public:
    explicit FencingPromise(World& world) : world_(world) {}

    void engine_started(std::size_t host);
    /// The device that was begun at `asked` says that this node is off.
    void succeeded(std::size_t host, std::size_t name, Moment asked);
    void confirmed(std::size_t host, std::size_t name);  ///< by an operator
    void asked(std::size_t host, NodeId node);           ///< the core wants it cut off
    void turn_done(std::size_t host);
    void claimed(std::size_t host, GroupId group, NodeId from);
    /// Some group waits here until a device has cut somebody off.
    bool waits(std::size_t host, std::size_t group) const;
    /// What runs at that host is cut off before the group is claimed from it: nothing excuses two that have it.
    bool protects(std::size_t holder, GroupId group) const;

private:
    struct Peer {
        Moment not_dead{};  ///< the last turn that saw it so
        bool left = false;  ///< it had left in order when it was last not dead
        Moment cut = Moment::min();
    };
    std::vector<Peer>& peers(std::size_t host);

    World& world_;
    std::vector<std::vector<Peer>> peers_;  ///< by host, name
};

}  // namespace hb::sim
