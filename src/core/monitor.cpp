// Alive but useless: what is started here is asked for its status, restarted once when it fails, and then given away.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace {
constexpr Duration hour = std::chrono::hours{1};
}  // namespace

/// The group entered its state: it is asked from now on, or no more.
void Core::Impl::watch(GroupId id) {
    const config::Group& group = config_.groups[id.index()];
    monitors_.watch(group.first, group.count, groups_[id.index()].own.state == GroupState::owned, now_);
}

void Core::Impl::run_monitors() {
    monitors_.run(now_, [this](ResourceId resource, Duration limit) {
        const OperationId operation = next_operation_++;
        emit(Operate{Operate::Verb::monitor, operation, resource, resource, limit});
        return operation;
    });
}

/// False: it answers no monitor.
bool Core::Impl::monitor_answered(const OperationDone& done) {
    const auto resource = monitors_.answered(done.operation, now_);
    if (!resource) return false;
    if (done.outcome == Outcome::ok) return true;
    monitor_failed(*resource, done.outcome);
    monitors_.wait(*resource,
                   groups_[config_.resources[resource->index()].group.index()].health.not_before());
    return true;
}

void Core::Impl::monitor_failed(ResourceId resource, Outcome outcome) {
    const config::Resource& what = config_.resources[resource.index()];
    Group& g = groups_[what.group.index()];
    const std::string_view key = config_.groups[what.group.index()].key;
    if (g.own.state != GroupState::owned) return;
    if (outcome == Outcome::timed_out)
        log(log::monitor_timed_out, {what.word, to_ms(what.monitor_limit), key});
    else
        log(log::monitor_failed, {what.word, key});
    const bool moves = may_move(what.group);
    switch (g.health.failed(resource, now_, what.monitor_interval, moves && somebody_else(what.group),
                            move_pause())) {
        case Health::Verdict::wait: return;
        case Health::Verdict::restart:
            log(log::monitor_restart, {key, what.word});
            return restart_from(what.group, resource);
        case Health::Verdict::move:
            log(log::monitor_moves, {key, what.word});
            release(what.group, "its monitor failed again", false);
            g.after_standby = true;  // and does not come home by itself
            return;
        case Health::Verdict::restart_again:
            log(log::monitor_stays,
                {key, what.word, moves ? "no peer is fit for it" : "it has moved too often",
                 to_ms(g.health.backoff()) / 1000});
            return restart_from(what.group, resource);
    }
}

/// Each node gives a group away its share of moves_per_hour times, evenly spread, so that all together keep to it.
Duration Core::Impl::move_pause() const {
    const std::size_t share = std::max<std::size_t>(config_.moves_per_hour / config_.nodes.size(), 1);
    return hour / static_cast<int>(share);
}

bool Core::Impl::may_move(GroupId group) const {
    return config_.moves_per_hour > 0 && groups_[group.index()].health.may_move(now_);
}

/// A peer could take it: also one that was told to stay away, or gave it up itself a while ago; it hears that we do not want it.
bool Core::Impl::somebody_else(GroupId group) const {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const NodeId node = id_of<NodeId>(i);
        if (node == config_.self) continue;
        const bool stays_away = in_session(node) && !peer(node).leaving &&
                                peer(node).registers[group.index()].state == GroupState::not_here;
        if (fit(group, node) || stays_away) return true;
    }
    return false;
}

/// Stops this resource and what stands behind it, in reverse, and starts them again.
void Core::Impl::restart_from(GroupId id, ResourceId resource) {
    Group& g = groups_[id.index()];
    g.health.restarted(now_);
    g.restart_from = resource;
    g.stop_attempts = 0;
    g.addresses_first = false;
    g.announcing.end();
    g.retry_at = never;
    g.issue = issue_any_ = true;
    enter(id, GroupState::acquiring, "restarted: its monitor failed");
}

}  // namespace hb::core
