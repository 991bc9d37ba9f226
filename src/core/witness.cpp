// Who else on the network can be reached, and what follows when the peers reach more of them.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

/// With a status, so that it costs no wake-up.
Duration Core::Impl::ping_interval() const {
    return std::max<Duration>(config_.keepalive, std::min<Duration>(config_.deadtime / 8, 100ms));
}

/// For so long a difference must last before anything moves: two nodes that lose the same ping node notice it at different times.
Duration Core::Impl::steady() const { return std::max<Duration>(config_.deadping / 2, 3 * ping_interval()); }

void Core::Impl::ask_witnesses() {
    if (!witnesses_.ask(now_, ping_interval() * 3 / 4)) return;
    for (std::size_t i = 0; i < witnesses_.count(); ++i)
        emit(PingWitness{.witness = static_cast<std::uint8_t>(i)});
}

void Core::Impl::on(const WitnessHeard& heard) {
    if (heard.witness >= witnesses_.count() || !witnesses_.heard(heard.witness, heard.received, now_)) return;
    const std::string_view name = config_.witnesses[heard.witness].name;
    log(log::status_update, {name, "ping"});
    log(log::link_up, {name, name});
    due_.say_change();
    due_.decide_again();
}

void Core::Impl::judge_witnesses() {
    witnesses_.judge(now_, pause_.awake_since(), config_.deadping, [this](std::size_t dead) {
        log(log::node_dead, {config_.witnesses[dead].name});
        log(log::link_dead, {config_.witnesses[dead].name, config_.witnesses[dead].name});
        due_.say_change();
        due_.decide_again();
    });
    for_peers([this](NodeId node, Peer&) { compare_reach(node); });
}

/// Whether that peer asks the same number of ping nodes as we do, and has told what came of it.
void Core::Impl::compare_reach(NodeId node) {
    Reach& reach = peer(node).reach;
    const bool comparable = in_session(node) && !witnesses_.none() && reach.total() == witnesses_.count();
    const Reach::News news = reach.compare(comparable, witnesses_.reached(), now_, steady());
    if (news.more || news.settled) due_.decide_again();
    if (news.more)
        log(log::peer_reaches_more, {name(node), reach.reached(), reach.total(), witnesses_.reached()});
    if (in_session(node) && reach.warn(witnesses_.count()))
        log(log::witnesses_differ, {name(node), reach.total(), witnesses_.count()});
}

/// The peer that should have the group because this node reaches fewer ping nodes; may not exist.
NodeId Core::Impl::better_connected(GroupId group) const {
    NodeId best;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const NodeId node = id_of<NodeId>(i);
        if (node == config_.self || !peers_[i].reach.more() || !fit(group, node)) continue;
        const bool more = !best.exists() || peers_[i].reach.reached() > peer(best).reach.reached();
        if (more || (peers_[i].reach.reached() == peer(best).reach.reached() && earlier(group, node, best)))
            best = node;
    }
    return best;
}

/// The newest instant at which somebody heard us, or an old peer or a ping node was heard.
Instant Core::Impl::last_company() const {
    Instant newest = witnesses_.newest_answer();
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const NodeId node = id_of<NodeId>(i);
        if (node == config_.self || !alive(node)) continue;
        newest = std::max(newest, in_session(node) ? peers_[i].hearing.confirmed() : peers_[i].last_status);
    }
    return newest;
}

/// Whether this node may claim, by `quorum on`. An answer from before a peer fell silent is too old when that one is dead.
bool Core::Impl::quorum_met() const {
    return !config_.quorum ||
           (last_company() != Instant{} && now_ - last_company() < lease() - give_up_margin);
}

/// With `quorum on`: when what is held has to be gone, if nobody is heard until then. A peer that lost us together with
/// everything else may claim a deadtime after it last heard us. Once it is dead, a ping node is lost after deadping.
Instant Core::Impl::quorum_ends() const {
    if (!config_.quorum) return never;
    const bool any_alive = any_peer([this](const Peer& p) { return alive(node_of(p)); });
    if (any_alive) return std::max(last_company(), beginning_.started()) + lease();
    return witnesses_.all_dead() ? now_ : never;
}

/// When what is here goes because nobody is heard. Never if nothing is left that could go.
Instant Core::Impl::isolation_due() const { return may_lose_any() ? quorum_ends() - give_up_margin : never; }

void Core::Impl::judge_isolation() {
    if (const bool met = quorum_met(); met != quorum_was_met_) {
        quorum_was_met_ = met;
        due_.decide_again();
        if (!met && own_ == MemberState::active && !holds_any()) log(log::isolated, {});
    }
    if (isolation_due() > now_) return;
    log(log::isolated_gives_up, {});
    for (std::size_t i = 0; i < groups_.size(); ++i)
        lose_right(id_of<GroupId>(i), "neither a node nor a ping node is heard");
}

/// Nothing at all comes in, no peer and no ping node: our ear is deaf, rather than all of them dead. While it is, silence
/// proves nothing; and the peers are told, so that they need not fear our claim.
void Core::Impl::judge_deafness(Instant frame_seen) {
    if (witnesses_.none()) return;
    const bool was_deaf = ear_.deaf();
    const bool in_vain = witnesses_.ask_in_vain(now_, config_.deadtime / 4);
    const Ear::News news =
        ear_.judge(now_, frame_seen, witnesses_.newest_answer(), in_vain, pause_.awake_since());
    if (was_deaf || ear_.deaf()) pause_.excuse(now_);
    if (news == Ear::News::nothing) return;
    if (ear_.deaf())
        log(log::deaf, {to_ms(ear_.silence())});
    else
        log(log::hears_again, {});
    due_.say_change();
    if (!ear_.deaf()) due_.decide_again();
}

Instant Core::Impl::undecided_until() const {
    if (witnesses_.none()) return Instant{};
    return ear_.undecided_until(now_, witnesses_.newest_answer(), pause_.awake_since());
}

Instant Core::Impl::deafness_due() const {
    return witnesses_.none() ? never : ear_.deadline(now_, witnesses_.newest_answer(), pause_.awake_since());
}

}  // namespace hb::core
