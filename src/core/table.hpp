#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "hb/base/id.hpp"
#include "hb/config/config.hpp"

namespace hb::core {

/// Why groups wait for a node.
struct NodeCauses {
    std::string fencing, blocked, left;
};

/// What the core asks of the configuration again and again, worked out once.
class Table {
public:
    explicit Table(const config::Config& config);

    /// The number by which `hb4g` names a node: its place among the names in their order. As many as there are nodes: it is none.
    std::size_t number_of(NodeId node) const;
    /// The node of that number; one that does not exist if there is none.
    NodeId node(std::size_t number) const { return number < sorted_.size() ? sorted_[number] : NodeId{}; }
    const NodeCauses& causes(NodeId node) const { return causes_[node.index()]; }
    std::int64_t addresses() const { return addresses_; }  ///< of all groups

private:
    std::vector<NodeId> sorted_;
    std::vector<NodeCauses> causes_;
    std::int64_t addresses_;
};

}  // namespace hb::core
