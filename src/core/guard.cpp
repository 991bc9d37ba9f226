// Before a claim: does anybody still answer for its addresses? Three probes within the last part of the deadtime, so that
// the claim is made on time where nobody does. An answer of the dead node is an orphan: an address that its kernel keeps
// while nobody looks after it, until its lifetime has run out. Neither it nor a stranger forbids the claim for good.
#include <algorithm>
#include <utility>

#include "impl.hpp"

namespace hb::core {

namespace {

constexpr std::uint8_t probe_count = 3, enough_unanswered = 2;
constexpr Duration shortest_window = 6ms, longest_window = 60ms;
constexpr Duration probe_pause = 20ms;  // while somebody answers; longer for more addresses than
constexpr std::int64_t addresses_per_pause = 128;
constexpr Duration patient_pause = 500ms;  // while an answer forbids the claim
constexpr Duration stranger_wait = 200ms, for_ever_wait = 1s, lifetime_slack = 500ms;
constexpr Duration stays_fresh = 1s;          // of a guard that has ended while the claim could not be made
constexpr std::size_t actions_per_step = 24;  // of 64: the heartbeats come in the same step

Duration guard_window(Duration deadtime) {
    return std::clamp<Duration>(deadtime / 4, shortest_window, longest_window);
}

}  // namespace

std::size_t Core::Impl::address_count(GroupId id) const {
    const config::Group& group = config_.groups[id.index()];
    const auto first = config_.resources.begin() + group.first.value;
    return static_cast<std::size_t>(std::count_if(first, first + group.count, [](const config::Resource& r) {
        return r.kind == config::Resource::Kind::address;
    }));
}

/// When the probes for what this node holds begin, if it stays silent.
Instant Core::Impl::guard_begins(NodeId node) const {
    const Instant ends = silence_ends(node);
    if (table_.addresses() == 0 || ends == never || peer(node).state == MemberState::left) return never;
    return ends - guard_window(peer(node).deadtime);
}

/// Its holder may have died without giving up its addresses. Where the register names nobody, or us although nobody alive
/// gave it to us, any dead node may have it.
bool Core::Impl::wants_guard(GroupId id) const {
    const Group& g = groups_[id.index()];
    if (departure_.leaving() || holds(g.own.state) ||
        (carriers_.is_bare(id) && !serves_without_carrier(id)) || !has_address(id))
        return false;
    if (g.own.holder.exists() && g.own.holder != config_.self) return is_threat(peer(g.own.holder));
    return !g.granted && any_peer([this](const Peer& p) { return is_threat(p); });
}

/// Asked right before a claim.
bool Core::Impl::guard_passed(GroupId id) {
    if (!wants_guard(id)) return true;
    Guard& guard = groups_[id.index()].guard;
    const bool answered = guard.answered != Instant{};
    const bool stale = guard.active && now_ > std::max(guard.ready, guard.asked) + stays_fresh;
    if (stale) guard = Guard{};
    if (!guard.active || guard.probes == 0) guard_at_ = now_;
    const bool may_end = guard.active && guard.probes > 0 && now_ >= guard.ready;
    if (may_end && guard_over(id)) {
        if (answered) log_claimed(id);
        return true;
    }
    guarding_ = true;
    return false;
}

/// No medium works, so the others may live, and one of them is the likely answer: then only silence allows the claim.
bool Core::Impl::needs_silence(GroupId id) const {
    return carriers_.is_bare(id) && !groups_[id.index()].insisted && !any_medium_usable();
}

bool Core::Impl::guard_over(GroupId id) const {
    const Guard& guard = groups_[id.index()].guard;
    if (guard.answered == Instant{} || guard.unanswered >= enough_unanswered) return true;
    return now_ >= guard.until && !needs_silence(id);
}

/// What a dead node held is not in the way: its addresses are asked for while it is cut off.
bool Core::Impl::left_by_the_dead(GroupId id) {
    const bool guarded = guard_passed(id), cut_off = !wait_for_fence(id);
    return guarded && cut_off;
}

void Core::Impl::begin_guard(GroupId id) {
    Guard& guard = groups_[id.index()].guard;
    const NodeId holder = groups_[id.index()].own.holder;
    const bool one = holder.exists() && holder != config_.self;
    guard.active = true;
    guard.window = guard_window(config_.deadtime);
    Instant ready = serviceable_from(id);
    if (ready <= now_) ready = Instant{};
    for_peers([&](NodeId node, const Peer& p) {
        if (!p.suspect || (one && node != holder) || silence_ends(node) <= ready) return;
        ready = silence_ends(node);
        guard.window = guard_window(p.deadtime);
    });
    guard.ready = ready == Instant{} ? now_ + guard.window : ready;
    guard.due = std::max(now_, guard.ready - guard.window);
}

/// Once a turn, and when something is due. Who is silent up to the last part of its deadtime is a threat already.
void Core::Impl::guard(Instant heard_until) {
    if (table_.addresses() == 0) return;
    for_peers([&](NodeId node, Peer& p) {
        const bool silent = guard_begins(node) <= std::min(now_, heard_until);
        if (silent == p.suspect) return;
        p.suspect = silent;
        guard_at_ = now_;
        if (guarding_) due_.decide_again();
    });
    if (guard_at_ > now_) return;
    guard_at_ = never;
    probe_actions_ = 0;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        if (probe_actions_ >= actions_per_step || outgoing_.waits()) {  // the rest in the next step
            guard_at_ = now_;
            break;
        }
        guard_group(id_of<GroupId>(i));
        guard_at_ = std::min(guard_at_, groups_[i].guard.due);
    }
    flush_probes();
}

/// Nobody of this cluster held it, but somebody else may have its address. One probe, and the start a moment later: whoever
/// answers is named, and cannot forbid it.
void Core::Impl::ask_first(GroupId id) {
    Group& g = groups_[id.index()];
    if (!has_address(id)) return;
    g.issue = false;
    g.first_claim = g.asks_first = true;
    guard_at_ = now_;
}

void Core::Impl::guard_group(GroupId id) {
    Group& g = groups_[id.index()];
    Guard& guard = g.guard;
    if (std::exchange(g.asks_first, false)) {
        g.starts_at = now_ + shortest_window;
        touch();
        return probe(id);
    }
    if (!wants_guard(id)) {
        if (guard.active) guard = Guard{};
        return;
    }
    if (!guard.active) begin_guard(id);
    if (guard.due > now_) return;
    if (guard.probes > 0 && guard.answered >= guard.asked)
        guard.unanswered = 0;
    else if (guard.probes > 0 && guard.unanswered < enough_unanswered)
        ++guard.unanswered;
    const Duration third = guard.window / probe_count;
    if (guard.probes == 0 || (guard.probes < probe_count && now_ < guard.ready)) {
        // What a late turn missed is not made up for, but one probe must have had its time, however late the turn.
        if (guard.probes == 0) guard.ready = std::max(guard.ready, now_ + third);
        while (guard.probes < probe_count && guard.ready - guard.window + guard.probes * third <= now_)
            ++guard.probes;
        guard.due =
            guard.probes < probe_count ? guard.ready - guard.window + guard.probes * third : guard.ready;
        return probe(id);
    }
    due_.decide_again();
    guard.due = never;
    if (guard_over(id)) return;
    if (!std::exchange(guard.waits, true)) log_waiting(id);
    probe(id);
    if (needs_silence(id))
        guard.due = now_ + patient_pause;
    else
        guard.due =
            std::min(now_ + probe_pause * std::max<std::int64_t>(1, table_.addresses() / addresses_per_pause),
                     guard.until);
}

/// The interface of the dead node that is asked directly, too: of several, each in turn.
Mac Core::Impl::probed_mac(GroupId id) const {
    const NodeId holder = groups_[id.index()].own.holder;
    if (!holder.exists() || holder == config_.self) return {};
    return peer(holder).macs.in_turn(groups_[id.index()].guard.probes);
}

void Core::Impl::probe(GroupId id) {
    groups_[id.index()].guard.asked = now_;
    const Mac also = probed_mac(id);
    const config::Group& group = config_.groups[id.index()];
    for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r) {
        if (config_.resources[r].kind != config::Resource::Kind::address) continue;
        if (probes_ && probes_->last.index() + 1 == r && probes_->also == also) {
            probes_->last = id_of<ResourceId>(r);
            continue;
        }
        flush_probes();
        probes_ = ProbeAddresses{id_of<ResourceId>(r), id_of<ResourceId>(r), also};
    }
}

void Core::Impl::flush_probes() {
    if (!probes_) return;
    emit(*probes_);
    probes_.reset();
    ++probe_actions_;
}

/// How long the addresses of that dead node may answer. What it set since we heard it last, it set for as long as we would.
Duration Core::Impl::orphan_wait(const Peer& p) const {
    const bool told = p.heard && (p.lifetime > 0s || !p.speaks_ours);
    const Duration lifetime = told ? p.lifetime : config_.address_lifetime;
    return lifetime > 0s && lifetime < never_expires ? lifetime + lifetime_slack : for_ever_wait;
}

/// How long beyond the deadtime an answer of this MAC may hold the claim up. A MAC that nobody signed with may be that of a dead
/// node whose frames were never seen, or for whose address more answered than could be kept.
Duration Core::Impl::answer_bound(GroupId id, const Mac& mac, bool& orphan) const {
    const NodeId holder = groups_[id.index()].own.holder;
    const bool one = holder.exists() && holder != config_.self;
    const bool signed_by_the_living =
        node_that_signed_with(mac).exists() && !is_threat(peer(node_that_signed_with(mac)));
    Duration wait{};
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const Peer& p = peers_[i];
        if (i == config_.self.index() || !is_threat(p)) continue;
        const bool in_doubt = p.macs.in_doubt() && (!one || holder == id_of<NodeId>(i));
        if (p.macs.has(mac) || (in_doubt && !signed_by_the_living)) wait = std::max(wait, orphan_wait(p));
    }
    orphan = wait > 0s;
    return orphan ? wait : stranger_wait;
}

void Core::Impl::guard_answered(GroupId id, const Mac& mac) {
    Guard& guard = groups_[id.index()].guard;
    bool orphan = false;
    const Instant until = guard.ready + answer_bound(id, mac, orphan);
    (orphan ? guard.orphan : guard.stranger) = true;
    guard.until = guard.until == never ? until : std::max(guard.until, until);
    guard.answered = now_;
    if (orphan || !guard.orphan) guard.mac = mac;
}

// The log. What befalls many groups at once is one line.

void Core::Impl::log_waiting(GroupId id) {
    const Guard& guard = groups_[id.index()].guard;
    log_answer(id, guard.orphan ? log::orphan_answers : log::stranger_answers, guard.until - now_);
}

void Core::Impl::log_claimed(GroupId id) {
    const Guard& guard = groups_[id.index()].guard;
    log_answer(id, guard.unanswered >= enough_unanswered ? log::answers_ended : log::claimed_beside,
               now_ - guard.ready);
}

void Core::Impl::log_answer(GroupId id, const log::Kind& kind, Duration span) {
    const Mac& mac = groups_[id.index()].guard.mac;
    if (narrator_.answered(id, kind, mac, to_ms(span))) return;
    flush_guard_log();
    (void)narrator_.answered(id, kind, mac, to_ms(span));
}

void Core::Impl::flush_guard_log() {
    const Narrator::Answer answer = narrator_.take_answer();
    if (answer.count == 0) return;
    const NodeId node = node_with(answer.mac);
    log(*answer.kind, {MacText(answer.mac).view(), node.exists() ? name(node) : "no node of this cluster",
                       config_.groups[answer.first.index()].key, answer.count, answer.ms});
}

}  // namespace hb::core
