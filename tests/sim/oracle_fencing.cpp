#include "sim/oracle_fencing.hpp"

#include "hb/core/cause.hpp"
#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

namespace {

core::MemberState state_of(const World& world, std::size_t host, std::size_t name) {
    return world.host(host).engine()->core().node(id_of<NodeId>(name)).state;
}

bool has_device(const World& world, std::size_t name) {
    for (const config::FenceDevice& device : world.config().fences)
        if (!device.victim.exists() || device.victim.index() == name) return true;
    return false;
}

}  // namespace

std::vector<FencingPromise::Peer>& FencingPromise::peers(std::size_t host) {
    peers_.resize(world_.size());
    peers_[host].resize(world_.settings.nodes.size());
    return peers_[host];
}

void FencingPromise::engine_started(std::size_t host) {
    for (Peer& peer : peers(host)) peer = {.not_dead = world_.time.now()};
}

void FencingPromise::succeeded(std::size_t host, std::size_t name, Moment asked) {
    Peer& peer = peers(host)[name];
    if (asked >= peer.not_dead) peer.cut = world_.time.now();
}

void FencingPromise::confirmed(std::size_t host, std::size_t name) {
    peers(host)[name].cut = world_.time.now();
}

void FencingPromise::asked(std::size_t host, NodeId node) {
    const core::MemberState state = state_of(world_, host, node.index());
    if (state != core::MemberState::dead)
        world_.oracle.broken("only a dead node is cut off", "%s, which is %s to %s",
                             world_.settings.nodes[node.index()].c_str(), core::to_text(state).data(),
                             world_.name(host).c_str());
}

void FencingPromise::turn_done(std::size_t host) {
    if (world_.config().fences.empty() || !world_.host(host).engine()) return;
    for (std::size_t name = 0; name < world_.settings.nodes.size(); ++name) {
        const core::MemberState state = state_of(world_, host, name);
        if (state == core::MemberState::dead) continue;
        Peer& peer = peers(host)[name];
        peer.not_dead = world_.time.now();
        peer.left = state == core::MemberState::left;
        peer.cut = Moment::min();
    }
}

void FencingPromise::claimed(std::size_t host, GroupId group, NodeId from) {
    const config::Group& what = world_.config().groups[group.index()];
    if (!what.exclusive) return;
    for (std::size_t name = 0; name < world_.settings.nodes.size(); ++name) {
        const Peer& peer = peers(host)[name];
        if (name == world_.settings.name_of(host) || !has_device(world_, name) || peer.left) continue;
        if (state_of(world_, host, name) != core::MemberState::dead || peer.cut > peer.not_dead) continue;
        world_.oracle.broken("what must run once is claimed when its owners are cut off",
                             "%s claims %s of %s, and %s was not cut off", world_.name(host).c_str(),
                             what.key.c_str(),
                             from.exists() ? world_.settings.nodes[from.index()].c_str() : "nobody",
                             world_.settings.nodes[name].c_str());
    }
}

bool FencingPromise::waits(std::size_t host, std::size_t group) const {
    return world_.host(host).engine() &&
           world_.host(host).group(group).cause.starts_with(core::cause::waits_for_fencing);
}

bool FencingPromise::protects(std::size_t holder, GroupId group) const {
    return world_.config().groups[group.index()].exclusive &&
           has_device(world_, world_.settings.name_of(holder));
}

}  // namespace hb::sim
