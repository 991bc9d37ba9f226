#include "hb/core/core.hpp"
#include "sim/host.hpp"
#include "sim/oracle.hpp"
#include "sim/world.hpp"

namespace hb::sim {

bool Oracle::is_live(std::size_t node) const {
    const Host& host = world_.host(node);
    return host.powered() && !host.paused() && host.engine() && !host.engine()->frozen() &&
           host.supervisor() && !host.supervisor()->stopping() && !host.helpless();
}

void Oracle::address_added(std::size_t node, ResourceId resource, Cause cause) {
    for (std::size_t other = 0; other < nodes_; ++other) {
        if (other == node || !world_.host(other).powered() || !world_.host(other).kernel.address(resource))
            continue;
        if (!two_owners_excused(node, other, resource))
            broken("one address, one owner", "%s at %s and %s",
                   world_.config().resources[resource.index()].word.c_str(), world_.name(other).c_str(),
                   world_.name(node).c_str());
        world_.log.line(Log::world, "two owners of %s, excused",
                        world_.config().resources[resource.index()].word.c_str());
        doubles_.push_back({resource, {node, other}});
    }
    if (cause == Cause::start) check_group_start(node, world_.config().resources[resource.index()].group);
}

// An excused pair of owners is gone when the excuse is.
void Oracle::check_doubles() {
    std::erase_if(doubles_, [this](const auto& both) {
        for (const std::size_t node : both.second)
            if (!world_.host(node).powered() || !world_.host(node).kernel.address(both.first)) {
                beliefs_[both.first.index()].contested = world_.time.now();
                return true;
            }
        return false;
    });
    for (const auto& [resource, pair] : doubles_) {
        for (const std::size_t node : pair) guard_stays_deaf(node, resource);
        if (!two_owners_still_excused(pair[0], pair[1]))
            broken("two owners end with the fault", "%s at %s and %s",
                   world_.config().resources[resource.index()].word.c_str(), world_.name(pair[0]).c_str(),
                   world_.name(pair[1]).c_str());
    }
}

// Nothing of a group starts here while a script of it runs elsewhere, or while it is blocked on a living
// node.
void Oracle::check_group_start(std::size_t node, GroupId id) {
    const config::Group& group = world_.config().groups[id.index()];
    for (std::size_t other = 0; other < nodes_; ++other) {
        if (other == node || !world_.host(other).powered() || started_beside_excused(other, node, id))
            continue;
        if (is_live(other) && world_.host(other).group(id.index()).state == core::GroupState::blocked)
            broken("a blocked group is not started elsewhere", "%s at %s", group.key.c_str(),
                   world_.name(node).c_str());
        for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r)
            if (world_.host(other).kernel.services[r] != Service::absent)
                broken("every start has its stop before another node's start", "%s starts at %s beside %s",
                       world_.config().resources[r].word.c_str(), world_.name(node).c_str(),
                       world_.name(other).c_str());
    }
}

void Oracle::service_starting(std::size_t node, ResourceId resource) {
    const config::Resource& what = world_.config().resources[resource.index()];
    const config::Group& group = world_.config().groups[what.group.index()];
    const Kernel& kernel = world_.host(node).kernel;
    check_group_start(node, what.group);
    for (std::size_t r = group.first.index(); r < resource.index(); ++r)
        if (kernel.services[r] == Service::absent && !kernel.ended[r] &&
            world_.config().resources[r].kind == config::Resource::Kind::script)
            broken("a group starts from left to right", "%s before %s", what.word.c_str(),
                   world_.config().resources[r].word.c_str());
}

void Oracle::service_stopping(std::size_t node, ResourceId resource) {
    const config::Resource& what = world_.config().resources[resource.index()];
    const config::Group& group = world_.config().groups[what.group.index()];
    for (std::size_t r = resource.index() + 1; r < group.first.index() + group.count; ++r)
        if (world_.host(node).kernel.services[r] != Service::absent)
            broken("a group stops from right to left", "%s before %s at %s", what.word.c_str(),
                   world_.config().resources[r].word.c_str(), world_.name(node).c_str());
}

void Oracle::stop_asked(std::size_t node, GroupId group) {
    Moment& asked = stop_asked_[node][group.index()];
    asked = std::min(asked, world_.time.now());
}

// After one fault a group goes to another node and perhaps home again; each failed start adds one.
void Oracle::start_asked(std::size_t node, ResourceId first) {
    const GroupId group = world_.config().resources[first.index()].group;
    stop_asked_[node][group.index()] = no_moment;
    if (first != world_.config().groups[group.index()].first) return;
    if (++moves_[group.index()] > 2 * nodes_ + 2 + failures_[group.index()])
        broken("a group does not flap", "%s was started %u times after one fault",
               world_.config().groups[group.index()].key.c_str(), moves_[group.index()]);
}

// A start that failed is repeated after 30 s, then later and later; a stop soon.
void Oracle::script_failed(GroupId group, bool start) {
    Moment& until = retry_until_[group.index()];
    Duration wait = 5s;
    if (start) wait = 35s * (1 << std::min(failures_[group.index()]++, 4u));
    until = std::max(until, world_.time.now() + wait);
}

// It is restarted at once, moves, or is restarted later and later.
void Oracle::service_failed(std::size_t node, GroupId group) {
    fault();
    moves.service_failed(node, group);
    ++failures_[group.index()];
    Moment& until = retry_until_[group.index()];
    until = std::max(until, world_.time.now() + moves.patience(group));
}

/// While somebody is there who may prolong it, an address lives on.
void Oracle::address_expires(std::size_t node, ResourceId resource) {
    const Host& host = world_.host(node);
    const Moment alone_since = hands_back_[node] + world_.settings.address_lifetime + 500ms;
    if (host.helpless() || alone_since > world_.time.now()) return;
    const GroupId group = world_.config().resources[resource.index()].group;
    if (host.group(group.index()).state != core::GroupState::owned || !host.supervisor()->may_keep(resource))
        return;
    broken("what may be held does not expire", "%s at %s",
           world_.config().resources[resource.index()].word.c_str(), world_.name(node).c_str());
}

// A node asks for groups that another one has only when its cable has been in for 5 s. Whom it takes for dead it judges anew.
void Oracle::cable_is_in(std::size_t node) {
    for (Moment& until : retry_until_) until = std::max(until, world_.time.now() + 6s);
    const Engine* const engine = world_.host(node).engine();
    for (std::size_t peer = 0; engine && peer < nodes_; ++peer)
        if (engine->core().node(id_of<NodeId>(name_of(peer))).state == core::MemberState::dead)
            declared_dead_[peer] = world_.time.now() + world_.settings.deadtime;
}

Moment Oracle::settled_at() const {
    const Settings& s = world_.settings;
    Moment at = last_fault_ + 3 * s.deadtime + s.initdead + 10 * s.script_max + 200ms;
    if (s.address_lifetime != 0s) at += s.address_lifetime + 500ms;  // what the guard waits for
    for (const Moment retry : retry_until_) at = std::max(at, retry);
    for (const auto& host : world_.hosts)
        if (host->supervisor() && host->supervisor()->waits_to_restart())
            at = std::max(at, world_.time.now() + 10ms);
    for (std::size_t n = 0; n < nodes_; ++n)
        for (std::size_t g = 0; g < owners_.size(); ++g)
            if (fencing.waits(n, g)) at = std::max(at, world_.time.now() + 10ms);
    return at;
}

std::size_t Oracle::owner_of(std::size_t group) const {
    for (std::size_t n = 0; n < nodes_; ++n)
        if (world_.host(n).group(group).state == core::GroupState::owned) return n;
    return nodes_;
}

bool Oracle::blocked_anywhere(GroupId id) const {
    const config::Group& group = world_.config().groups[id.index()];
    for (std::size_t n = 0; n < nodes_; ++n) {
        if (world_.host(n).group(id.index()).state == core::GroupState::blocked) return true;
        if (is_live(n) || !world_.host(n).powered()) continue;
        for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r)
            if (world_.host(n).kernel.services[r] != Service::absent) return true;
    }
    return false;
}

void Oracle::check_settled() {
    bool any = false;
    // One that stands aside waits for an operator, who of the two is to have the name.
    for (std::size_t n = 0; n < nodes_; ++n) any |= is_live(n) && !world_.host(n).stands_aside();
    if (!any) return;
    for (std::size_t g = 0; g < owners_.size(); ++g)
        if (!blocked_anywhere(id_of<GroupId>(g))) check_group_settled(id_of<GroupId>(g));
}

/// So many frames were lost by chance that a group may be on its way.
bool Oracle::disturbed() const {
    const Settings& s = world_.settings;
    return last_noise_ + 3 * s.deadtime + 10 * s.script_max > world_.time.now();
}

std::string Oracle::states_of(GroupId id) const {
    std::string states;
    for (std::size_t n = 0; n < nodes_; ++n) {
        const core::GroupStatus s = world_.host(n).group(id.index());
        states += " " + world_.name(n) + "=" + std::string(core::to_text(s.state)) + " (" +
                  std::string(s.cause) + ", epoch " + std::to_string(s.epoch) + ", holder " +
                  (s.holder.exists() ? world_.settings.nodes[s.holder.index()] : "none") + ")";
    }
    return states;
}

void Oracle::check_group_settled(GroupId id) {
    const config::Group& group = world_.config().groups[id.index()];
    std::size_t owners = 0;
    for (std::size_t n = 0; n < nodes_; ++n)
        owners += world_.host(n).group(id.index()).state == core::GroupState::owned;
    if (owners != 1) {
        if (disturbed()) return fault();
        broken("a settled cluster has one owner of each group", "%s has %zu:%s", group.key.c_str(), owners,
               states_of(id).c_str());
    }
    const std::size_t owner = owner_of(id.index());
    for (std::size_t n = 0; n < nodes_; ++n)
        for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r) {
            const Kernel& kernel = world_.host(n).kernel;
            const bool there = kernel.addresses[r] || kernel.services[r] == Service::running;
            if (there != (n == owner))
                broken("kernels agree with the owner", "%s at %s, owner %s",
                       world_.config().resources[r].word.c_str(), world_.name(n).c_str(),
                       world_.name(owner).c_str());
        }
    check_preferred(id, owner);
    check_belief(id, owner);
}

void Oracle::check_preferred(GroupId id, std::size_t owner) {
    const std::size_t preferred = world_.config().groups[id.index()].preferred.index();
    if (!world_.settings.auto_failback || name_of(owner) == preferred || two_live_under(preferred)) return;
    if (!world_.config().witnesses.empty() && disturbed())
        return;  // it may reach fewer ping nodes, by chance
    if (!is_live(preferred) || world_.host(preferred).stands_aside() ||
        world_.host(preferred).group(id.index()).state == core::GroupState::not_here)
        return;
    broken("auto_failback brings a group home", "%s stays:%s", world_.config().groups[id.index()].key.c_str(),
           states_of(id).c_str());
}

/// Whichever of them has let go: what its name should have is with somebody else.
bool Oracle::two_live_under(std::size_t name) const {
    std::size_t lives = 0;
    for (std::size_t n = 0; n < nodes_; ++n) lives += name_of(n) == name && world_.host(n).powered();
    return lives > 1;
}

/// Now, or at another time.
bool Oracle::has_namesake(std::size_t name) const {
    for (std::size_t n = names_; n < nodes_; ++n)
        if (name_of(n) == name) return true;
    return false;
}

void Oracle::watch(bool on) {
    watching_ = on;
    noisy_ =
        last_noise_ + world_.settings.deadtime > world_.time.now();  // what follows from it may still come
    for (std::size_t g = 0; on && g < owners_.size(); ++g) owners_[g] = owner_of(g);
}

void Oracle::after_event() {
    watch_same_names();
    if (!doubles_.empty()) check_doubles();
    check_served();
    company.after_event();
    if (!watching_) return;
    for (std::size_t g = 0; g < owners_.size(); ++g) {
        if (owner_of(g) == owners_[g] || blocked_anywhere(id_of<GroupId>(g))) continue;
        if (noisy_) return fault();  // a run of lost frames is a fault, be it by chance
        broken("without a fault no group moves", "%s", world_.config().groups[g].key.c_str());
    }
}

}  // namespace hb::sim
