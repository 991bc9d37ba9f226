// What this version does not guarantee, by name. Kernel lifetimes and the guard before a claim will end these exceptions:
// then each function is removed, or answers false. A silent echo is given up on already, which covers addresses in a
// one-way cut; scripts that stop more slowly than D - L still need the exception there.
#include "sim/host.hpp"
#include "sim/oracle.hpp"
#include "sim/world.hpp"

namespace hb::sim {

Oracle::Pair& Oracle::pair(std::size_t a, std::size_t b) {
    return pairs_[std::min(a, b) * nodes_ + std::max(a, b)];
}

/// The judge heard nothing for a deadtime although the other spoke: more than two keepalives of its frames in
/// a row were lost. (A run of two is covered by hold_until.)
bool Oracle::network_silenced_an_alive_node(std::size_t from, std::size_t to) {
    const Network::Passage& passage = world_.network.passage(from, to);
    return passage.lost - passage.delivered > 2 * world_.settings.keepalive;
}

/// The whole host stood still, supervisor too: nobody could remove its addresses. (Kernel lifetimes will, and
/// the guard will wait for them.)
bool Oracle::whole_host_stood_still(std::size_t node, std::size_t judge) {
    return world_.host(node).paused() || stood_still_[node] > world_.network.passage(node, judge).delivered;
}

void Oracle::death_declared(std::size_t judge, std::size_t peer) {
    if (!world_.host(peer).powered()) return;
    if (!network_silenced_an_alive_node(peer, judge) && !whole_host_stood_still(peer, judge)) return;
    world_.log.line(Log::world, "%s was silenced, %s takes it for dead", world_.settings.nodes[peer].c_str(),
                    world_.settings.nodes[judge].c_str());
    fault();
    Pair& both = pair(judge, peer);
    both.excused = true;
    both.bad_until = world_.time.now();
}

bool Oracle::pair_is_bad(std::size_t a, std::size_t b) const {
    return world_.network.severed(a, b) || world_.network.severed(b, a) || world_.host(a).paused() ||
           world_.host(b).paused();
}

void Oracle::network_changed() {
    last_fault_ = world_.time.now();
    watching_ = false;
    ++faults_;
    for (std::size_t n = 0; n < nodes_; ++n) {
        if (world_.host(n).paused()) stood_still_[n] = world_.time.now();
        for (std::size_t other = 0; other < n; ++other) pair(n, other).bad_until = world_.time.now();
    }
}

/// After the heal both hear each other within a keepalive, learn whose claim is later within a round trip,
/// and the other drops its addresses. With losses a status or two more are needed.
Duration Oracle::healing_bound() const {
    const Settings& s = world_.settings;
    return s.deadtime + 4 * s.keepalive + 50ms;
}

/// A later version of the guard will end this: until some time after the heal two nodes may hold one address.
/// With three nodes the second may not even have missed the first yet: it claims from one that it did miss.
bool Oracle::two_owners_excused(std::size_t starter, std::size_t holder) {
    Pair& both = pair(starter, holder);
    if (!both.excused && network_silenced_an_alive_node(holder, starter)) both = {true, world_.time.now()};
    if (!both.excused) return false;
    if (pair_is_bad(starter, holder) || world_.time.now() < both.bad_until + healing_bound()) return true;
    both.excused = false;
    return false;
}

/// Scripts: as for addresses. And an engine that died twice within a minute comes back only after 1, 2 or 4
/// s: a stop that takes longer than a deadtime is then not waited for. Nor while a daemon ends whose engine
/// hung or died, nor where the next engine hangs too.
bool Oracle::started_beside_excused(std::size_t holder, std::size_t starter) {
    const Host& host = world_.host(holder);
    const Supervisor* const supervisor = host.supervisor();
    if (supervisor &&
        (supervisor->waits_to_restart() || supervisor->mute() || (supervisor->stopping() && !host.engine())))
        return true;
    return two_owners_excused(starter, holder);
}

}  // namespace hb::sim
