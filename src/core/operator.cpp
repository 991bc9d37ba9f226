// What an operator asks for.
#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

std::pair<bool, std::string_view> Core::Impl::ask_by_handshake(OperatorAsked::Verb verb, Holding set) {
    if (!handshake_tells_enough())
        return {
            false,
            "haresources differs between the nodes, and of three nobody knows then who is to take over: make the files equal first"};
    if (verb == OperatorAsked::Verb::takeover) {
        send(type::hb_takeover, NodeId{}, [&](wire::Builder& b) { b.text(field::rsc_hold, to_text(set)); });
        return {true, "asked the peer to give up"};
    }
    if (start_standby(set)) return {true, "asked the peer to take over"};
    return {false, "something is in flux, try again"};
}

void Core::Impl::unblock(const OperatorAsked& asked) {
    std::size_t changed = 0;
    const bool vouched = !asked.who.empty();  // he says that it does not run here, whatever its script says
    log(log::operator_request, {"unblock", vouched ? "it is stopped" : "all"});
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        Group& g = groups_[i];
        if (g.own.state != GroupState::blocked) continue;
        ++changed;
        release(id_of<GroupId>(i), "unblocked by an operator", false);
        g.take_back = standby_.none();
        g.unblocked = true;
        g.vouched = vouched;
    }
    emit(ReplyToOperator{.client = asked.client,
                         .accepted = changed > 0,
                         .text = changed ? "accepted" : "no group is blocked here"});
}

void Core::Impl::ask_standby(GroupId id, Effects& sum) {
    Group& g = groups_[id.index()];
    if (g.own.state == GroupState::blocked) sum.blocked = config_.self;
    if (g.own.state != GroupState::owned || g.own.holder != config_.self) return;
    const bool other = any_peer([&](const Peer& p) {
        const NodeId node = node_of(p);
        const bool told_to_stay_away =
            in_session(node) && p.standby && p.registers[id.index()].state == GroupState::not_here;
        return fit(id, node) || (told_to_stay_away && !p.leaving && !p.helpless);
    });
    if (!other) {
        ++sum.unfit;
        return;
    }
    ++sum.changed;
    release(id, "standby", false);
    g.after_standby = true;
}

void Core::Impl::ask_takeover(GroupId id, Effects& sum) {
    Group& g = groups_[id.index()];
    if (carriers_.is_bare(id) && !nobody_else_can(id)) {
        ++sum.bare;
        return;
    }
    if (g.own.state == GroupState::blocked) sum.blocked = config_.self;
    if (g.own.state != GroupState::foreign && g.own.state != GroupState::not_here) return;
    const NodeId holder = g.own.holder;
    if (holder.exists() && holder != config_.self) {
        const bool gone = peer(holder).state == MemberState::dead || peer(holder).state == MemberState::left;
        if (is_blocked_at(holder, id)) sum.blocked = holder;
        const bool unheard = !in_session(holder) && !gone && !carriers_.is_bare(id);
        if (unheard) ++sum.unfit;
        if (is_blocked_at(holder, id) || unheard) return;
    }
    ++sum.changed;
    g.retry_at = never;
    g.insisted = carriers_.is_bare(id);
    enter(id, GroupState::wanted, "an operator asks for it");
}

void Core::Impl::on(const OperatorAsked& asked) {
    const Holding set = asked.set == OperatorAsked::Set::all     ? Holding{.local = true, .foreign = true}
                        : asked.set == OperatorAsked::Set::local ? Holding{.local = true, .foreign = false}
                                                                 : Holding{.local = false, .foreign = true};
    const bool standby = asked.verb == OperatorAsked::Verb::standby;
    const auto reply = [&](bool accepted, std::string_view text) {
        emit(ReplyToOperator{.client = asked.client, .accepted = accepted, .text = text});
    };
    if (departure_.leaving()) return reply(false, "this node is shutting down");
    if (aside_)
        return reply(
            false,
            "another host lives under the name of this node: give one of them a name of its own, then start heartbeat again");
    if (asked.verb == OperatorAsked::Verb::fenced) return confirm_fenced(asked);
    if (asked.verb == OperatorAsked::Verb::unblock) return unblock(asked);
    log(log::operator_request, {standby ? "standby" : "takeover", to_text(set)});
    if (linux_ha_alive()) {
        const auto [accepted, text] = ask_by_handshake(asked.verb, set);
        return reply(accepted, text);
    }
    Effects sum;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const GroupId id = id_of<GroupId>(i);
        if (is_local(id) ? set.local : set.foreign) standby ? ask_standby(id, sum) : ask_takeover(id, sum);
    }
    if (sum.changed && sum.blocked.exists())
        return reply(true, "done for some groups; others are blocked, see hbctl status");
    if (sum.changed)
        return reply(true, sum.unfit ? "done for some groups; no fit peer for the others" : "accepted");
    if (sum.blocked.exists()) {
        FixedString<200> text;
        text.append("it is blocked on ");
        text.append(name(sum.blocked));
        text.append(": stop it there by hand, then run `hbctl unblock` there");
        return reply(false, text.view());
    }
    if (sum.bare) return reply(false, "the interface of its address has no carrier here, or is down");
    reply(false, sum.unfit ? "no living peer is fit for it" : "there is nothing to do");
}

}  // namespace hb::core
