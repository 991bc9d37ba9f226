// What an operator asks for.
#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

std::pair<bool, std::string_view> Core::Impl::ask_by_handshake(OperatorAsked::Verb verb, Holding set) {
    if (!handshake_tells_enough())
        return {false, "haresources differs between the nodes, and of three nobody knows then who is to take over: make the files equal first"};
    if (verb == OperatorAsked::Verb::takeover) {
        send(type::hb_takeover, NodeId{}, [&](wire::Builder& b) { b.text(field::rsc_hold, to_text(set)); });
        return {true, "asked the peer to give up"};
    }
    if (start_standby(set)) return {true, "asked the peer to take over"};
    return {false, "something is in flux, try again"};
}

void Core::Impl::on(const OperatorAsked& asked) {
    const Holding set = asked.set == OperatorAsked::Set::all     ? Holding{.local = true, .foreign = true}
                        : asked.set == OperatorAsked::Set::local ? Holding{.local = true, .foreign = false}
                                                                 : Holding{.local = false, .foreign = true};
    const auto reply = [&](bool accepted, std::string_view text) {
        emit(ReplyToOperator{.client = asked.client, .accepted = accepted, .text = text});
    };
    if (leaving_) return reply(false, "this node is shutting down");
    if (aside_) return reply(false, "another host lives under the name of this node: give one of them a name of its own, then start heartbeat again");
    if (asked.verb == OperatorAsked::Verb::fenced) return confirm_fenced(asked);
    const bool handshake = linux_ha_alive();
    std::size_t changed = 0, unfit = 0, bare = 0;
    if (asked.verb == OperatorAsked::Verb::unblock)
        log(log::operator_request, {"unblock", "all"});
    else
        log(log::operator_request, {asked.verb == OperatorAsked::Verb::standby ? "standby" : "takeover", to_text(set)});
    if (handshake && asked.verb != OperatorAsked::Verb::unblock) {
        const auto [accepted, text] = ask_by_handshake(asked.verb, set);
        return reply(accepted, text);
    }
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const GroupId id = id_of<GroupId>(i);
        Group& g = groups_[i];
        if (asked.verb == OperatorAsked::Verb::unblock) {
            if (g.own.state != GroupState::blocked) continue;
            ++changed;
            release(id, "unblocked by an operator", false);
            g.take_back = standby_ == Standby::none;
        } else if (!(is_local(id) ? set.local : set.foreign)) {
            continue;
        } else if (asked.verb == OperatorAsked::Verb::standby) {
            if (g.own.state != GroupState::owned || g.own.holder != config_.self) continue;
            const bool other = any_peer([&](const Peer& p) {
                const NodeId node = id_of<NodeId>(static_cast<std::size_t>(&p - peers_.data()));
                const bool told_to_stay_away = in_session(node) && p.standby && p.registers[i].state == GroupState::not_here;
                return fit(id, node) || (told_to_stay_away && !p.leaving && !p.helpless);
            });
            if (!other) {
                ++unfit;
                continue;
            }
            ++changed;
            release(id, "standby", false);
            g.after_standby = true;
        } else if (g.bare && !nobody_else_can(id)) {
            ++bare;
        } else if (g.own.state == GroupState::foreign || g.own.state == GroupState::not_here) {
            if (g.own.holder.exists() && g.own.holder != config_.self && !in_session(g.own.holder) && !g.bare) {
                ++unfit;
                continue;
            }
            ++changed;
            g.retry_at = never;
            g.insisted = g.bare > 0;
            enter(id, GroupState::wanted, "an operator asks for it");
        }
    }
    if (changed) return reply(true, unfit ? "done for some groups; no fit peer for the others" : "accepted");
    if (bare) return reply(false, "the interface of its address has no carrier here");
    reply(false, unfit ? "no living peer is fit for it" : "there is nothing to do");
}

}  // namespace hb::core
