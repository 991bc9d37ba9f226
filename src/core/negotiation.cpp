// The handshakes of Linux-HA Heartbeat: starting, resource, ask_resources, shutdone. With a Linux-HA peer they alone
// decide; between two of ours they are said on every transition but not acted on. The only file that knows there are two
// dialects of ownership (heartbeat-protocol(7), HANDSHAKES).
#include <algorithm>
#include <utility>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

namespace {
constexpr Duration settling_time = 10s, failback_pause = 1s;
constexpr Duration busy_pause = 20ms;
constexpr Duration starting_pause = 1s;  // the peer answers `starting` at once, or did not hear it
}  // namespace

std::string_view to_text(Holding h) {
    return h.local ? (h.foreign ? "all" : "local") : (h.foreign ? "foreign" : "none");
}

std::optional<Holding> parse_holding(std::string_view text) {
    if (text == "all") return Holding{.local = true, .foreign = true};
    if (text == "local") return Holding{.local = true, .foreign = false};
    if (text == "foreign") return Holding{.local = false, .foreign = true};
    if (text == "none") return Holding{};
    return std::nullopt;
}

static Holding join(Holding a, Holding b) {
    return {.local = a.local || b.local, .foreign = a.foreign || b.foreign};
}
static Holding without(Holding a, Holding b) {
    return {.local = a.local && !b.local, .foreign = a.foreign && !b.foreign};
}

void Core::Impl::handshake_active() {
    phase_ = Phase::starting;
    settle_at_ = never;
    starting_again_ = now_ + starting_pause;
    // A node that is not active itself does not listen yet.
    starting_unheard_ = any_peer([](const Peer& p) { return p.state == MemberState::up; });
    send(type::starting, NodeId{}, [](wire::Builder&) {});
    if (!linux_ha_alive()) phase_ = Phase::stable;
}

void Core::Impl::on_starting(NodeId node) {
    if (in_session(node)) return;
    if (phase_ == Phase::starting) phase_ = Phase::both_starting;
    peer_stable_ = false;
    if (phase_ != Phase::init) send_resource("", phase_ == Phase::stable);
    if (phase_ != Phase::both_starting || !std::exchange(starting_unheard_, false)) return;
    send(type::starting, NodeId{}, [](wire::Builder&) {});  // it answers with its `resource`
}

void Core::Impl::on_resource(NodeId node, const wire::Message& message, Sequence number) {
    const auto said = message.get(field::rsc_hold);
    if (!said || number < peer(node).resource_sequence) return;  // a retransmitted one tells of the past
    peer(node).resource_sequence = number;
    due_.decide_again();
    auto held = parse_holding(*said);
    if (!held) log(log::bad_hold, {*said});
    const Holding now = held.value_or(Holding{});
    theirs_ = message.get_or(field::rtype, "") == "full" || now.none() ? now : join(theirs_, now);
    if (in_session(node) || peer(node).speaks_ours) return;
    if (mine_.local && theirs_.foreign) log(log::both_own, {});
    for (std::size_t i = 0; i < groups_.size(); ++i) {  // what it holds, for status and for its death
        const GroupId id = id_of<GroupId>(i);
        const bool its_kind = handshake_tells_enough() && (is_local(id) ? theirs_.foreign : theirs_.local);
        if (!is_believed(peer(node)) || !its_kind || holds(groups_[i].own.state)) continue;
        set_register(id, std::max(groups_[i].own.epoch, 1u), node);
        ask_who_answers(node, id);
    }
    if (phase_ == Phase::starting || phase_ == Phase::both_starting) {
        const bool both = phase_ == Phase::both_starting;
        phase_ = Phase::received;
        settle_at_ = now_ + settling_time;
        // Both are known to be starting and nobody holds anything: there is nothing to wait for.
        if (both && theirs_.none() && message.get_or(field::isstable, "") == "0") return settle(true);
    }
    const auto stable = message.get(field::isstable);
    if (!stable) return;
    if (*stable != "1") {
        peer_stable_ = false;
        return standby_.peer_lets_go(now_);
    }
    if (!peer_stable_) {
        peer_stable_ = true;
        log(log::remote_complete, {});
        send_resource("", phase_ == Phase::stable);
    }
    if (phase_ == Phase::received) settle(false);
    if (phase_ == Phase::stable) consider_failback();
}

void Core::Impl::settle(bool local_timer) {
    settle_at_ = never;
    // What is still being stopped, here or by another host of our name, cannot be taken.
    // And what such a host has, only peers of our kind tell.
    const bool may_be_told =
        listens_for_twin() && any_peer([](const Peer& p) { return p.heard && p.echoes && !p.speaks_ours; });
    if (set_busy({.local = true, .foreign = true}) || twin_holds_any() || may_be_told) {
        settle_at_ = now_ + busy_pause;
        return;
    }
    phase_ = Phase::stable;
    log(local_timer ? log::local_transition : log::remote_complete, {});
    if (!initial_done_) log(log::initial_complete, {local_timer ? "T_RESOURCES(us)" : "T_RESOURCES(them)"});
    initial_done_ = true;
    take_local();
    send_resource("", true);
}

/// Its sets are those of two nodes: of three nobody knows who has what another one calls foreign, so nothing is taken by them.
bool Core::Impl::handshake_tells_enough() const { return config_.nodes.size() <= 2; }

void Core::Impl::take_local() {
    if (departure_.leaving()) return;
    if (!handshake_tells_enough() || aside_) return log(log::local_none, {});
    if (theirs_.foreign || mine_.local) return log(log::local_none, {});
    mine_.local = true;
    claim_set({.local = true, .foreign = false}, "own groups");
    if (!set_busy({.local = true, .foreign = false})) log(log::local_none, {});
}

void Core::Impl::claim_set(Holding set, const char* cause) {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const GroupId id = id_of<GroupId>(i);
        if ((is_local(id) ? set.local : set.foreign) && !holds(groups_[i].own.state)) claim(id, cause);
    }
}

void Core::Impl::release_set(Holding set, const char* cause) {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const GroupId id = id_of<GroupId>(i);
        const GroupState state = groups_[i].own.state;
        if (!(is_local(id) ? set.local : set.foreign)) continue;
        if (state == GroupState::acquiring || state == GroupState::owned) release(id, cause, false);
    }
}

bool Core::Impl::set_busy(Holding set) const {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const GroupState state = groups_[i].own.state;
        if ((state == GroupState::acquiring || state == GroupState::releasing) &&
            (is_local(id_of<GroupId>(i)) ? set.local : set.foreign))
            return true;
    }
    return false;
}

// Standby: A gives up the set R (seen from A), B takes it. A: me, ..., done; B: other, ..., done.

void Core::Impl::consider_failback() {
    if (config_.auto_failback == config::AutoFailback::off || !needs_failback_ || departure_.leaving())
        return;
    if (!peer_stable_ || phase_ != Phase::stable || !mine_.foreign) return;
    if (standby_.none() && start_standby({.local = false, .foreign = true})) {
        needs_failback_ = false;
        return;
    }
    failback_at_ = now_ + failback_pause;
}

bool Core::Impl::start_standby(Holding set) {
    if (!linux_ha_alive() || !handshake_tells_enough() || !peer_stable_ || phase_ != Phase::stable ||
        !standby_.none())
        return false;
    NodeId peer;
    for_peers([&](NodeId node, const Peer&) { peer = node; });
    standby_.ask(set, peer, now_);
    log(log::wants_standby, {name(config_.self), to_text(set)});
    send(type::ask_resources, NodeId{}, [&](wire::Builder& b) {
        b.text(field::rsc_hold, to_text(set));
        b.text(field::info, "me");
    });
    return true;
}

void Core::Impl::on_ask(NodeId node, const wire::Message& message) {
    if (in_session(node) || peer(node).speaks_ours || !is_believed(peer(node)) || !handshake_tells_enough())
        return;
    const auto set = parse_holding(message.get_or(field::rsc_hold, ""));
    const std::string_view info = message.get_or(field::info, "");
    if (!set) return log(log::bad_hold, {message.get_or(field::rsc_hold, "")});
    if (info == "me") return on_ask_me(node, *set);
    if (info == "other") return on_ask_other(node, *set);
    if (info == "done") return on_ask_done(node, *set);
}

void Core::Impl::on_ask_me(NodeId node, Holding set) {
    if (!standby_.may_be_asked(now_))
        return log(log::standby_progress, {name(node), (standby_.deadline() - now_) / 1s});
    if (!peer_stable_ || phase_ != Phase::stable || departure_.leaving())
        return log(log::standby_ignored, {"me", name(node)});
    log(log::wants_standby, {name(node), to_text(set)});
    standby_.promise(set, node, now_);
    send(type::ask_resources, NodeId{}, [&](wire::Builder& b) {
        b.text(field::rsc_hold, to_text(set));
        b.text(field::info, "other");
    });
}

void Core::Impl::on_ask_other(NodeId node, Holding set) {
    if (standby_.state() != Standby::State::asking)
        return log(log::standby_unexpected, {"other", name(node), standby_.linux_ha_number()});
    standby_.let_go(now_);  // answered: now it is our turn
    log(log::can_take, {name(node), to_text(set)});
    log(log::give_up, {to_text(standby_.set())});
    mine_ = without(mine_, standby_.set());
    send_resource("standby", false);
    release_set(standby_.set(), "standby");
    standby_released();
}

void Core::Impl::standby_released() {
    if (standby_.state() != Standby::State::letting_go || set_busy(standby_.set())) return;
    for (std::size_t i = 0; i < groups_.size();
         ++i) {  // `done` gives the whole set: also what could not be stopped here
        const bool chosen = is_local(id_of<GroupId>(i)) ? standby_.set().local : standby_.set().foreign;
        if (chosen && groups_[i].own.state == GroupState::blocked) return;
    }
    standby_.hand_over();
    log(log::released, {to_text(standby_.set())});
    log(log::standby_local_done, {to_text(standby_.set())});
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const GroupId id = id_of<GroupId>(i);
        const bool chosen = is_local(id) ? standby_.set().local : standby_.set().foreign;
        if (chosen && groups_[i].own.holder == config_.self && !holds(groups_[i].own.state))
            grant(id, standby_.peer());
    }
    send(type::ask_resources, NodeId{}, [&](wire::Builder& b) {
        b.text(field::rsc_hold, to_text(standby_.set()));
        b.text(field::info, "done");
    });
}

void Core::Impl::on_ask_done(NodeId node, Holding set) {
    if (standby_.state() == Standby::State::handed_over) {
        theirs_ = join(theirs_, set.turned_round());
        standby_.end();
        log(log::other_completed, {to_text(set)});
        return send_resource("", true);
    }
    // An engine that was replaced does not know of the request; but what the peer says it has let go is ours to take.
    const Holding given = without(set.turned_round(), mine_);
    const bool nobody_has_it =
        !given.none() && without(given.turned_round(), theirs_) == given.turned_round();
    if (standby_.none() && beginning_.restarted() && phase_ != Phase::init && nobody_has_it &&
        !departure_.leaving())
        standby_.inherit(set, node);
    if (standby_.state() == Standby::State::promised) {
        log(log::standby_acquire, {to_text(set), name(node)});
        log(log::acquire, {to_text(set.turned_round())});
        standby_.take();
        mine_ = join(mine_, set.turned_round());
        claim_set(set.turned_round(), "standby of the peer");
        return standby_acquired();
    }
    if (!departure_.leaving() && !standby_.none())
        log(log::standby_unexpected, {"done", name(node), standby_.linux_ha_number()});
}

void Core::Impl::standby_acquired() {
    if (standby_.state() != Standby::State::taking || set_busy(standby_.set().turned_round())) return;
    standby_.end();
    log(log::acquired, {to_text(standby_.set().turned_round())});
    log(log::standby_done, {to_text(standby_.set())});
    send_resource("", true);
    send(type::ask_resources, NodeId{}, [&](wire::Builder& b) {
        b.text(field::rsc_hold, to_text(standby_.set()));
        b.text(field::info, "done");
    });
}

/// An operator of the peer asks for its set: we go standby with ours that is the same groups.
void Core::Impl::on_takeover(NodeId node, const wire::Message& message) {
    if (in_session(node) || peer(node).speaks_ours) return;
    const std::string_view set = message.get_or(field::rsc_hold, "all");
    const auto asked = set == "failback" ? parse_holding("all") : parse_holding(set);
    if (asked) start_standby(asked->turned_round());
}

void Core::Impl::on_shutdone(NodeId node, Sequence number) {
    theirs_ = Holding{};
    peer_stable_ = true;
    needs_failback_ = true;
    peer(node).shutdone = number;
    if (peer(node).speaks_ours) return leave_when_known(node);
    peer_left(node);
    if (phase_ != Phase::init) phase_ = Phase::stable;
}

/// A peer of ours is gone when the status that stood before its `shutdone` is known as well: it says to whom each group was
/// given, and may arrive later.
void Core::Impl::leave_when_known(NodeId node) {
    const Peer& p = peer(node);
    if (p.shutdone == 0 || !p.speaks_ours || !p.hearing.session() || !p.registers_complete) return;
    if (p.status_sequence + 1 >= p.shutdone) peer_left(node);
}

void Core::Impl::handshake_peer_dead(NodeId) {
    if (!standby_.none()) log(log::standby_cancelled, {});
    standby_.end();
    settle_at_ = never;
    theirs_ = Holding{};
    peer_stable_ = needs_failback_ = true;
    if (phase_ != Phase::init && phase_ != Phase::shutdown) phase_ = Phase::stable;
}

void Core::Impl::on_reqnodes(NodeId node) {
    constexpr Duration pace = 100ms;  // 3.0.6 asks once a second
    Peer& p = peer(node);
    if (p.nodes_told != Instant{} && now_ - p.nodes_told < pace) return;
    p.nodes_told = now_;
    send(type::repnodes, node, [&](wire::Builder& b) {
        FixedString<limits::nodes*(limits::node_name + 1)> list;
        for (const auto& n : config_.nodes) {
            list.append(n);
            list.append(" ");
        }
        b.text(field::nodelist, list);
        b.text(field::delnodelist, " ");
    });
}

void Core::Impl::on_repnodes(NodeId node) {
    peer(node).reqnodes_answered = true;
    if (!peer(node).has_extension) prove(node);
    become_active();
}

/// A peer that heard nothing of us for a while asks for nothing that came before its first message of the new generation. It
/// acknowledges each tenth number: what it has not acknowledged by then is said again.
void Core::Impl::repeat_resource() {
    const Duration patience = std::max<Duration>(5s, 12 * config_.keepalive);
    if (said_.number() == 0 || said_.at() + patience > now_ || !standby_.none() || departure_.leaving())
        return;
    const bool unheard = any_peer([this](const Peer& p) {
        const bool living = p.state == MemberState::up || p.state == MemberState::active;
        return living && p.heard && !p.speaks_ours && p.acknowledged < said_.number();
    });
    if (unheard) send_resource("", phase_ == Phase::stable);
}

void Core::Impl::handshake_timers() {
    repeat_resource();
    const bool unanswered = phase_ == Phase::starting || phase_ == Phase::both_starting;
    if (unanswered && starting_again_ <= now_ && linux_ha_alive()) {
        starting_again_ = now_ + starting_pause;
        send(type::starting, NodeId{}, [](wire::Builder&) {});
    }
    if (settle_at_ <= now_) {
        settle_at_ = never;
        if (phase_ == Phase::received) settle(true);
    }
    if (failback_at_ <= now_) {
        failback_at_ = never;
        consider_failback();
    }
    if (standby_.on_time(now_)) log(log::no_reply, {});
}

/// What is said when the groups have come to rest, and to peers when the sets changed.
void Core::Impl::report() {
    const bool handshake = linux_ha_alive();
    const bool busy = set_busy({.local = true, .foreign = true});
    if (own_ != MemberState::active) return;
    if (handshake) {
        standby_released();
        standby_acquired();
    } else {
        mine_ = holding();
        mine_.local |= !has_local_groups();  // as 3.0.6 says of nothing
    }
    if (!initial_done_ && !handshake && settled() && !due_.decides() && !guarding_) {
        initial_done_ = true;
        log(log::initial_complete, {"T_RESOURCES(us)"});
        if (!local_pending_) log(log::local_none, {});
    }
    if (said_.take_past() && !departure_.leaving() && standby_.none())
        send_resource("", phase_ == Phase::stable);
    const bool calmed = busy_ && !busy;
    busy_ = busy;
    if (calmed && local_pending_) {
        local_pending_ = false;
        log(log::local_complete, {});
        send_resource("req_our_resources()", true);
    }
    if (!busy && took_over_ && settled() && !guarding_) {
        took_over_ = false;
        if (mine_.foreign) {
            send(type::resource, NodeId{}, [&](wire::Builder& b) {
                b.text(field::rsc_hold, "foreign");
                b.text(field::info, "mach_down");
            });
            log(log::mach_down, {});
        }
    }
    if (!departure_.leaving() && !handshake && !said_.tells(mine_)) send_resource("", true);
}

/// After StopAsked: everything is stopped and granted, `shutdone` is said, the peers have heard it.
void Core::Impl::shutdown_progress() {
    if (!departure_.leaving() || departure_.gone()) return;
    if (!departure_.has_said()) {
        if (set_busy({.local = true, .foreign = true})) return;
        log(log::all_relinquished, {});
        phase_ = Phase::shutdown;
        send_status();
        send(type::shutdone, NodeId{}, [](wire::Builder& b) { b.text(field::st, "dead"); });
        send_status();
        departure_.said(outbox_.newest(), now_);
    }
    const bool anybody_waits = any_peer([this](const Peer& p) {
        // To a new engine everybody is unheard: they may wait for what it says all the same.
        const bool living = p.state == MemberState::up || p.state == MemberState::active ||
                            (beginning_.restarted() && p.state == MemberState::init);
        return living && !(p.speaks_ours && p.hearing.session() &&
                           p.hearing.echoed() >= std::max(departure_.last_message(), pulse_.change()));
    });
    const bool unsaid = due_.says_change();  // a grant, perhaps
    if ((anybody_waits || unsaid) && now_ < departure_.deadline()) return;
    departure_.go();
    emit(Leave{});
}

}  // namespace hb::core
