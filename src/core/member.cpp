// Who is in: heard, late, dead, returned, restarted, left.
#include <algorithm>
#include <utility>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

namespace {
constexpr Duration late_interval = 60s;
}

bool Core::Impl::alive(NodeId node) const {
    const MemberState state = peer(node).state;
    return state == MemberState::up || state == MemberState::active;
}

bool Core::Impl::linux_ha_alive() const {
    return any_peer([](const Peer& p) {
        return (p.state == MemberState::up || p.state == MemberState::active) && p.heard && !p.speaks_ours;
    });
}

bool Core::Impl::settled() const {
    return !any_peer([this](const Peer& p) {
        return p.state == MemberState::init ||
               (p.state != MemberState::dead && p.state != MemberState::left &&
                !in_session(id_of<NodeId>(static_cast<std::size_t>(&p - peers_.data()))));
    });
}

void Core::Impl::set_member(NodeId node, MemberState state) {
    Peer& p = peer(node);
    if (p.state == state) return;
    if (p.state == MemberState::dead) forget_fence(node);
    p.state = state;
    p.since = now_;
    due_.decide_again();
    due_.bequeath();
}

/// A copy of what came long ago says nothing of a link: it may be a recording.
void Core::Impl::heard_on(NodeId node, MediumId medium, Instant received, Sequence number) {
    constexpr Sequence slower = 32;  // how far the slowest link may be behind, in messages
    const Peer& p = peer(node);
    Link& link = peer(node).links[medium.index()];
    const bool old =
        number <= link.newest || (p.stream.newest() >= slower && number <= p.stream.newest() - slower);
    if (old || p.state == MemberState::dead) return;
    link.newest = number;
    link.last_heard = std::max(link.last_heard, received);
    if (link.state == LinkState::up) return;
    if (link.state != LinkState::late)
        log(log::link_up, {name(node), config_.media[medium.index()].interface});
    link.state = LinkState::up;
}

/// The first is said; those that follow within a minute are counted.
void Core::Impl::heard_late(NodeId node, Duration interval) {
    LateOnes& late = peer(node).late;
    if (late.said == Instant{}) {
        late.said = now_;
        return log(log::late, {name(node), to_ms(interval)});
    }
    ++late.count;
    late.longest = std::max(late.longest, interval);
}

void Core::Impl::say_late_ones(NodeId node) {
    LateOnes& late = peer(node).late;
    if (late.said == Instant{} || now_ - late.said < late_interval) return;
    if (late.count == 0) return void(late = {});
    log(log::late_ones,
        {name(node), late.count, (now_ - late.said) / 1s, to_ms(late.longest), to_ms(config_.warntime)});
    late = {.said = now_};
}

void Core::Impl::on_status(NodeId node, const wire::Message& message, Instant received, Stream::Order order) {
    Peer& p = peer(node);
    const auto number = static_cast<Sequence>(message.hex(field::seq).value_or(0));
    if (order != Stream::Order::fresh || number <= p.status_sequence)
        return;  // a retransmitted one refreshes nothing
    const bool first = !p.heard;
    const bool returned = p.state == MemberState::dead && !first;
    if (!first && !returned && received - p.last_status > config_.warntime &&
        pause_.excused() < p.last_status)
        heard_late(node, received - p.last_status);
    say_late_ones(node);
    p.status_sequence = number;
    p.last_status = std::max(p.last_status, received);
    if (first) p.first_status = now_;
    p.heard = true;
    const bool names = names_us(message, received);
    const bool trusted = binds(p) || names, believed = is_believed(p) || names;
    const auto dt = message.hex(field::dt);
    if (trusted && dt && *dt > 0 && *dt < 1u << 30) p.deadtime = std::chrono::milliseconds{*dt};
    if (p.deadtime != config_.deadtime && !p.warned_deadtime && message.get(field::hb4)) {
        p.warned_deadtime = true;
        log(log::deadtime_differs, {name(node), to_ms(p.deadtime), to_ms(config_.deadtime)});
    }
    if (returned) {
        log(log::partition, {name(node)});
        p.hearing.end_session();
    }
    p.knows_reqnodes = message.get(field::protocol).has_value();
    const auto said = message.get_or(field::st, "");
    if (said != p.said.view()) {
        const auto before = p.said;
        p.said = said;
        log(log::status_update, {name(node), said});
        if (believed && std::exchange(p.unhooked, false)) hook_on_state(node, before.view());
        p.unhooked = true;
    }
    if (believed && std::exchange(p.unhooked, false)) hook_on(message);
    if (p.state != MemberState::left)
        set_member(node, said == "active" ? MemberState::active : MemberState::up);
    read_extension(node, message, received);
    if (returned && p.speaks_ours) log(log::partition_kept, {name(node)});
    // It has claimed by now: the epoch decides, not the clock. Or it slept, and claims a deadtime behind its waking, which it
    // said at once: one status may have been lost.
    if ((first || returned) && binds(p) && p.hearing.age() >= config_.deadtime)
        p.hearing.excuse(now_ - config_.keepalive);
    // We began while it could not be heard, and took what it may have had all the time.
    const bool lived_on = std::exchange(p.heard_late, false) && said == "active";
    // So does a peer whose table differs: which of two claims is the later one, its registers do not tell.
    if ((returned || lived_on) && !p.speaks_ours) return_empty_handed();
    if (!p.has_extension && config_.nodes.size() > 2 && !p.warned_dialect) {
        p.warned_dialect = true;
        log(log::too_many_dialects, {name(node)});
    }
    if (first || returned) answer_at_once(node);
    leave_when_known(node);
    // The later of two nodes beats on hearing the earlier one: its evidence is then one round trip old.
    if (node < config_.self && in_session(node) && now_ - pulse_.last() >= config_.keepalive / 2) due_.say();
}

void Core::Impl::answer_at_once(NodeId node) {
    Peer& p = peer(node);
    if (p.answered != Instant{} && now_ - p.answered < 1ms) return;
    p.answered = now_;
    due_.say();
}

void Core::Impl::listen(bool any_medium) {
    if (own_ == MemberState::active) return;
    if (beginning_.listen(any_medium, now_)) log(log::waits_for_medium, {to_ms(first_patience())});
}

/// For so long a node that was never heard is waited for.
Duration Core::Impl::first_patience() const {
    return beginning_.patience(config_.deadtime, config_.initdead);
}

Instant Core::Impl::silence_ends(NodeId node) const {
    const Peer& p = peer(node);
    if (p.state == MemberState::dead) return never;
    const Instant waited = beginning_.patience_ends(first_patience());
    const Instant unheard = waited == never ? never : std::max(waited, pause_.excused() + config_.deadtime);
    if (!p.heard) return unheard;
    const Instant silent =
        std::max(std::max(p.last_status, pause_.excused()) + p.deadtime, undecided_until());
    return binds(p) ? silent : std::max(silent, unheard);  // what may be a recording shortens no wait
}

void Core::Impl::judge_silence(Instant heard_until) {
    for_peers([&](NodeId node, Peer& p) {
        if (silence_ends(node) <= std::min(now_, heard_until)) declare_dead(node);
        if (p.hearing.session()) p.warned_deaf = false;
        if (alive(node) && p.speaks_ours && !p.hearing.session() && !p.warned_deaf && !aside_ &&
            now_ - p.since > p.deadtime) {
            p.warned_deaf = true;
            log(log::not_heard_by, {name(node)});
        }
        for (std::size_t m = 0; m < config_.media.size(); ++m) {
            Link& link = p.links[m];
            if (link.state != LinkState::up && link.state != LinkState::late) continue;
            const Duration silent = now_ - std::max(link.last_heard, pause_.excused());
            if (silent >= p.deadtime) {
                link.state = LinkState::lost;
                log(log::link_dead, {name(node), config_.media[m].interface});
            } else {
                link.state = silent > config_.warntime ? LinkState::late : LinkState::up;
            }
        }
    });
}

void Core::Impl::declare_dead(NodeId node) {
    Peer& p = peer(node);
    const bool left = p.state == MemberState::left;
    log(log::node_dead, {name(node)});
    if (p.heard)
        log(log::node_silent, {name(node), to_ms(now_ - p.last_status), to_ms(p.deadtime)});
    else
        log(log::node_never_heard, {name(node), to_ms(first_patience())});
    if (p.heard && !p.has_extension && !left && binds(p)) take_next_generation();
    p.said = "dead";
    hook_on_state(node, "dead");
    p.hearing.end_session();
    p.registers_complete = p.leaving = false;
    p.stream.bury();
    set_member(node, MemberState::dead);
    p.left_cleanly = left && !p.helpless;
    // While tables differ nobody says what it has: it may have had our addresses, and clients may still believe it.
    if (p.has_extension && !p.speaks_ours) announce_to_a_new_session();
    const bool cut_off = !left && must_fence(node);
    if (!cut_off) say_stonith(node, left ? "unneeded" : "n_stnth");
    handshake_peer_dead(node);
    say_unclaimed(node);
    if (left) return log(log::gave_up, {name(node)});
    if (p.heard && !p.has_extension) log(log::linux_ha_addresses, {name(node)});
    if (cut_off) {
        log(log::fence_first, {name(node)});
    } else if (devices_for(node) == 0) {
        log(log::no_stonith, {});
        log(log::not_protected, {});
    }
    log(log::being_acquired, {name(node)});
    took_over_ = true;
}

void Core::Impl::say_stonith(NodeId node, std::string_view result) {
    send(type::stonith, NodeId{}, [&](wire::Builder& b) {
        b.text(field::node, name(node));
        b.text(field::result, result);
    });
}

void Core::Impl::peer_left(NodeId node) {
    Peer& p = peer(node);
    if (p.state == MemberState::left || p.state == MemberState::dead) return;
    log(log::shutdown_notice, {name(node)});
    p.left_blocked = std::any_of(p.registers.begin(), p.registers.end(),
                                 [](const Register& r) { return r.state == GroupState::blocked; });
    set_member(node, MemberState::left);
    forget_wishes_for_blocked(node);
    if (departure_.leaving()) return log(log::takeover_cancelled, {});
    log(log::being_acquired, {name(node)});
    took_over_ = true;
}

/// What an operator asked for while that node served it, he did not ask for beside what may still run there.
void Core::Impl::forget_wishes_for_blocked(NodeId node) {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const GroupId id = id_of<GroupId>(i);
        if (groups_[i].own.state == GroupState::wanted && left_blocked(node, id))
            enter(id, GroupState::foreign, "its owner left it blocked");
    }
}

/// `up` becomes `active` when every configured node is in session, has answered `reqnodes`, or is dead.
void Core::Impl::become_active() {
    if (own_ == MemberState::active || departure_.leaving()) return;
    if (aside_) return;
    const bool waiting = any_peer([this](const Peer& p) {
        if (p.state == MemberState::dead || p.state == MemberState::left) return false;
        if (!p.heard) return true;
        if (p.speaks_ours) return !p.hearing.session();
        return p.knows_reqnodes && !p.reqnodes_answered && now_ - p.first_status < config_.initdead;
    });
    if (waiting) return ask_nodes();
    for_peers([this](NodeId node,
                     const Peer& p) {  // a Linux-HA peer that was heard for all of initdead answers nobody
        if (p.heard && !p.has_extension && alive(node)) prove(node);
    });
    own_ = MemberState::active;
    log(log::comm_up, {});
    log(log::local_status, {"active"});
    send_status();
    handshake_active();
    due_.decide_again();
}

/// Whoever lives has been heard by now; who else there may be takes initdead.
bool Core::Impl::waits_for_somebody() const {
    return own_ != MemberState::active && now_ >= beginning_.started() + 2 * config_.keepalive;
}

/// A Linux-HA peer proves by an answer that it lives.
bool Core::Impl::owes_answer(const Peer& p) const {
    const bool living = p.state == MemberState::up || p.state == MemberState::active;
    if (!living || !p.heard || p.speaks_ours || departure_.leaving() || aside_) return false;
    return own_ == MemberState::active ? !p.genuine && !p.has_extension && p.knows_reqnodes
                                       : !p.reqnodes_answered;
}

/// When that peer is asked for its nodes, or once more.
Instant Core::Impl::reqnodes_due(NodeId node) const {
    return owes_answer(peer(node)) ? peer(node).reqnodes_at : never;
}

void Core::Impl::ask_nodes() {
    for_peers([&](NodeId node, Peer& p) {
        if (reqnodes_due(node) > now_) return;
        p.reqnodes_at = now_ + 1s;
        send(type::reqnodes, node, [](wire::Builder&) {});
    });
}

/// Linux-HA restarts both sides when a node it declared dead comes back in the same generation. A higher one is an ordinary
/// return to it. So the next generation is begun when such a peer falls silent, not afterwards: it may hear us all the time.
void Core::Impl::take_next_generation() {
    if (departure_.leaving()) return;
    const Generation next = number_.next(outbox_.generation(), now_, config_.deadtime);
    if (next == 0) return;
    begin_generation(next);
    log(log::next_generation, {outbox_.generation()});
    send_status();
}

/// A Linux-HA peer believes us dead, and will take what we hold. If it was dead to us as well, this is its return: a status
/// that came next would otherwise be one more.
void Core::Impl::on_stonith(NodeId node, const wire::Message& message) {
    Peer& p = peer(node);
    if (p.has_extension || !p.heard || message.get_or(field::node, "") != name(config_.self)) return;
    take_next_generation();
    if (p.state == MemberState::dead) {
        log(log::partition, {name(node)});
        p.last_status = now_;
        set_member(node, MemberState::up);
    }
    return_empty_handed();
}

void Core::Impl::return_empty_handed() {
    mine_ = theirs_ = Holding{};
    peer_stable_ = needs_failback_ = false;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const GroupState state = groups_[i].own.state;
        if (state == GroupState::acquiring || state == GroupState::owned)
            release(id_of<GroupId>(i), "its peer lived through a partition, too", true);
    }
    if (own_ != MemberState::active) return;
    // As after a start: only what follows an answer of the peer is asked for again when it is lost.
    own_ = MemberState::up;
    phase_ = Phase::init;
    for_peers([this](NodeId, Peer& p) {
        p.reqnodes_answered = false;
        p.first_status = now_;
    });
}

}  // namespace hb::core
