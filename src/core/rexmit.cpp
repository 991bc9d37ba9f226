// What a peer has missed of us, and we of it: requests, answers, acknowledgements (heartbeat-protocol(7), SEQUENCE NUMBERS).
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

Stream::Order Core::Impl::sequence(NodeId node, Sequence number) {
    const Stream::Taken taken = peer(node).stream.take(number, now_, config_.max_rexmit_delay, random_);
    if (in_session(node)) return taken.order;
    if (taken.gap) log(log::lost_packets, {taken.gap, name(node), taken.last, number});
    if (taken.lost_a_lot) log(log::lost_a_lot, {});
    if (taken.complete) log(log::no_missing, {name(node)});
    return taken.order;
}

/// "Have everything up to here", for each tenth number; the echo does that between two of ours.
void Core::Impl::acknowledge(NodeId node) {
    if (in_session(node)) return;
    if (const auto number = peer(node).stream.to_acknowledge(acknowledge_digit_))
        send_acknowledgement(node, *number);
}

void Core::Impl::ask_again() {
    for_peers([&](NodeId node, Peer& p) {
        if (!alive(node)) return;
        if (in_session(node)) return p.stream.forget_missing(now_);
        p.stream.ask(now_, std::max<Duration>(config_.max_rexmit_delay, 50ms), [&](Sequence missing) {
            send_unsequenced(type::ns_rexmit, node, [&](wire::Builder& b) {
                b.text(field::dest, name(node));
                b.decimal(field::firstseq, missing);
                b.decimal(field::lastseq, missing);
            });
        });
    });
}

/// What somebody asks for again costs a frame each; 250 at once, as many as one peer can miss, and then 250 a second.
bool Core::Impl::may_say_again(Peer& p) {
    constexpr Duration pace = Duration{1s} / limits::missing;
    if (p.again_paced > now_ + 1s) return false;
    p.again_paced = std::max(p.again_paced, now_) + pace;
    return true;
}

void Core::Impl::log_rexmit(const log::Kind& kind, std::initializer_list<log::Fact> facts) {
    if (rexmit_logged_ != Instant{} && now_ - rexmit_logged_ < 1s) return;
    rexmit_logged_ = now_;
    log(kind, facts);
}

void Core::Impl::on_rexmit(NodeId node, const wire::Message& message) {
    const auto first = message.decimal(field::firstseq), last = message.decimal(field::lastseq);
    if (!first || !last || *last < *first) return;
    for (std::uint64_t n = *first; n <= *last && n - *first < 50; ++n) {
        if (n <= peer(node).acknowledged || n == 0) continue;
        if (n > outbox_.newest()) return log_rexmit(log::rexmit_above, {n, outbox_.newest()});
        if (!say_again(node, static_cast<Sequence>(n))) return;
    }
}

/// False: enough for now.
bool Core::Impl::say_again(NodeId node, Sequence number) {
    if (const std::optional<Outbox::Kept> kept = outbox_.find(number)) {
        if (kept->said_again + config_.max_rexmit_delay - 10ms > now_ && kept->said_again != Instant{})
            return true;
        if (!may_say_again(peer(node))) return false;
        outbox_.said_again(number, now_);
        emit(SendFrame{kept->body});
        said_.said_again(number, kept->tells_resources);
        return true;
    }
    if (!may_say_again(peer(node))) return false;
    log_rexmit(log::cannot_rexmit, {number, name(node), "seqno too low"});
    send_unsequenced(type::ns_nak, node, [&](wire::Builder& b) {
        b.hex(field::firstseq, number);
        b.text(field::dest, name(node));
        b.text(field::info, "seqno too low");
    });
    return true;
}

void Core::Impl::on_nak(NodeId node, const wire::Message& message) {
    const auto first = message.hex(field::firstseq);
    if (!first) return;
    const auto number = static_cast<Sequence>(*first);
    if (number != *first || !peer(node).stream.give_up(number)) return;
    if (message.get_or(field::dest, "") == name(config_.self)) log(log::irretrievable, {name(node), *first});
}

void Core::Impl::on_acknowledgement(NodeId node, const wire::Message& message) {
    const auto number = message.hex(field::ackseq);
    if (!number || *number > outbox_.newest()) return;
    Peer& p = peer(node);
    p.acknowledged = std::max(p.acknowledged, static_cast<Sequence>(*number));
    free_store();
}

}  // namespace hb::core
