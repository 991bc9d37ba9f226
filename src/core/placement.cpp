// Who should own what. Only the holder of a group's register may start it, only the holder moves it on.
#include "impl.hpp"

namespace hb::core {

/// Whether `a` stands before `b` in the group's preference: the preferred node, then the others as in ha.cf.
bool Core::Impl::earlier(GroupId group, NodeId a, NodeId b) const {
    const NodeId preferred = config_.groups[group.index()].preferred;
    if (a == preferred || b == preferred) return a == preferred && b != preferred;
    return a < b;
}

/// The group could be started on that node now.
bool Core::Impl::fit(GroupId group, NodeId node) const {
    const bool self = node == config_.self;
    const Group& g = groups_[group.index()];
    if (self ? departure_.leaving() || carriers_.is_bare(group)
             : !in_session(node) || peer(node).leaving || peer(node).helpless)
        return false;
    if (!self && peer(node).state != MemberState::active) return false;  // it still listens for others
    // Without carrier here a peer may still count as heard: it must have been reached by another way since.
    if (!self && carriers_.is_bare(group) && !heard_us_since(node, carriers_.bare_since(group))) return false;
    const GroupState state = self ? g.own.state : peer(node).registers[group.index()].state;
    return state == GroupState::foreign || state == GroupState::wanted || state == GroupState::acquiring ||
           state == GroupState::owned;
}

bool Core::Impl::asks_for(NodeId node, GroupId group) const {
    return peer(node).registers[group.index()].state == GroupState::wanted;
}

/// A group stays away from here only because somebody said so: it could be served.
bool Core::Impl::could_stand_in() const {
    return !departure_.leaving() && std::any_of(groups_.begin(), groups_.end(), [this](const Group& g) {
        return g.own.state == GroupState::not_here && g.in_standby && !carriers_.is_bare(group_of(g));
    });
}

/// For what this node cannot serve, and nobody fit is there: a peer that was told to stay away from it.
NodeId Core::Impl::stand_in(GroupId group) const {
    if (!departure_.leaving() && !carriers_.is_bare(group)) return NodeId{};
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const NodeId node = id_of<NodeId>(i);
        if (node == config_.self || !in_session(node) || peers_[i].state != MemberState::active) continue;
        const Peer& p = peers_[i];
        const bool told = p.standby && p.registers[group.index()].state == GroupState::not_here;
        if (told && !p.leaving && !p.helpless &&
            (!carriers_.is_bare(group) || heard_us_since(node, carriers_.bare_since(group))))
            return node;
    }
    return NodeId{};
}

/// All others are gone or leave, or say that they can not serve it.
bool Core::Impl::nobody_else_can(GroupId group) const {
    return !any_peer([&](const Peer& p) {
        if (p.state == MemberState::dead || p.state == MemberState::left || p.leaving || p.helpless)
            return false;
        const GroupState state = p.hearing.session() ? p.registers[group.index()].state : GroupState::foreign;
        return state != GroupState::blocked && (state != GroupState::not_here || p.standby);
    });
}

/// It left, and what it could not stop may still run there.
bool Core::Impl::left_blocked(NodeId node, GroupId group) const {
    const Peer& p = peer(node);
    return p.left_blocked && p.registers[group.index()].state == GroupState::blocked;
}

/// Nobody can take it from there: a stop has failed, and what it holds may still run.
bool Core::Impl::is_blocked_at(NodeId node, GroupId group) const {
    if (node == config_.self) return groups_[group.index()].own.state == GroupState::blocked;
    return in_session(node) && peer(node).registers[group.index()].state == GroupState::blocked;
}

void Core::Impl::stay_away(GroupId group) {
    groups_[group.index()].in_standby = true;
    enter(group, GroupState::not_here, "a peer's operator asks for it");
}

/// The first in preference that lives; one that does not want it only where nobody else is left. What somebody had is not left
/// to one that still listens for others.
NodeId Core::Impl::first_live(GroupId group) const {
    const Group& g = groups_[group.index()];
    NodeId best, last_resort;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const NodeId node = id_of<NodeId>(i);
        const bool self = node == config_.self;
        const bool live = self ? !departure_.leaving() && g.own.state != GroupState::blocked &&
                                     (!carriers_.is_bare(group) || serves_without_carrier(group))
                               : in_session(node) && !peer(node).leaving && !peer(node).helpless &&
                                     (!g.own.holder.exists() || peer(node).state == MemberState::active);
        if (!live) continue;
        const GroupState state = self ? g.own.state : peer(node).registers[group.index()].state;
        NodeId& first = state == GroupState::not_here ? last_resort : best;
        if (!first.exists() || earlier(group, node, first)) first = node;
    }
    return best.exists() ? best : last_resort;
}

/// Where a group belongs whose register this node holds.
NodeId Core::Impl::place(GroupId group) const {
    NodeId best;
    if (groups_[group.index()].own.state == GroupState::wanted && !departure_.leaving()) return config_.self;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const NodeId node = id_of<NodeId>(i);
        if (node == config_.self || !fit(group, node)) continue;
        if (asks_for(node, group)) return node;
        if (!best.exists() || earlier(group, node, best)) best = node;
    }
    const NodeId preferred = config_.groups[group.index()].preferred;
    const bool failback = config_.auto_failback != config::AutoFailback::off;
    if (!best.exists()) best = stand_in(group);
    if (!best.exists()) return config_.self;
    if (waits_for_somebody() && groups_[group.index()].own.state != GroupState::owned) return best;
    if (const NodeId better = better_connected(group); better.exists()) return better;
    if (!fit(group, config_.self)) return best;
    return failback && best == preferred && !peer(best).reach.fewer_lately(now_) ? best : config_.self;
}

/// A living peer still has it, whatever the register says: never start beside it.
bool Core::Impl::held_elsewhere(GroupId group) const {
    return any_peer([&](const Peer& p) {
        const NodeId node = id_of<NodeId>(static_cast<std::size_t>(&p - peers_.data()));
        return in_session(node) && holds(p.registers[group.index()].state);
    });
}

void Core::Impl::claim(GroupId group, const char* cause) {
    const bool first =
        !groups_[group.index()].own.holder.exists() && groups_[group.index()].guard.probes == 0;
    set_register(group, next_epoch(groups_[group.index()].own.epoch), config_.self);
    acquire(group, cause);
    if (first) ask_first(group);
}

void Core::Impl::grant(GroupId group, NodeId to) {
    set_register(group, next_epoch(groups_[group.index()].own.epoch), to);
    if (narrator_.granted(group, to)) return;
    flush_group_log();
    (void)narrator_.granted(group, to);
}

void Core::Impl::evaluate() {
    for (int round = 0; due_.decides() && round < 4; ++round) {
        due_.decided();
        guarding_ = false;
        if (linux_ha_alive()) return take_back_own();  // the handshake decides all else
        for (std::size_t i = 0; i < groups_.size(); ++i) evaluate(id_of<GroupId>(i));
    }
}

void Core::Impl::evaluate(GroupId id) {
    Group& g = groups_[id.index()];
    const bool may_take = own_ == MemberState::active && !departure_.leaving() && settled() && !armed() &&
                          quorum_met() && !supervisor_.lost() && !held_elsewhere(id) && !twin_forbids(id) &&
                          serviceable(id);
    g.waits_for = NodeId{};
    switch (g.own.state) {
        case GroupState::foreign:
        case GroupState::wanted:
        case GroupState::not_here:
            return g.own.holder == config_.self ? serve_or_grant(id, may_take) : consider_claim(id, may_take);
        case GroupState::owned: return consider_giving(id);
        case GroupState::acquiring:
        case GroupState::releasing:
        case GroupState::blocked: return;
    }
}

/// Nobody holds it, or another node does.
void Core::Impl::consider_claim(GroupId id, bool may_take) {
    Group& g = groups_[id.index()];
    if (!g.own.holder.exists()) {
        if (may_take && first_live(id) == config_.self && left_by_the_dead(id)) claim(id, "nobody held it");
        return;
    }
    // Its owner is in standby as well: of two that were told to stay away, the one that has nothing takes it.
    if (g.in_standby && g.own.state == GroupState::not_here && in_session(g.own.holder) &&
        peer(g.own.holder).registers[id.index()].state == GroupState::not_here)
        enter(id, GroupState::foreign, "its owner goes standby");
    const Peer& holder = peer(g.own.holder);
    // What a node left blocked behind may still run there: only an operator may ask for it.
    const bool gone = (holder.state == MemberState::dead || holder.state == MemberState::left) &&
                      (!left_blocked(g.own.holder, id) || g.own.state == GroupState::wanted);
    const bool asked_for = left_blocked(g.own.holder, id) && g.own.state == GroupState::wanted;
    if (may_take && gone && (asked_for || first_live(id) == config_.self) && left_by_the_dead(id))
        claim(id, holder.state == MemberState::dead ? "its owner is dead" : "its owner left");
}

/// This node holds its register, but does not serve it yet.
void Core::Impl::serve_or_grant(GroupId id, bool may_take) {
    Group& g = groups_[id.index()];
    if (departure_.surrendered()) return;  // its addresses may still be up: who takes it from us has to ask
    if (twin_forbids(id)) return;          // what runs at another host of this name is not ours to give
    const NodeId target = place(id);
    if (target != config_.self) {
        if (g.own.state == GroupState::foreign && asks_for(target, id)) stay_away(id);
        return grant(id, target);
    }
    // The one to whom it was to be given is gone, or gives it back.
    const bool bare = g.out_of_service && serves_without_carrier(id);
    const bool last = g.own.state == GroupState::not_here && (bare || (g.in_standby && nobody_else_can(id)));
    if (may_take && (last || g.own.state != GroupState::not_here) && guard_passed(id))
        acquire(id, last ? "nobody else can serve it" : "given to this node");
}

/// It is served here.
void Core::Impl::consider_giving(GroupId id) {
    Group& g = groups_[id.index()];
    const NodeId target = place(id);
    if (g.own.holder != config_.self || departure_.leaving() || target == config_.self) return;
    const bool asked = asks_for(target, id);
    const bool reached_more = peer(target).reach.more() && !carriers_.is_bare(id);
    const char* const home = carriers_.is_bare(id) ? cause::no_carrier : "goes home to its preferred node";
    release(id,
            asked          ? "a peer's operator asks for it"
            : reached_more ? "a peer reaches more ping nodes"
                           : home,
            carriers_.is_bare(id));
    g.after_standby = asked;  // else it would come home at once
}

bool Core::Impl::has_local_groups() const {
    for (const config::Group& group : config_.groups)
        if (group.preferred == config_.self) return true;
    return false;
}

Holding Core::Impl::holding() const {
    Holding held;
    for (std::size_t i = 0; i < groups_.size(); ++i)
        if (holds(groups_[i].own.state)) (is_local(id_of<GroupId>(i)) ? held.local : held.foreign) = true;
    return held;
}

}  // namespace hb::core
