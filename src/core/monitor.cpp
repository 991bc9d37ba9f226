// Alive but useless: what is started here is asked for its status, restarted once when it fails, and then given away.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace {

constexpr std::size_t most_running = 16;              // questions at a time, of all groups; each is a process
constexpr Duration answer_slack = 10s;                // the supervisor ends a question itself before this
constexpr Duration least_calm = std::chrono::minutes{10};  // a failure after that is a new one
constexpr Duration first_backoff = 30s, last_backoff = 600s;
constexpr Duration hour = std::chrono::hours{1};

}  // namespace

void Core::Impl::make_monitors() {
    for (std::size_t r = 0; r < config_.resources.size(); ++r) {
        const config::Resource& resource = config_.resources[r];
        if (resource.kind == config::Resource::Kind::script && resource.monitor_interval > 0s)
            monitors_.push_back({.resource = id_of<ResourceId>(r)});
    }
    for (std::size_t i = 0; i < groups_.size(); ++i) watch(id_of<GroupId>(i));
}

/// The group entered its state: it is asked from now on, or no more.
void Core::Impl::watch(GroupId id) {
    const config::Group& group = config_.groups[id.index()];
    const bool owned = groups_[id.index()].own.state == GroupState::owned;
    auto m = std::lower_bound(monitors_.begin(), monitors_.end(), group.first,
                              [](const Monitor& a, ResourceId first) { return a.resource < first; });
    for (; m != monitors_.end() && m->resource.index() < group.first.index() + group.count; ++m) {
        if (m->operation) {  // the stop or start that follows ends it
            --monitors_running_;
            monitors_deadline_ = now_;
        }
        m->operation = 0;
        m->deadline = never;
        m->due = owned ? now_ + config_.resources[m->resource.index()].monitor_interval : never;
        monitors_deadline_ = std::min(monitors_deadline_, m->due);
    }
}

void Core::Impl::run_monitors() {
    if (monitors_deadline_ > now_) return;
    monitors_deadline_ = never;
    for (Monitor& m : monitors_) {
        if (m.operation && m.deadline <= now_) {  // the supervisor says nothing: that is no failure of the service
            m.operation = 0;
            m.deadline = never;
            m.due = now_;
            --monitors_running_;
        }
        ask_status(m);
        // What finds no room now is asked when an answer comes.
        if (m.operation || monitors_running_ < most_running) monitors_deadline_ = std::min({monitors_deadline_, m.operation ? m.deadline : m.due});
    }
}

void Core::Impl::ask_status(Monitor& m) {
    const config::Resource& resource = config_.resources[m.resource.index()];
    // Who is due soon is asked in the same turn: fewer wake-ups.
    const Duration early = std::min<Duration>(resource.monitor_interval / 8, 250ms);
    if (m.operation || m.due == never || m.due > now_ + early || monitors_running_ >= most_running) return;
    m.operation = next_operation_++;
    m.due = never;
    m.deadline = now_ + resource.monitor_limit + answer_slack;
    ++monitors_running_;
    emit(Operate{Operate::Verb::monitor, m.operation, m.resource, m.resource, resource.monitor_limit});
}

/// False: it answers no monitor.
bool Core::Impl::monitor_answered(const OperationDone& done) {
    if (done.operation == 0 || monitors_running_ == 0) return false;
    const auto m = std::find_if(monitors_.begin(), monitors_.end(),
                                [&](const Monitor& one) { return one.operation == done.operation; });
    if (m == monitors_.end()) return false;
    m->operation = 0;
    m->deadline = never;
    m->due = now_ + config_.resources[m->resource.index()].monitor_interval;
    --monitors_running_;
    monitors_deadline_ = now_;
    if (done.outcome == Outcome::ok) return true;
    monitor_failed(m->resource, done.outcome);
    const Group& g = groups_[config_.resources[m->resource.index()].group.index()];
    if (m->due != never) m->due = std::max(m->due, g.restart_after);  // nothing would be done about it before
    return true;
}

void Core::Impl::monitor_failed(ResourceId resource, Outcome outcome) {
    const config::Resource& what = config_.resources[resource.index()];
    Group& g = groups_[what.group.index()];
    const std::string_view key = config_.groups[what.group.index()].key;
    if (g.own.state != GroupState::owned) return;
    const Duration calm = std::max<Duration>(least_calm, 10 * what.monitor_interval);
    const bool again = g.restarted_at != Instant{} && now_ - g.restarted_at < calm;
    g.monitor_failed = resource;
    g.monitor_failed_at = now_;
    if (outcome == Outcome::timed_out)
        log(log::monitor_timed_out, {what.word, to_ms(what.monitor_limit), key});
    else
        log(log::monitor_failed, {what.word, key});
    if (!again) {
        g.restart_backoff = 0s;
        log(log::monitor_restart, {key, what.word});
        return restart_from(what.group, resource);
    }
    const bool moves = may_move(what.group);
    if (moves && somebody_else(what.group)) {
        g.stays_until = now_ + move_pause();
        log(log::monitor_moves, {key, what.word});
        release(what.group, "its monitor failed again", false);
        g.after_standby = true;  // and does not come home by itself
        return;
    }
    if (now_ < g.restart_after) return;
    g.restart_backoff = g.restart_backoff == 0s ? first_backoff : std::min<Duration>(g.restart_backoff * 2, last_backoff);
    g.restart_after = now_ + g.restart_backoff;
    log(log::monitor_stays, {key, what.word, moves ? "no peer is fit for it" : "it has moved too often", to_ms(g.restart_backoff) / 1000});
    restart_from(what.group, resource);
}

/// Each node gives a group away its share of moves_per_hour times, evenly spread, so that all together keep to it.
Duration Core::Impl::move_pause() const {
    const std::size_t share = std::max<std::size_t>(config_.moves_per_hour / config_.nodes.size(), 1);
    return hour / static_cast<int>(share);
}

bool Core::Impl::may_move(GroupId group) const {
    return config_.moves_per_hour > 0 && groups_[group.index()].stays_until <= now_;
}

/// A peer could take it: also one that was told to stay away, or gave it up itself a while ago; it hears that we do not want it.
bool Core::Impl::somebody_else(GroupId group) const {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const NodeId node = id_of<NodeId>(i);
        if (node == config_.self) continue;
        const bool stays_away = in_session(node) && !peer(node).leaving && peer(node).registers[group.index()].state == GroupState::not_here;
        if (fit(group, node) || stays_away) return true;
    }
    return false;
}

/// Stops this resource and what stands behind it, in reverse, and starts them again.
void Core::Impl::restart_from(GroupId id, ResourceId resource) {
    Group& g = groups_[id.index()];
    g.restarted_at = now_;
    g.restart_from = resource;
    g.stop_attempts = 0;
    g.failed = g.addresses_first = false;
    g.announce_from = g.retry_at = never;
    g.issue = issue_any_ = true;
    enter(id, GroupState::acquiring, "restarted: its monitor failed");
}

}  // namespace hb::core
