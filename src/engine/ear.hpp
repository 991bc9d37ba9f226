#pragma once
#include <vector>

#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::engine {

/// Compares what the packet socket sees, ahead of the firewall, with what the plain UDP socket hears behind
/// it. Pure.
class FirewallWatch {
public:
    FirewallWatch(std::size_t nodes, Duration keepalive, Instant now);

    void seen_on_wire(NodeId node, MediumId on = {}) {
        ++nodes_[node.index()].seen;
        nodes_[node.index()].on = on;
    }
    /// Where it was seen last.
    MediumId seen_on(NodeId node) const { return nodes_[node.index()].on; }
    /// So many in this window.
    std::uint32_t seen(NodeId node) const { return nodes_[node.index()].seen; }
    void heard(NodeId node) { ++nodes_[node.index()].heard; }
    /// The UDP socket overflowed in this window: what it did not hear proves nothing.
    void overflowed() { conclusive_ = false; }
    /// At the end of a window (10 keepalives, at least 3 s): one node whose every heartbeat is dropped, each
    /// node once in the life of this object. To be called until it gives none.
    NodeId dropped_by_firewall(Instant now);

private:
    struct Node {
        std::uint32_t seen = 0, heard = 0;
        MediumId on;
        bool said = false;
    };
    void begin(Instant now);
    std::vector<Node> nodes_;
    Duration window_;
    Instant begun_;
    bool conclusive_ = true;
};

}  // namespace hb::engine
