// Messages out: what stands between their beginning and their end.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

/// 3.0.6's word for our state; a node that leaves says `active` to the end (its `shutdone` tells the rest).
static std::string_view said_status(MemberState own) {
    return own == MemberState::active ? "active" : own == MemberState::init ? "init" : "up";
}

void Core::Impl::send_status() {
    const bool with_change = due_.says_change();
    const bool unheard = armed();
    if (unheard) due_.ask_for_answer();
    send(type::status, NodeId{}, [&](wire::Builder& b) {
        b.text(field::st, said_status(own_));
        b.hex(field::dt, static_cast<std::uint64_t>(to_ms_up(config_.deadtime)));
        b.text(field::protocol, "1");
        add_extension(b);
    });
    ask_witnesses();
    outbox_.is_status(now_);
    due_.said();
    // Behind the beat of an earlier node we send on hearing it; our own timer is the upper bound.
    Duration until_next = config_.keepalive;
    for (std::size_t i = 0; i < config_.self.index(); ++i)
        if (in_session(id_of<NodeId>(i)))
            until_next = config_.keepalive + std::min<Duration>(config_.keepalive / 16, 20ms);
    if (unheard) until_next = std::max<Duration>(config_.keepalive / 4, 1ms);
    pulse_.said(outbox_.newest(), with_change, now_, until_next);
    free_store();
}

void Core::Impl::send_resource(std::string_view info, bool stable) {
    send(type::resource, NodeId{}, [&](wire::Builder& b) {
        b.text(field::rsc_hold, to_text(mine_));
        b.text(field::rtype, "full");
        b.text(field::isstable, stable ? "1" : "0");
        if (!info.empty()) b.text(field::info, info);
    });
    said_.said(mine_, outbox_.newest(), now_);
}

void Core::Impl::send_acknowledgement(NodeId node, Sequence sequence) {
    send_unsequenced(type::ns_ack, node, [&](wire::Builder& b) {
        b.text(field::dest, name(node));
        b.hex(field::ackseq, sequence);
    });
}

void Core::Impl::free_store() {
    Sequence lowest = outbox_.newest();
    for_peers([&](NodeId node, const Peer& p) {
        if (p.state == MemberState::dead || p.state == MemberState::left) return;
        lowest = std::min(lowest, std::max(p.acknowledged, in_session(node) ? p.hearing.echoed() : 0));
    });
    if (!outbox_.free(lowest, now_)) return;
    for_peers([&](NodeId node, const Peer& p) {
        if (alive(node) && p.acknowledged <= lowest) log(log::no_acknowledge, {outbox_.kept(), name(node)});
    });
}

}  // namespace hb::core
