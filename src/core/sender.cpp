// Messages out. Order of fields as 3.0.6: the maker's own, ours, destuuid, src, srcuuid, seq, hg, ts, ld, ttl.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

void Core::Impl::finish_message(wire::Builder& builder, NodeId destination, Sequence sequence) {
    const Uuid unknown{};
    if (destination.exists()) builder.binary(field::destuuid, unknown);  // zero: `dest` decides
    builder.text(field::src, name(config_.self));
    builder.binary(field::srcuuid, uuid_);
    if (sequence) builder.hex(field::seq, sequence);
    builder.hex(field::hg, generation_);
    const auto passed = std::chrono::floor<std::chrono::seconds>(now_ - wall_at_).count();
    builder.hex(field::ts, wall_seconds_ + static_cast<std::uint64_t>(std::max<std::int64_t>(passed, 0)));
    if (sequence && !load_.empty()) builder.text(field::ld, load_);
    builder.decimal(field::ttl, config_.nodes.size() + config_.witnesses.size() + config_.hopfudge);
}

/// 3.0.6's word for our state; a node that leaves says `active` to the end (its `shutdone` tells the rest).
static std::string_view said_status(MemberState own) {
    return own == MemberState::active ? "active" : own == MemberState::init ? "init" : "up";
}

void Core::Impl::send_status() {
    const bool with_change = changed_;
    const bool unheard = armed();
    wants_answer_ |= unheard;
    send(type::status, NodeId{}, [&](wire::Builder& b) {
        b.text(field::st, said_status(own_));
        b.hex(field::dt, static_cast<std::uint64_t>(to_ms_up(config_.deadtime)));
        b.text(field::protocol, "1");
        add_extension(b);
    });
    ask_witnesses();
    statuses_[sequence_ % statuses_.size()] = {.sequence = sequence_, .at = now_};
    wants_answer_ = send_now_ = changed_ = false;
    // Behind the beat of an earlier node we send on hearing it; our own timer is the upper bound.
    Duration until_next = config_.keepalive;
    for (std::size_t i = 0; i < config_.self.index(); ++i)
        if (in_session(id_of<NodeId>(i)))
            until_next = config_.keepalive + std::min<Duration>(config_.keepalive / 16, 20ms);
    if (unheard) until_next = std::max<Duration>(config_.keepalive / 4, 1ms);
    pulse_.said(sequence_, with_change, now_, until_next);
    free_store();
}

void Core::Impl::send_resource(std::string_view info, bool stable) {
    send(type::resource, NodeId{}, [&](wire::Builder& b) {
        b.text(field::rsc_hold, to_text(mine_));
        b.text(field::rtype, "full");
        b.text(field::isstable, stable ? "1" : "0");
        if (!info.empty()) b.text(field::info, info);
    });
    said_ = mine_;
    said_any_ = true;
    resource_sequence_ = sequence_;
    resource_said_ = now_;
}

void Core::Impl::send_acknowledgement(NodeId node, Sequence sequence) {
    send_unsequenced(type::ns_ack, node, [&](wire::Builder& b) {
        b.text(field::dest, name(node));
        b.hex(field::ackseq, sequence);
    });
}

void Core::Impl::free_store() {
    Sequence lowest = sequence_;
    for_peers([&](NodeId node, const Peer& p) {
        if (p.state == MemberState::dead || p.state == MemberState::left) return;
        lowest = std::min(lowest, std::max(p.acknowledged, in_session(node) ? p.hearing.echoed() : 0));
    });
    store_.release(lowest, now_ - 2500ms);
    if (store_.used() <= 375 || (queue_logged_ != Instant{} && now_ - queue_logged_ < 60s)) return;
    queue_logged_ = now_;
    for_peers([&](NodeId node, const Peer& p) {
        if (alive(node) && p.acknowledged <= lowest) log(log::no_acknowledge, {store_.used(), name(node)});
    });
}

}  // namespace hb::core
