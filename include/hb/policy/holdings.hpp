#pragma once
#include <vector>

#include "hb/config/config.hpp"
#include "hb/core/event.hpp"

namespace hb::policy {

/// Pure: what this node has started, and the order in which it is released when the supervisor itself must do it (the right
/// to hold has passed, the engine died while it moved things, the daemon restarts). The daemon and the simulator use it alike.
class Holdings {
public:
    explicit Holdings(const config::Config& config);

    /// Before the act: from now on it may be there.
    void starting(ResourceId);
    /// After a successful stop: it is gone.
    void stopped(ResourceId);
    bool may_hold(ResourceId) const;
    bool may_hold_any(GroupId) const;

    /// The supervisor itself releases a group from now on: every address first (all groups), then the other
    /// resources in reverse. False if nothing of it may be there.
    bool release(GroupId);
    bool releasing(GroupId) const;
    /// Its last release has failed, and nothing of it was started since.
    bool is_blocked(GroupId) const;
    /// Whether the right to hold has passed: `hold_until` lies before `now` and something is held.
    bool judged(Instant now, Instant hold_until) const;
    /// Whether its address may live on: held, not under release, and the right lasts.
    bool may_keep(ResourceId, Instant now, Instant hold_until) const;
    /// Its address ended by itself: this process stood still for too long.
    void expired(ResourceId);
    bool any_expired() const { return !expired_.empty(); }
    /// The expired addresses that come back now, each once. While the right has passed and nothing was concluded yet (the engine
    /// has a grace to speak first) they wait; what is released meanwhile is forgotten.
    std::vector<ResourceId> take_expired(Instant now, Instant hold_until);

    /// The resources to stop now, in order: all held addresses of releasing groups, else for each releasing group
    /// without an unanswered stop its last held resource. Each is given once until stop_done.
    std::vector<ResourceId> next_stops();
    /// Answer for one of next_stops. failed: it is given again after the caller's pause, at most 10 times, then the group is blocked.
    void stop_done(ResourceId, core::Outcome);
    /// Groups whose release has ended since the last call, and how (failed: blocked).
    struct Ended {
        GroupId group;
        core::Outcome outcome;
    };
    std::vector<Ended> take_ended();

private:
    enum class Hold : std::uint8_t { none, held, stopping };
    const config::Config& config_;
    std::vector<Hold> resources_;
    std::vector<std::uint8_t> releasing_, attempts_;
    std::vector<Ended> ended_;
    std::vector<ResourceId> expired_;
};

}  // namespace hb::policy
