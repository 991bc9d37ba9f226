// An address is of no use on an interface without carrier: the group goes to a node that can be reached another way, or is
// given up before that node counts this one dead.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace {
constexpr Duration steady_time =
    5s;  // a cable that comes and goes does not take the group from another node each time
}

void Core::Impl::on(const CarrierChanged& changed) {
    for (std::size_t r = changed.first.index(); r <= changed.last.index() && r < config_.resources.size();
         ++r) {
        const GroupId id = config_.resources[r].group;
        switch (carriers_.changed(id_of<ResourceId>(r), changed.carrier, now_)) {
            case Carriers::News::lost: carrier_lost(id); break;
            case Carriers::News::returned: carrier_returned(id); break;
            case Carriers::News::nothing: break;
        }
    }
}

void Core::Impl::carrier_lost(GroupId id) {
    Group& g = groups_[id.index()];
    guard_at_ = now_;
    due_.say_change();
    due_.ask_for_answer();  // an answer proves that a peer is reached all the same
    const GroupState state = g.own.state;
    if (state == GroupState::not_here && !g.in_standby) {
        g.retry_at = never;
        g.out_of_service = true;
    }
    if (state != GroupState::foreign && state != GroupState::wanted) return;
    g.retry_at = never;
    g.in_standby = false;
    g.out_of_service = true;
    enter(id, GroupState::not_here, cause::no_carrier);
}

void Core::Impl::carrier_returned(GroupId id) {
    Group& g = groups_[id.index()];
    g.insisted = false;
    carrier_check_ = serviceable_from(id);
    guard_at_ = now_;
    due_.say_change();
    due_.ask_for_answer();
    touch();
    if (g.own.state == GroupState::owned) {
        g.announcing.begin(now_, false);  // switches have forgotten where it is
    }
    if (g.own.state != GroupState::not_here || !g.out_of_service) return;
    const bool displaced = g.own.holder.exists() && g.own.holder != config_.self;
    if (displaced)
        g.retry_at = now_ + steady_time;
    else
        enter(id, GroupState::foreign, "the carrier is back");
}

/// Who took it unheard has by then heard that its silence is noticed, though one status was lost, and has given it up.
Instant Core::Impl::serviceable_from(GroupId id) const {
    const Instant back = carriers_.back_since(id);
    return back == Instant{} ? back : back + config_.deadtime + config_.keepalive;
}

/// A status of ours that was sent after `then` has reached that node, and it has said so.
bool Core::Impl::heard_us_since(NodeId node, Instant then) const {
    return in_session(node) && peer(node).hearing.confirmed() >= then;
}

/// Whether it may be started here. While the carrier was away a peer may have taken it unheard: until each one has answered
/// since, or has been silent for a whole deadtime, that is not known.
bool Core::Impl::serviceable(GroupId id) const {
    if (carriers_.is_bare(id)) return serves_without_carrier(id);
    if (now_ >= serviceable_from(id)) return true;
    return !any_peer([&](const Peer& p) { return !heard_us_since(node_of(p), carriers_.back_since(id)); });
}

bool Core::Impl::any_medium_usable() const {
    return std::any_of(medium_usable_.begin(), medium_usable_.end(), [](bool usable) { return usable; });
}

/// With a medium that works the others are dead as after any silence. Without one it may be our cable that is out: they had a
/// deadtime to claim it unheard, and then we ask whether they answer for its other addresses.
bool Core::Impl::silence_is_proven() const {
    return any_medium_usable() ||
           !any_peer([this](const Peer& p) { return now_ < p.since + config_.deadtime + config_.keepalive; });
}

/// The carrier of one interface is no reason to serve nothing: a cable to a peer that was switched off, for example. So a group
/// that can be reached by another of its addresses is served where nobody else can serve it. An operator may insist.
bool Core::Impl::serves_without_carrier(GroupId id) const {
    if (groups_[id.index()].insisted) return true;
    return carriers_.is_partly_bare(id) && nobody_else_can(id) && silence_is_proven();
}

/// A lease behind the last of our statuses that each peer has echoed; who echoes nothing may have heard us last when the
/// carrier went, a keepalive before at the worst.
Instant Core::Impl::carrier_right_ends(GroupId id) const {
    const Group& g = groups_[id.index()];
    Instant ends = never;
    if (!carriers_.is_bare(id) || (g.own.state != GroupState::acquiring && g.own.state != GroupState::owned))
        return ends;
    if (serves_without_carrier(id) || (carriers_.is_partly_bare(id) && any_medium_usable()))
        return ends;  // as with all carriers
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const Peer& p = peers_[i];
        if (i == config_.self.index()) continue;
        const bool living = alive(id_of<NodeId>(i)) && p.heard;
        const bool echoes = living && p.echoes && p.hearing.confirmed() != Instant{};
        const Instant last =
            living ? std::max(carriers_.bare_since(id), p.last_status) : carriers_.bare_since(id);
        ends = std::min(ends, (echoes ? p.hearing.confirmed() : last - config_.keepalive) + lease());
    }
    return ends == never ? never : ends - give_up_margin;
}

Instant Core::Impl::carrier_right_ends() const {
    Instant ends = never;
    for (std::size_t i = 0; carriers_.any() && i < groups_.size(); ++i)
        ends = std::min(ends, carrier_right_ends(id_of<GroupId>(i)));
    return ends;
}

void Core::Impl::give_up_without_carrier() {
    if (carrier_right_ends() > now_) return;
    for (Group& g : groups_) {
        if (carrier_right_ends(group_of(g)) > now_) continue;
        g.out_of_service = true;
        lose_right(group_of(g), cause::no_carrier);
    }
}

void Core::Impl::say_unclaimed(NodeId dead) {
    const auto count = std::count_if(groups_.begin(), groups_.end(), [&](const Group& g) {
        return carriers_.is_bare(group_of(g)) && g.own.holder == dead && !serves_without_carrier(group_of(g));
    });
    if (count) log(log::not_claimed, {count, name(dead)});
}

/// What is to be done about it depends on who has answered: looked at in each step.
void Core::Impl::look_at_carriers() {
    if (!carriers_.any() && carrier_check_ == never) return;
    due_.decide_again();
    if (carrier_check_ <= now_) carrier_check_ = never;
    if (!linux_ha_alive()) return;
    for (std::size_t i = 0; i < groups_.size(); ++i) carrier_with_linux_ha(id_of<GroupId>(i));
}

/// A Linux-HA peer is asked to take over, as after a failed start; what was given up and not taken meanwhile is taken back.
void Core::Impl::carrier_with_linux_ha(GroupId id) {
    Group& g = groups_[id.index()];
    const auto heard_since = [this](Instant then) {
        return any_peer([then](const Peer& p) { return p.heard && !p.speaks_ours && p.last_status > then; });
    };
    const bool held = g.own.state == GroupState::acquiring || g.own.state == GroupState::owned;
    if (carriers_.is_bare(id) && held && heard_since(carriers_.bare_since(id)))
        start_standby({.local = is_local(id), .foreign = !is_local(id)});
    const bool believed_ours = (is_local(id) ? mine_.local : mine_.foreign) && g.own.holder == config_.self;
    if (!carriers_.is_bare(id) && g.out_of_service && g.own.state == GroupState::foreign && believed_ours &&
        heard_since(carriers_.back_since(id))) {
        g.out_of_service = false;
        acquire(id, "the carrier is back");
    }
}

}  // namespace hb::core
