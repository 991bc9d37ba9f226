#include "sim/oracle_moves.hpp"

#include <algorithm>

#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

void MovesPromise::engine_started(std::size_t host) {
    hosts_.resize(world_.size());
    std::vector<Group> fresh(world_.config().groups.size());
    for (std::size_t g = 0; g < fresh.size() && !hosts_[host].empty(); ++g)
        fresh[g].failed = hosts_[host][g].failed;
    hosts_[host] = std::move(fresh);
}

void MovesPromise::service_failed(std::size_t host, GroupId group) {
    if (hosts_.empty() || hosts_[host].empty()) return;
    hosts_[host][group.index()].failed = true;
    failures_.resize(world_.config().groups.size());
    auto& failures = failures_[group.index()];
    std::erase_if(failures, [this](Moment at) { return world_.time.now() - at > std::chrono::minutes{30}; });
    failures.push_back(world_.time.now());
}

Duration MovesPromise::patience(GroupId group) const {
    const std::size_t failures = failures_.empty() ? 0 : failures_[group.index()].size();
    return failures < 2 ? Duration{5s}
                        : std::min<Duration>(35s * (1 << std::min<std::size_t>(failures - 2, 5)), 610s);
}

void MovesPromise::turn_done(std::size_t host) {
    if (world_.settings.extras.monitor == 0s || !world_.host(host).engine()) return;
    for (std::size_t g = 0; g < hosts_[host].size(); ++g) {
        const core::GroupStatus status = world_.host(host).group(g);
        const bool gives =
            status.state == core::GroupState::releasing && status.cause == "its monitor failed again";
        if (!gives || status.since == hosts_[host][g].seen) continue;
        hosts_[host][g].seen = status.since;
        given_away(host, g);
    }
}

void MovesPromise::given_away(std::size_t host, std::size_t g) {
    Group& group = hosts_[host][g];
    const config::Config& config = world_.host(host).config();
    const char* const key = config.groups[g].key.c_str();
    if (!group.failed)
        world_.oracle.broken("a service that works is not given away", "%s by %s", key,
                             world_.name(host).c_str());
    std::erase_if(group.moved, [this](Moment at) { return world_.time.now() - at >= std::chrono::hours{1}; });
    group.moved.push_back(world_.time.now());
    const std::size_t share = config.moves_per_hour == 0
                                  ? 0
                                  : std::max<std::size_t>(1, config.moves_per_hour / config.nodes.size());
    if (group.moved.size() > share)
        world_.oracle.broken("a failing service moves only so often",
                             "%s was given away %zu times in an hour by %s", key, group.moved.size(),
                             world_.name(host).c_str());
}

}  // namespace hb::sim
