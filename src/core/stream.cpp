// One peer's sequence numbers: order, gaps, requests, acknowledgements (heartbeat-protocol(7), SEQUENCE NUMBERS).
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

Core::Impl::Order Core::Impl::sequence(NodeId node, Sequence number) {
    Stream& s = peer(node).stream;
    Sequence& newest = peer(node).newest;
    if (!s.any && number <= newest) return Order::drop;  // from before it was counted dead
    newest = std::max(newest, number);
    if (!s.any || number == s.last + 1) {
        if (!s.any) s.acknowledged = 0;
        s.any = true;
        s.last = number;
        return Order::fresh;
    }
    if (number == s.last) return Order::drop;
    if (number < s.last) {
        for (std::size_t i = 0; i < s.missing.size(); ++i) {
            if (s.missing[i].sequence != number) continue;
            s.missing.erase(i);
            if (s.missing.empty() && !in_session(node)) log(log::no_missing, {name(node)});
            return Order::late;
        }
        return Order::drop;
    }
    const Sequence gap = number - s.last - 1;
    if (!in_session(node)) log(log::lost_packets, {gap, name(node), s.last, number});
    if (gap + s.missing.size() > limits::missing) {
        if (!in_session(node)) log(log::lost_a_lot, {});
        s.missing.clear();
    } else {
        // The sender's own order may close the gap within milliseconds: never ask before 50 ms.
        const auto spread = std::max<std::int64_t>((config_.max_rexmit_delay - 50ms).count(), 1);
        for (Sequence n = s.last + 1; n < number; ++n) {
            const auto delay = 50ms + Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(spread)))};
            s.missing.push({.sequence = n, .ask_at = now_ + delay});
        }
    }
    s.last = number;
    return Order::fresh;
}

/// "Have everything up to here", for each tenth number; the echo does that between two of ours.
void Core::Impl::acknowledge(NodeId node) {
    if (in_session(node)) return;
    Stream& s = peer(node).stream;
    Sequence whole = s.last;
    for (const auto& m : s.missing) whole = std::min(whole, m.sequence - 1);
    if (whole < acknowledge_digit_) return;
    const Sequence number = whole - (whole - acknowledge_digit_) % 10;
    if (number == 0 || number <= s.acknowledged) return;
    s.acknowledged = number;
    send_acknowledgement(node, number);
}

void Core::Impl::ask_again() {
    for_peers([&](NodeId node, Peer& p) {
        if (!alive(node)) return;
        if (in_session(node)) {
            // The next status says it all; what does not come within a while never will.
            for (std::size_t i = p.stream.missing.size(); i-- > 0;)
                if (p.stream.missing[i].ask_at + 1s <= now_) p.stream.missing.erase(i);
            return;
        }
        for (auto& m : p.stream.missing) {
            if (m.ask_at > now_) continue;
            m.ask_at = now_ + std::max<Duration>(config_.max_rexmit_delay, 50ms);
            send_unsequenced(type::ns_rexmit, node, [&](wire::Builder& b) {
                b.text(field::dest, name(node));
                b.decimal(field::firstseq, m.sequence);
                b.decimal(field::lastseq, m.sequence);
            });
        }
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
        if (n > sequence_) return log_rexmit(log::rexmit_above, {n, sequence_});
        if (!say_again(node, static_cast<Sequence>(n))) return;
    }
}

/// False: enough for now.
bool Core::Impl::say_again(NodeId node, Sequence number) {
    if (Store::Slot* slot = store_.find(number)) {
        if (slot->sent_again + config_.max_rexmit_delay - 10ms > now_ && slot->sent_again != Instant{}) return true;
        if (!may_say_again(peer(node))) return false;
        slot->sent_again = now_;
        emit(SendFrame{store_.body(store_.index_of(slot))});
        told_the_past_ |= slot->tells_resources && number < resource_sequence_;
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
    Stream& s = peer(node).stream;
    for (std::size_t i = 0; i < s.missing.size(); ++i) {
        if (s.missing[i].sequence != *first) continue;
        s.missing.erase(i);
        if (message.get_or(field::dest, "") == name(config_.self)) log(log::irretrievable, {name(node), *first});
        return;
    }
}

void Core::Impl::on_acknowledgement(NodeId node, const wire::Message& message) {
    const auto number = message.hex(field::ackseq);
    if (!number || *number > sequence_) return;
    Peer& p = peer(node);
    p.acknowledged = std::max(p.acknowledged, static_cast<Sequence>(*number));
    free_store();
}

}  // namespace hb::core
