#pragma once
#include <vector>

#include "hb/base/id.hpp"
#include "sim/timeline.hpp"

namespace hb::sim {

class World;

/// Promises 15 and 16, in worlds with ping nodes. With `quorum on` a node that hears neither another node nor a ping node claims
/// nothing after three quarters of a deadtime, and soon holds no address. A node whose ear is deaf claims nothing.
class CompanyPromise {
public:
    explicit CompanyPromise(World& world) : world_(world) {}

    void engine_started(std::size_t host);
    void heard_node(std::size_t host);  ///< a frame of now, not a recording
    void heard_ping(std::size_t host);
    void claimed(std::size_t host, GroupId group);
    void turn_done(std::size_t host);
    void after_event();
    /// Nothing at all came in there for half a deadtime until the turn at that instant: it may have thought that it is deaf.
    Instant deaf_until(std::size_t host) const { return ears_[host].deaf_until; }
    void turn_begins(std::size_t host);
    /// It may have what it needs to claim.
    bool has_quorum(std::size_t host) const;

private:
    struct Ear {
        Moment node{}, ping{};  ///< when one was last heard, or the engine began
        bool any_ping = false;  ///< heard in this life of the engine
        Instant turn, deaf_until;
    };
    Duration ping_interval() const;
    void check_alone(std::size_t host);

    World& world_;
    std::vector<Ear> ears_;  ///< by host
    Moment next_look_{};
};

}  // namespace hb::sim
