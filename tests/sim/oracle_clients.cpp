// What the clients on the LAN see: whom they take for the owner of an address, and for how long nobody serves.
#include "hbctl/guarantees.hpp"
#include "sim/host.hpp"
#include "sim/oracle.hpp"
#include "sim/world.hpp"

namespace hb::sim {

void Oracle::announced(std::size_t node, ResourceId resource) {
    Belief& belief = beliefs_[resource.index()];
    belief.node = node;
    belief.spoken = world_.time.now();
}

// Of two owners the clients believe the one that spoke last. So who remains speaks when the other has let go.
void Oracle::check_belief(GroupId id, std::size_t owner) {
    const config::Group& group = world_.config().groups[id.index()];
    for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r) {
        const config::Resource& what = world_.config().resources[r];
        const Belief& belief = beliefs_[r];
        if (what.kind != config::Resource::Kind::address) continue;
        if (belief.node != owner || belief.spoken < belief.contested)
            broken("who remains after a conflict announces the address", "%s of %s: %s spoke last, %.3f s %s",
                   what.word.c_str(), world_.name(owner).c_str(), world_.name(belief.node).c_str(),
                   static_cast<double>(std::chrono::abs(belief.spoken - belief.contested).count()) / 1e9,
                   belief.spoken < belief.contested ? "before two had let go" : "after the last conflict");
    }
}

bool Oracle::is_served(GroupId id) const {
    const config::Group& group = world_.config().groups[id.index()];
    for (const auto& host : world_.hosts) {
        bool all = host->interface_up(0) && !host->paused();
        for (std::size_t r = group.first.index(); all && r < group.first.index() + group.count; ++r)
            all = host->kernel.addresses[r] || host->kernel.services[r] == Service::running;
        if (all) return true;
    }
    return false;
}

bool Oracle::misbehaves(GroupId id) const {
    const config::Group& group = world_.config().groups[id.index()];
    for (const auto& host : world_.hosts)
        for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r)
            if (host->kernel.conduct[r] != Conduct::good) return true;
    return false;
}

// A node that has just started listens for initdead before it believes to be alone.
bool Oracle::could_serve(std::size_t node, GroupId id) const {
    const Listener& listener = listeners_[node];
    if (!is_live(node) || !world_.host(node).hears(0) || world_.host(node).stands_aside()) return false;
    if (!company.has_quorum(node)) return false;
    if (world_.host(node).group(id.index()).state == core::GroupState::blocked) return false;
    return listener.restarted || world_.host(node).now() - listener.started >= world_.settings.initdead;
}

bool Oracle::somebody_could_serve(GroupId id) const {
    if (retry_until_[id.index()] > world_.time.now() || blocked_anywhere(id) || misbehaves(id) ||
        is_stuck(id))
        return false;
    for (std::size_t n = 0; n < nodes_; ++n)
        if (could_serve(n, id) && !fencing.waits(n, id.index())) return true;
    return false;
}

bool Oracle::tables_differ() const {
    for (const auto& host : world_.hosts)
        if (host->engine() && host->config().table_digest != world_.config().table_digest) return true;
    return false;
}

// No bound: what a node left blocked; and without lifetimes what a node may have in its kernel whose supervisor stands still.
bool Oracle::is_stuck(GroupId id) const {
    if (tables_differ()) return true;  // nothing moves by itself
    for (const auto& host : world_.hosts) {
        if (host->left_blocked(id)) return true;
        if (!host->helpless()) continue;
        const core::GroupState state = host->group(id.index()).state;
        const bool has_nothing = state == core::GroupState::foreign || state == core::GroupState::wanted ||
                                 state == core::GroupState::not_here;
        if (world_.settings.address_lifetime == 0s && !has_nothing) return true;
    }
    return false;
}

// Not longer than `hbctl check` prints, counted from the last fault, be it over or not.
void Oracle::check_served() {
    const Moment now = world_.time.now();
    if (now < next_look_) return;
    next_look_ = now + world_.settings.keepalive / 8;
    for (std::size_t g = 0; g < unserved_.size(); ++g) {
        const GroupId id = id_of<GroupId>(g);
        const bool bad = !is_served(id) && somebody_could_serve(id);
        unserved_[g] = bad ? std::min(unserved_[g], now) : no_moment;
        if (!bad) continue;
        const Moment since = std::max({unserved_[g], last_fault_, last_noise_});
        const Duration scripts = 2 * world_.config().groups[g].count * world_.settings.script_max +
                                 world_.settings.extras.monitor * 9 / 8;
        if (now - since > hbctl::longest_outage(world_.config()) + scripts)
            broken("somebody serves", "%s has been served by nobody for %.3f s:%s",
                   world_.config().groups[g].key.c_str(), static_cast<double>((now - since).count()) / 1e9,
                   states_of(id).c_str());
    }
}

}  // namespace hb::sim
