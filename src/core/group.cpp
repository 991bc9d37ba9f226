// One resource group's life on this node: foreign -> acquiring -> owned -> releasing -> foreign, and blocked.
#include <algorithm>
#include <utility>

#include "impl.hpp"

namespace hb::core {

namespace {

constexpr Duration start_limit = script_limit,
                   stop_limit = script_limit;  // of one script; addresses take milliseconds
constexpr Duration answer_slack = 10s;         // the supervisor ends a script itself before this
constexpr Duration first_backoff = 30s, last_backoff = 600s;
constexpr unsigned stop_tries = 10;  // as 3.0.6's HA_STOPRETRYMAX
constexpr Duration stop_pause = 1s;
constexpr Duration status_limit = 20s;                       // of the status that decides after that
constexpr std::size_t most_scripts = 64;                     // that start at a time, and as many that stop
constexpr Duration wanted_limit = 10s, standby_limit = 10s;  // then a request is given up

}  // namespace

void Core::Impl::set_register(GroupId id, std::uint32_t epoch, NodeId holder) {
    Register& r = groups_[id.index()].own;
    if (r.epoch == epoch && r.holder == holder) return;
    r.epoch = epoch;
    r.holder = holder;
    registers_.changed();
    due_.say_change();
    due_.bequeath();
    due_.decide_again();
}

void Core::Impl::enter(GroupId id, GroupState state, const char* cause) {
    Group& g = groups_[id.index()];
    const GroupState was = g.own.state;
    g.own.state = state;
    g.since = now_;
    g.cause = cause;
    g.first_claim = g.asks_first = false;
    g.insisted &= state == GroupState::wanted || state == GroupState::acquiring || state == GroupState::owned;
    g.starts_at = never;
    registers_.changed();
    due_.say_change();
    due_.bequeath();
    due_.decide_again();
    touch();
    if (!monitors_.none()) watch(id);
    if (narrator_.joins(was, state, cause)) return;
    flush_group_log();
    narrator_.begin(id, was, state, cause);
}

void Core::Impl::flush_group_log() {
    const Narrator::Change change = narrator_.take_change();
    if (change.count == 1)
        log(log::group_state, {config_.groups[change.first.index()].key, to_text(change.was),
                               to_text(change.now), change.cause});
    else if (change.count > 1)
        log(log::many_groups, {change.count, to_text(change.was), to_text(change.now), change.cause});
    const Narrator::Grant grant = narrator_.take_grant();
    if (grant.count == 1) log(log::group_granted, {config_.groups[grant.first.index()].key, name(grant.to)});
    if (grant.count > 1) log(log::many_granted, {grant.count, name(grant.to)});
}

void Core::Impl::acquire(GroupId id, const char* cause) {
    Group& g = groups_[id.index()];
    g.issue = issue_any_ = true;
    g.after_failure = g.after_standby = g.granted = g.contested = g.take_back = false;
    g.guard = Guard{};
    g.out_of_service = false;
    g.retry_at = never;
    if (is_local(id)) local_pending_ = true;
    enter(id, GroupState::acquiring, cause);
}

void Core::Impl::release(GroupId id, const char* cause, bool addresses_first) {
    Group& g = groups_[id.index()];
    g.addresses_first = addresses_first;
    g.restart_from = ResourceId{};
    g.stop_attempts = 0;
    g.announcing.end();
    g.announcing.end_defence();
    g.retry_at = never;
    g.granted = g.contested = false;
    g.issue = !g.operation.running();
    issue_any_ |= g.issue;
    if (g.operation.running() && addresses_first) stop_addresses_at_once(id);
    if (runs_script(g) && g.operation.kind() == Operation::Kind::start)
        emit(Operate{Operate::Verb::cancel, next_operation_++, g.operation.first(), g.operation.last(), 0s});
    enter(id, GroupState::releasing, cause);
}

/// A start is still being answered: its group's addresses go now all the same. The ordinary stop follows.
void Core::Impl::stop_addresses_at_once(GroupId id) {
    const config::Group& group = config_.groups[id.index()];
    for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r)
        if (up_[r] && config_.resources[r].kind == config::Resource::Kind::address)
            emit(Operate{Operate::Verb::stop, next_operation_++, id_of<ResourceId>(r), id_of<ResourceId>(r),
                         stop_limit});
}

/// Another node may have it, or may claim it soon: its addresses go at once, also those of a stop that is still under way or
/// has failed.
void Core::Impl::lose_right(GroupId id, const char* cause) {
    Group& g = groups_[id.index()];
    if (g.own.state == GroupState::owned && g.own.holder != config_.self) note_both(id, g.own.holder, false);
    if (g.own.state == GroupState::acquiring || g.own.state == GroupState::owned)
        return release(id, cause, true);
    const bool unfinished = g.own.state == GroupState::releasing || g.own.state == GroupState::blocked;
    if (unfinished && !std::exchange(g.addresses_first, true)) stop_addresses_at_once(id);
}

/// The next resources to start: one script, or neighbouring addresses together.
bool Core::Impl::next_run(GroupId id, ResourceId& first, ResourceId& last) const {
    const config::Group& group = config_.groups[id.index()];
    const std::size_t end = group.first.index() + group.count;
    std::size_t r = group.first.index();
    while (r < end && up_[r]) ++r;
    if (r == end) return false;
    first = last = id_of<ResourceId>(r);
    while (config_.resources[last.index()].kind == config::Resource::Kind::address &&
           last.index() + 1 < end &&
           config_.resources[last.index() + 1].kind == config::Resource::Kind::address)
        ++last.value;
    return true;
}

/// The next resources to stop, from the end; with addresses first, those before any script.
bool Core::Impl::next_stop(GroupId id, ResourceId& first, ResourceId& last) const {
    const config::Group& group = config_.groups[id.index()];
    const bool only_addresses = groups_[id.index()].addresses_first;
    const ResourceId from = groups_[id.index()].restart_from;
    const std::size_t begin = from.exists() ? from.index() : group.first.index();
    const auto address = [&](std::size_t r) {
        return config_.resources[r].kind == config::Resource::Kind::address;
    };
    for (const bool addresses : {true, false}) {
        if (addresses && !only_addresses) continue;
        for (std::size_t r = group.first.index() + group.count; r-- > begin;) {
            if (!up_[r] || (addresses && !address(r))) continue;
            first = last = id_of<ResourceId>(r);
            while (address(r) && first.index() > begin && address(first.index() - 1) &&
                   up_[first.index() - 1])
                --first.value;
            return true;
        }
    }
    return false;
}

bool Core::Impl::runs_script(const Group& g) const {
    return g.operation.running() &&
           config_.resources[g.operation.first().index()].kind == config::Resource::Kind::script;
}

std::size_t Core::Impl::scripts_under_way(bool starting) const {
    return static_cast<std::size_t>(std::count_if(groups_.begin(), groups_.end(), [&](const Group& g) {
        return runs_script(g) && (g.operation.kind() == Operation::Kind::start) == starting;
    }));
}

void Core::Impl::issue_operations() {
    if (!issue_any_) return;
    issue_any_ = false;
    std::size_t starts = scripts_under_way(true), stops = scripts_under_way(false);
    throttled_ = false;
    std::optional<Operate> pending;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        Group& g = groups_[i];
        if (!g.issue) continue;
        if (!outgoing_.has_room_for(8)) {  // the rest in the next step
            issue_any_ = true;
            break;
        }
        const GroupId id = id_of<GroupId>(i);
        g.issue = false;
        const bool starting = g.own.state == GroupState::acquiring && !g.restart_from.exists();
        ResourceId first, last;
        if (g.restart_from.exists() && !next_stop(id, first, last)) {  // now they are started again
            g.restart_from = ResourceId{};
            g.issue = issue_any_ = true;
            continue;
        }
        if (starting ? !next_run(id, first, last) : !next_stop(id, first, last)) {
            starting ? started_all(id) : stopped_all(id);
            continue;
        }
        const auto verb = starting ? Operate::Verb::start : Operate::Verb::stop;
        const bool addresses = config_.resources[first.index()].kind == config::Resource::Kind::address;
        if (!addresses &&
            (starting ? starts : stops)++ >= most_scripts) {  // the answer of another one gives room
            g.issue = throttled_ = true;
            continue;
        }
        const bool joins = pending && addresses && pending->verb == verb &&
                           pending->last.value + 1 == first.value &&
                           config_.resources[pending->last.index()].kind == config::Resource::Kind::address;
        if (joins) {
            pending->last = last;
        } else {
            if (pending) emit(*pending);
            pending = Operate{verb, next_operation_++, first, last, starting ? start_limit : stop_limit};
        }
        g.operation.begin(pending->operation, starting ? Operation::Kind::start : Operation::Kind::stop,
                          first, last, now_ + pending->limit + answer_slack);
        if (starting)
            for (std::size_t r = first.index(); r <= last.index(); ++r) up_[r] = true;
        touch();
    }
    if (pending) emit(*pending);
}

void Core::Impl::on(const OperationDone& done) {
    if (monitor_answered(done)) return;
    issue_any_ |= throttled_;
    for (std::size_t r = done.first.index(); r <= done.last.index() && r < config_.resources.size(); ++r) {
        const GroupId id = config_.resources[r].group;
        Group& g = groups_[id.index()];
        if (done.operation == 0) {  // the supervisor released it
            up_[r] = done.outcome != Outcome::ok;
            if (r + 1 != config_.groups[id.index()].first.index() + config_.groups[id.index()].count)
                continue;
            g.operation.end();
            if (done.outcome == Outcome::ok)
                stopped_all(id);
            else
                enter(id, GroupState::blocked, "the supervisor could not stop it");
            continue;
        }
        const ResourceId resource = id_of<ResourceId>(r);
        if (!g.operation.concerns(done.operation, resource)) continue;
        if (g.operation.kind() == Operation::Kind::stop && done.outcome == Outcome::ok) up_[r] = false;
        if (g.operation.answered(resource, done.outcome)) answered(id);
    }
}

void Core::Impl::answered(GroupId id) {
    Group& g = groups_[id.index()];
    g.operation.end();
    touch();
    const Operation::Kind kind = g.operation.kind();
    if (kind == Operation::Kind::status)
        return g.operation.says_stopped() ? count_as_stopped(id, "its status says that it does not run")
                                          : block(id);
    if (g.own.state == GroupState::acquiring && kind == Operation::Kind::start) {
        if (g.operation.failed()) return start_failed(id);
        g.issue = issue_any_ = true;
    } else if (g.own.state == GroupState::releasing || g.restart_from.exists()) {
        if (g.operation.failed() && kind == Operation::Kind::stop) return stop_failed(id);
        g.issue = issue_any_ = true;
    }
}

void Core::Impl::started_all(GroupId id) {
    Group& g = groups_[id.index()];
    g.backoff = 0s;
    g.announcing.begin(now_, true);
    enter(id, GroupState::owned, g.cause);
}

void Core::Impl::stopped_all(GroupId id) {
    Group& g = groups_[id.index()];
    g.restart_from = ResourceId{};
    g.unblocked = g.vouched = false;
    const bool bare = carriers_.is_bare(id) && !g.after_standby && !serves_without_carrier(id);
    g.out_of_service = bare || (g.out_of_service && !g.after_standby);
    if (bare) g.after_failure = false;  // tried again when the carrier is back
    if (g.out_of_service && !bare) carrier_check_ = now_ + config_.deadtime;  // it came back during the stop
    const bool not_here = g.after_failure || g.after_standby || bare;
    if (g.after_failure) {
        g.backoff = g.backoff == 0s ? first_backoff : std::min<Duration>(g.backoff * 2, last_backoff);
        g.retry_at = now_ + g.backoff;
        log(log::start_retry, {config_.groups[id.index()].key, to_ms(g.backoff) / 1000});
    }
    g.in_standby = g.after_standby && !g.after_failure;
    if (g.in_standby) g.retry_at = now_ + standby_limit;
    g.after_failure = g.after_standby = false;
    enter(id, not_here ? GroupState::not_here : GroupState::foreign, g.cause);
}

void Core::Impl::start_failed(GroupId id) {
    Group& g = groups_[id.index()];
    log(log::start_failed, {config_.resources[g.operation.failed_resource().index()].word});
    release(id, "a start failed", false);
    g.after_failure = true;
}

/// After a failed start, a peer has it: another try here would take it from there, and perhaps in vain. So it is kept away as
/// after a standby: until an operator asks for it, or nobody else is left.
bool Core::Impl::stays_away_failed(GroupId id) {
    Group& g = groups_[id.index()];
    const NodeId holder = g.own.holder;
    if (g.in_standby || g.out_of_service || !holder.exists() || holder == config_.self || !in_session(holder))
        return false;
    g.in_standby = true;
    log(log::kept_away, {config_.groups[id.index()].key, name(holder)});
    return true;
}

void Core::Impl::stop_failed(GroupId id) {
    Group& g = groups_[id.index()];
    const config::Resource& resource = config_.resources[g.operation.failed_resource().index()];
    if (g.vouched) return count_as_stopped(id, "an operator says that it does not run");
    if (++g.stop_attempts < stop_tries) {
        log(log::stop_retry, {resource.word});
        g.retry_at = now_ + stop_pause;
        return;
    }
    if (resource.kind == config::Resource::Kind::script) return ask_whether_stopped(id);
    block(id);
}

/// As in 3.0.6: many scripts call it a failure to stop what does not run.
void Core::Impl::ask_whether_stopped(GroupId id) {
    Group& g = groups_[id.index()];
    const ResourceId resource = g.operation.failed_resource();
    const OperationId operation = next_operation_++;
    g.operation.begin(operation, Operation::Kind::status, resource, resource,
                      now_ + status_limit + answer_slack);
    touch();
    emit(Operate{Operate::Verb::monitor, operation, resource, resource, status_limit});
}

void Core::Impl::count_as_stopped(GroupId id, const char* why) {
    Group& g = groups_[id.index()];
    log(log::counts_as_stopped, {config_.resources[g.operation.failed_resource().index()].word, why});
    up_[g.operation.failed_resource().index()] = false;
    g.stop_attempts = 0;
    g.issue = issue_any_ = true;
}

void Core::Impl::block(GroupId id) {
    Group& g = groups_[id.index()];
    log(log::blocked,
        {config_.resources[g.operation.failed_resource().index()].word, config_.groups[id.index()].key});
    g.restart_from = ResourceId{};
    enter(id, GroupState::blocked,
          std::exchange(g.unblocked, false) ? cause::stop_failed_again : cause::stop_failed);
}

void Core::Impl::fail_operation(GroupId id) {
    Group& g = groups_[id.index()];
    g.operation.time_out();
    issue_any_ |= throttled_;
    answered(id);
}

void Core::Impl::run_timers() {
    if (groups_deadline_ > now_ && !groups_touched_) return;
    groups_touched_ = false;
    groups_deadline_ = never;
    announce_due();
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        Group& g = groups_[i];
        const GroupId id = id_of<GroupId>(i);
        if (g.operation.deadline() <= now_) fail_operation(id);
        if (g.starts_at <= now_) {
            g.starts_at = never;
            g.issue = issue_any_ = true;
        }
        if (g.retry_at <= now_) {
            g.retry_at = never;
            if (g.own.state == GroupState::releasing || g.restart_from.exists())
                g.issue = issue_any_ = true;
            else if (g.own.state == GroupState::not_here && stays_away_failed(id))
                continue;
            else if (g.own.state == GroupState::not_here && g.in_standby && g.own.holder != config_.self)
                continue;  // somebody took it: it stays away from here
            else if (g.own.state == GroupState::not_here && carriers_.is_bare(id)) {
                g.out_of_service = true;
                due_.decide_again();
            } else if (g.own.state == GroupState::not_here && g.out_of_service)
                enter(id, GroupState::foreign, "the carrier is back");
            else if (g.own.state == GroupState::not_here && linux_ha_alive())
                start_standby(
                    {.local = is_local(id), .foreign = !is_local(id)});  // as 3.0.6 after a failed start
            else if (g.own.state == GroupState::wanted && carriers_.is_bare(id)) {
                g.out_of_service = true;
                enter(id, GroupState::not_here, cause::no_carrier);
            } else if (g.own.state == GroupState::not_here || g.own.state == GroupState::wanted)
                enter(id, GroupState::foreign,
                      g.own.state == GroupState::wanted ? "nobody gave it" : "to be tried again");
        }
        groups_deadline_ = std::min(
            {groups_deadline_, g.operation.deadline(), g.retry_at, g.announcing.deadline(), g.starts_at});
        if (g.own.state == GroupState::wanted && g.retry_at == never) g.retry_at = g.since + wanted_limit;
    }
}

void Core::Impl::announce_due() {
    std::optional<Operate> pending;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        Group& g = groups_[i];
        if (!outgoing_.has_room_for(32)) {  // the rest in the next step
            touch();
            break;
        }
        if (!g.announcing.take(now_)) continue;
        const config::Group& group = config_.groups[i];
        for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r) {
            if (config_.resources[r].kind != config::Resource::Kind::address) continue;
            if (pending && pending->last.index() + 1 == r) {
                pending->last = id_of<ResourceId>(r);
                continue;
            }
            if (pending) emit(*pending);
            pending = Operate{Operate::Verb::announce, next_operation_++, id_of<ResourceId>(r),
                              id_of<ResourceId>(r), 0s};
        }
    }
    if (pending) emit(*pending);
}

void Core::Impl::on(const AddressGone& gone) {
    const GroupId id = config_.resources[gone.resource.index()].group;
    Group& g = groups_[id.index()];
    const std::string_view word = config_.resources[gone.resource.index()].word;
    if (gone.restored) {
        log(log::address_gone, {word});
        if (g.own.state == GroupState::owned) {
            g.announcing.begin(now_, true);  // the first went out when it was put back
            touch();
        }
        return;
    }
    if (carriers_.is_bare(id)) return lose_right(id, cause::no_carrier);
    log(log::address_lost, {word});
    if (g.own.state != GroupState::owned && g.own.state != GroupState::acquiring) return;
    release(id, "somebody keeps removing its address", true);
    g.after_failure = true;
}

}  // namespace hb::core
