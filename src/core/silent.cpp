// Without the supervisor nothing can be started or stopped. What is held is kept for a moment, in which the next supervisor
// may come; then it is left to the peers, who ask whether the kernel still has the addresses.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace {
constexpr Duration restarted_within = 1s;   // a new one that init starts
constexpr Duration least_patience = 2s;     // it may wait for a lock of the kernel
constexpr Duration after_lifetime = 500ms;  // an address expires up to 0.4 s late
constexpr Duration grace = 1s;              // behind the turn that was due
}  // namespace

void Core::Impl::on(const SupervisorGone&) {
    if (supervisor_gone_ != never) return;
    supervisor_gone_ = now_;
    judge_supervisor();
}

/// Up to when the supervisor may be silent before everything is given away. A peer of ours asks whether the addresses still
/// answer, so it may be told before the kernel has taken them down; a 3.0.6 may not. Addresses without a lifetime stay: then they
/// are served, and no peer is let beside them, as long as we can beat.
Instant Core::Impl::supervisor_ends() const {
    if (supervisor_gone_ == never && supervisor_turn_ == never) return never;
    if (config_.address_lifetime == 0s && holds_any()) return never;
    const Duration beat = supervisor_beat(config_.keepalive, config_.deadtime);
    Duration patience = supervisor_gone_ != never ? restarted_within : std::max<Duration>(least_patience, 2 * beat);
    if (linux_ha_alive()) patience = std::max(patience, config_.address_lifetime) + after_lifetime;
    return supervisor_silent_since() + patience;
}

Instant Core::Impl::supervisor_silent_since() const {
    return supervisor_gone_ != never ? supervisor_gone_ : std::max({supervisor_turn_, pause_.awake_since(), started_});
}

void Core::Impl::judge_supervisor() {
    if (supervisor_gone_ == never && supervisor_turn_ == never) return;
    const Duration silent = now_ - supervisor_silent_since();
    const bool lost = supervisor_gone_ != never || silent > supervisor_beat(config_.keepalive, config_.deadtime) + grace;
    if (lost != supervisor_lost_) {
        supervisor_lost_ = lost;
        changed_ = send_now_ = evaluate_ = true;
        if (lost)
            log(log::supervisor_silent, {config_.address_lifetime == 0s ? "it stays here, for its addresses have no lifetime"
                                                                        : "it is left to a peer soon, which waits until the addresses are gone"});
        else
            log(log::supervisor_back, {to_ms(silent)});
    }
    if (lost && !surrendered_ && supervisor_ends() <= now_) surrender();
}

/// What may run twice is left to the peers; what may not is said to be still here, for its scripts may run on.
void Core::Impl::surrender() {
    log(log::surrender, {});
    surrendered_ = leaving_ = true;
    changed_ = send_now_ = evaluate_ = true;
    mine_ = Holding{};
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const GroupId id = id_of<GroupId>(i);
        Group& g = groups_[i];
        if (!holds(g.own.state) || g.own.state == GroupState::blocked) continue;
        g.operation = 0;
        g.operation_deadline = g.retry_at = g.announce_from = never;
        g.issue = false;
        enter(id, config_.groups[i].exclusive ? GroupState::blocked : GroupState::foreign, "the supervisor is gone");
    }
    if (own_ == MemberState::active) send_resource("shutdown", false);
}

}  // namespace hb::core
