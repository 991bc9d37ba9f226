// What is not guaranteed, by name and as narrow as the guarantee is (docs/simulator.md).
#include "sim/host.hpp"
#include "sim/oracle.hpp"
#include "sim/world.hpp"

namespace hb::sim {

Oracle::Pair& Oracle::pair(std::size_t a, std::size_t b) {
    return pairs_[std::min(a, b) * nodes_ + std::max(a, b)];
}

/// A full partition without witness or fencing: the judge hears nothing of a living node, and until a quarter of a deadtime
/// before it acts (what the other needs to let go) nothing told that node that it is not heard. So both directions are
/// cut at once on all media, or losses amount to it.
bool Oracle::fully_parted(std::size_t judge, std::size_t holder) {
    // Whose number was lost is believed by nobody before it has learned that, which it cannot where it hears nobody.
    if (sent_[judge].behind) return true;
    const Moment warned = world_.network.passage(judge, holder).warned;
    return warned == no_moment || warned + world_.settings.deadtime / 4 + 5ms > world_.time.now();
}

/// Its host was paused since the judge heard it last.
bool Oracle::whole_host_stood_still(std::size_t node, std::size_t judge) {
    return world_.host(node).paused() || stood_still_[node] > world_.network.passage(node, judge).delivered;
}

/// No supervisor runs there, or it runs again for less than the quarter of a deadtime that it has to let go.
bool Oracle::nobody_could_remove(std::size_t holder) const {
    const Moment able = hands_back_[holder] + world_.settings.deadtime / 4 + 5ms;
    return world_.host(holder).helpless() || able > world_.time.now();
}

/// The probe of the guard before this claim, or its answer, was lost. An unanswered guard is good for a second. Who was given
/// the group by one that claimed so asks nobody any more.
bool Oracle::guard_was_deaf(std::size_t starter, std::size_t holder, ResourceId resource) {
    const Probed& probe = probed(starter, holder, resource);
    Moment& beside = probed(holder, holder, resource).lost;  // when somebody last claimed beside it
    const Moment recent = world_.time.now() - world_.settings.deadtime - 1s;
    if (beside > recent) return true;
    if (probe.lost <= probe.answered || probe.lost <= recent) return false;
    beside = world_.time.now();
    return true;
}

/// It goes on as long as two have it.
void Oracle::guard_stays_deaf(std::size_t holder, ResourceId resource) {
    Moment& beside = probed(holder, holder, resource).lost;
    if (beside > world_.time.now() - world_.settings.deadtime - 1s) beside = world_.time.now();
}

void Oracle::probe_lost(std::size_t asker, std::size_t asked, ResourceId resource) {
    probed(asker, asked, resource).lost = world_.time.now();
}

void Oracle::probe_answered(std::size_t asker, std::size_t asked, ResourceId resource) {
    probed(asker, asked, resource).answered = world_.time.now();
}

void Oracle::death_declared(std::size_t judge, std::size_t peer) {
    for (std::size_t host = 0; host < nodes_; ++host)
        if (name_of(host) == peer) silenced(judge, host);
}

void Oracle::silenced(std::size_t judge, std::size_t host) {
    // It hears nothing of it either: what it knew of itself from there is void.
    world_.network.passage(host, judge).warned = no_moment;
    if (!world_.host(host).powered()) return;
    declared_dead_[host] = world_.time.now();
    if (!more_than_two_frames_lost(host, judge) && !whole_host_stood_still(host, judge)) return;
    world_.log.line(Log::world, "%s was silenced, %s takes it for dead", world_.name(host).c_str(),
                    world_.name(judge).c_str());
    fault();
}

/// Frames lost in a row, by a cut or by chance: to the cluster a fault.
bool Oracle::more_than_two_frames_lost(std::size_t from, std::size_t to) {
    const Network::Passage& passage = world_.network.passage(from, to);
    return passage.lost - passage.delivered > 2 * world_.settings.keepalive;
}

void Oracle::network_changed() {
    fault();
    for (std::size_t n = 0; n < nodes_; ++n) {
        if (world_.host(n).paused()) stood_still_[n] = world_.time.now();
        for (std::size_t other = 0; other < n; ++other) pair(n, other).changed = world_.time.now();
    }
}

/// After the heal both hear each other within a keepalive, learn whose claim is later within a round trip,
/// and the other drops its addresses. With losses a status or two more are needed; if one direction stays cut, the node
/// that hears learns that it is not heard, and gives up by its own right to hold.
Duration Oracle::healing_bound() const {
    const Settings& s = world_.settings;
    return s.deadtime + 4 * s.keepalive + 50ms;
}

bool Oracle::still_parted(std::size_t a, std::size_t b) const {
    return (world_.network.severed(a, b) && world_.network.severed(b, a)) || unproven_beyond_a_cut(a, b) ||
           unproven_beyond_a_cut(b, a) || world_.host(a).helpless() || world_.host(b).helpless();
}

/// Nothing reaches the host from the other one, and it has begun a life since: nothing can prove that to who hears it.
bool Oracle::unproven_beyond_a_cut(std::size_t host, std::size_t hearer) const {
    if (!world_.network.severed(hearer, host) || !world_.host(hearer).engine()) return false;
    return !world_.host(hearer).engine()->core().node(id_of<NodeId>(name_of(host))).session;
}

void Oracle::hands_back(std::size_t node) {
    hands_back_[node] = world_.time.now();
    network_changed();
}

/// Two nodes may begin to hold one address only in a full partition; or while nobody on one of them can remove it, and it does
/// not end by itself, or the guard could not hear that.
bool Oracle::two_owners_excused(std::size_t starter, std::size_t holder, ResourceId resource) {
    const auto stays = [&] {
        return world_.settings.address_lifetime == 0s || guard_was_deaf(starter, holder, resource);
    };
    const GroupId group = world_.config().resources[resource.index()].group;
    if (!world_.same_name(starter, holder) && fencing.protects(holder, group)) return false;
    if (two_owners_still_excused(starter, holder)) return true;
    if (world_.same_name(starter, holder)) return same_name_excused(starter, holder);
    if (!fully_parted(starter, holder) && !(nobody_could_remove(holder) && stays()) &&
        !strangers(starter, holder, resource))
        return false;
    pair(starter, holder) = {true, world_.time.now()};
    return true;
}

/// The holder has not met the starter since its daemon began, so what it hears of it may be a recording, and makes it give up
/// nothing. And the starter has heard nothing of the holder since its engine began, nor an answer to its probes.
bool Oracle::strangers(std::size_t starter, std::size_t holder, ResourceId resource) {
    const Engine* const engine = world_.host(holder).engine();
    if (!engine || engine->core().known(id_of<NodeId>(name_of(starter))).met) return false;
    return world_.network.passage(holder, starter).delivered <= listeners_[starter].began &&
           guard_was_deaf(starter, holder, resource);
}

/// Each of two hosts under one name hears of the other by what that one says, or by what a third node echoes of it. Where nothing
/// of the kind can pass, or could not until a short time ago, both may serve. A new one has to listen first: that it has just
/// begun excuses nothing.
bool Oracle::same_name_excused(std::size_t starter, std::size_t holder) {
    Pair& both = pair(starter, holder);
    const Moment now = world_.time.now();
    const bool parted = !word_passes(starter, holder) && !word_passes(holder, starter);
    const bool just_met = now < std::max(both.deaf, listeners_[holder].began) + healing_bound();
    const bool by_chance = world_.settings.quality.loss && now < listeners_[starter].began + healing_bound();
    if (!parted && !just_met && !by_chance && !nobody_could_remove(holder)) return false;
    both.excused = true;
    both.changed = std::max(both.changed, listeners_[starter].began);
    return true;
}

void Oracle::watch_same_names() {
    for (std::size_t clone = names_; clone < nodes_; ++clone)
        for (std::size_t other = 0; other < clone; ++other) {
            if (!world_.same_name(clone, other) || !listeners_[clone].running || !listeners_[other].running)
                continue;
            const bool hears =
                (word_passes(clone, other) || word_passes(other, clone)) && is_live(clone) && is_live(other);
            if (!hears) pair(clone, other).deaf = world_.time.now();
        }
}

bool Oracle::word_passes(std::size_t from, std::size_t to) const {
    const Network& network = world_.network;
    if (!network.severed(from, to)) return true;
    for (std::size_t third = 0; third < nodes_; ++third)
        if (third != from && third != to && is_live(third) && !network.severed(from, third) &&
            !network.severed(third, to))
            return true;
    return false;
}

/// And may go on until that has healed.
bool Oracle::two_owners_still_excused(std::size_t starter, std::size_t holder) {
    Pair& both = pair(starter, holder);
    both.excused &= still_parted(starter, holder) || world_.time.now() < both.changed + healing_bound();
    return both.excused;
}

/// Scripts: as for addresses. And a script that stops more slowly than D - L is not waited for without fencing: the stop was
/// asked for a quarter of a deadtime ago, and the node was declared dead since. A script has no lifetime.
bool Oracle::started_beside_excused(std::size_t holder, std::size_t starter, GroupId group) {
    if (!world_.same_name(starter, holder) && fencing.protects(holder, group)) return false;
    const Moment asked = stop_asked_[holder][group.index()];
    const Settings& s = world_.settings;
    const Duration clocks_apart = s.deadtime * s.drift_ppm / 500'000;
    // The claim may wait for an orphan, while the node that was declared dead is back and stops.
    const Duration guard = s.address_lifetime == 0s ? Duration{1s} : s.address_lifetime + 500ms;
    const Duration time_to_stop = s.deadtime / 4 - 5ms - clocks_apart;
    if (asked != no_moment && asked + time_to_stop <= world_.time.now() &&
        declared_dead_[holder] + s.deadtime + guard > asked)
        return true;
    // It learned of the starter from a third node, and cannot say that its script still stops, or cannot prove that it is no recording.
    const bool cut_between =
        world_.network.severed(holder, starter) || world_.network.severed(starter, holder);
    if (asked != no_moment && world_.same_name(starter, holder) && cut_between) return true;
    return nobody_could_remove(holder) ||
           two_owners_excused(starter, holder, world_.config().groups[group.index()].first);
}

}  // namespace hb::sim
