#include "ear.hpp"

#include <algorithm>

namespace hb::engine {

FirewallWatch::FirewallWatch(std::size_t nodes, Duration keepalive, Instant now)
    : nodes_(nodes), window_(std::max<Duration>(10 * keepalive, 3s)), begun_(now) {}

void FirewallWatch::begin(Instant now) {
    for (Node& node : nodes_) node.seen = node.heard = 0;
    begun_ = now;
    conclusive_ = true;
}

NodeId FirewallWatch::dropped_by_firewall(Instant now) {
    if (now - begun_ < window_) return NodeId{};
    for (std::size_t i = 0; conclusive_ && i < nodes_.size(); ++i) {
        Node& node = nodes_[i];
        // One lone frame may have come between the last look at the one socket and the last at the other.
        if (node.said || node.heard > 0 || node.seen < 2) continue;
        node.said = true;
        return id_of<NodeId>(i);
    }
    begin(now);
    return NodeId{};
}

}  // namespace hb::engine
