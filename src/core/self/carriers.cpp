#include "carriers.hpp"

namespace hb::core {

Carriers::Carriers(const config::Config& config)
    : addresses_(config.resources.size()), groups_(config.groups.size()) {
    for (std::size_t r = 0; r < addresses_.size(); ++r) {
        if (config.resources[r].kind != config::Resource::Kind::address) continue;
        addresses_[r].group = config.resources[r].group;
        ++groups_[addresses_[r].group.index()].addresses;
    }
}

Carriers::News Carriers::changed(ResourceId address, bool carrier, Instant now) {
    if (address.index() >= addresses_.size()) return News::nothing;
    Address& one = addresses_[address.index()];
    if (!one.group.exists() || one.bare == !carrier) return News::nothing;
    one.bare = !carrier;
    Group& group = groups_[one.group.index()];
    if (!carrier) {
        if (group.bare++ > 0) return News::nothing;
        ++bare_groups_;
        group.since = now;
        return News::lost;
    }
    if (--group.bare > 0) return News::nothing;
    --bare_groups_;
    group.back = now;
    return News::returned;
}

}  // namespace hb::core
