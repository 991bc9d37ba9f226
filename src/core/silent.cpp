// Without the supervisor nothing can be started or stopped. What is held is kept for a moment, in which the next supervisor
// may come; then it is left to the peers, who ask whether the kernel still has the addresses.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace {
constexpr Duration after_lifetime = 500ms;  // an address expires up to 0.4 s late
}  // namespace

void Core::Impl::on(const SupervisorGone&) {
    if (supervisor_.gone(now_)) judge_supervisor();
}

/// Up to when the supervisor may be silent before everything is given away. A peer of ours asks whether the addresses still
/// answer, so it may be told before the kernel has taken them down; a 3.0.6 may not. Addresses without a lifetime stay: then they
/// are served, and no peer is let beside them, as long as we can beat.
Instant Core::Impl::supervisor_ends() const {
    if (!supervisor_.is_judged()) return never;
    if (config_.address_lifetime == 0s && holds_any()) return never;
    const bool to_linux_ha = linux_ha_alive();
    return supervisor_.waited_for(pause_.awake_since(), to_linux_ha ? Duration{config_.address_lifetime} : 0s,
                                  to_linux_ha ? after_lifetime : 0s);
}

void Core::Impl::judge_supervisor() {
    const Supervisor::News news = supervisor_.judge(now_, pause_.awake_since());
    if (news != Supervisor::News::nothing) {
        due_.say_change();
        due_.decide_again();
    }
    if (news == Supervisor::News::lost)
        log(log::supervisor_silent,
            {config_.address_lifetime == 0s
                 ? "it stays here, for its addresses have no lifetime"
                 : "it is left to a peer soon, which waits until the addresses are gone"});
    if (news == Supervisor::News::back)
        log(log::supervisor_back, {to_ms(now_ - supervisor_.silent_since(pause_.awake_since()))});
    if (supervisor_.lost() && !departure_.surrendered() && supervisor_ends() <= now_) surrender();
}

/// What may run twice is left to the peers; what may not is said to be still here, for its scripts may run on.
void Core::Impl::surrender() {
    log(log::surrender, {});
    departure_.surrender();
    due_.say_change();
    due_.decide_again();
    mine_ = Holding{};
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const GroupId id = id_of<GroupId>(i);
        Group& g = groups_[i];
        if (!holds(g.own.state) || g.own.state == GroupState::blocked) continue;
        g.operation.end();
        g.announcing.end();
        g.retry_at = never;
        g.issue = false;
        enter(id, config_.groups[i].exclusive ? GroupState::blocked : GroupState::foreign,
              "the supervisor is gone");
    }
    if (own_ == MemberState::active) send_resource("shutdown", false);
}

}  // namespace hb::core
