#include "table.hpp"

#include <algorithm>

#include "hb/base/text.hpp"
#include "hb/core/cause.hpp"

namespace hb::core {

Table::Table(const config::Config& config)
    : addresses_(std::count_if(
          config.resources.begin(), config.resources.end(),
          [](const config::Resource& r) { return r.kind == config::Resource::Kind::address; })) {
    for (std::size_t i = 0; i < config.nodes.size(); ++i) {
        sorted_.push_back(id_of<NodeId>(i));
        causes_.push_back({.fencing = concat(cause::waits_for_fencing, config.nodes[i]),
                           .blocked = concat(cause::blocked_on, config.nodes[i], cause::blocked_there),
                           .left = concat(cause::left_blocked_by, config.nodes[i], cause::left_there)});
    }
    std::sort(sorted_.begin(), sorted_.end(),
              [&](NodeId a, NodeId b) { return config.nodes[a.index()] < config.nodes[b.index()]; });
}

std::size_t Table::number_of(NodeId node) const {
    return static_cast<std::size_t>(std::find(sorted_.begin(), sorted_.end(), node) - sorted_.begin());
}

}  // namespace hb::core
