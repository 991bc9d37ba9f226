#include "supervisor/serve/server.hpp"

#include <algorithm>
#include <utility>

#include "hb/tools/file.hpp"
#include "supervisor/events.hpp"
#include "supervisor/state/state.hpp"

namespace hb::supervisor {
namespace {

constexpr unsigned stop_tries = 10;     ///< as 3.0.6 (HA_STOPRETRYMAX), and as Holdings counts them
constexpr Duration status_limit = 20s;  ///< after stops that failed

/// Of starts and stops, of questions of monitors, or of addresses announced in one turn. Each resource has a start that ends
/// and a stop under way at most; the rest is room for what crosses on the way.
constexpr std::size_t most_tasks(std::size_t resources) { return 4 * resources + 64; }

Duration limit_of(const ipc::Request& request, Duration longest) {
    return std::min<Duration>(std::chrono::milliseconds{request.limit_ms}, longest);
}

}  // namespace

Server::Server(kernel::Addresses& addresses, scripts::Scripts& scripts, tools::Journal& journal,
               std::string holdings_file, Reports reports)
    : addresses_(addresses), scripts_(scripts), journal_(journal), holdings_file_(std::move(holdings_file)),
      reports_(std::move(reports)) {}

void Server::use(const config::Config& config, policy::Holdings& holdings) {
    config_ = &config;
    holdings_ = &holdings;
    task_of_.assign(config.resources.size(), 0);
    tasks_.clear();
    drop_all_monitors();
    unstopped_.clear();
    own_failures_.clear();
    holdings_changed_ = true;
    scripts_.use(config);
}

bool Server::is_address(std::size_t resource) const {
    return config_->resources[resource].kind == config::Resource::Kind::address;
}

bool Server::refuses(const ipc::Request& request) {
    using Kind = ipc::Request::Kind;
    const std::size_t resources = config_->resources.size();
    const bool known = request.kind == Kind::start || request.kind == Kind::stop ||
                       request.kind == Kind::announce || request.kind == Kind::monitor;
    const char* fault = nullptr;
    if (!known || request.first > request.last || request.last.index() >= resources)
        fault = "names resources that do not exist";
    else if (tasks_.size() >= most_tasks(resources) || questions_.size() >= most_tasks(resources) ||
             announced_ > most_tasks(resources))
        fault = "is one more than there can be under way";
    if (fault != nullptr && !std::exchange(refusal_said_, true)) journal_.say(say::request_refused, {fault});
    return fault != nullptr;
}

void Server::accept(const ipc::Request& request) {
    if (refuses(request)) return;
    if (request.kind == ipc::Request::Kind::announce) {
        std::vector<ResourceId> addresses;
        for (std::size_t i = request.first.index(); i <= request.last.index(); ++i)
            if (is_address(i)) addresses.push_back(id_of<ResourceId>(i));
        announced_ += addresses.size();
        return addresses_.announce(addresses);
    }
    if (request.kind == ipc::Request::Kind::monitor) {
        for (std::size_t i = request.first.index(); i <= request.last.index(); ++i)
            questions_.push_back(
                {request.operation, id_of<ResourceId>(i),
                 limit_of(request, std::max(core::script_limit, config_->resources[i].monitor_limit))});
        return;
    }
    const Act act = request.kind == ipc::Request::Kind::start ? Act::start : Act::stop;
    say_groups(act, request.first.index(), request.last.index());
    for (std::size_t i = request.first.index(); i <= request.last.index();) {
        const GroupId group = config_->resources[i].group;
        const config::Group& of = config_->groups[group.index()];
        const std::size_t last = std::min(request.last.index(), of.first.index() + of.count - 1);
        add_task(request, group, i, last);
        i = last + 1;
    }
}

void Server::add_task(const ipc::Request& request, GroupId group, std::size_t first, std::size_t last) {
    const Act act = request.kind == ipc::Request::Kind::start ? Act::start : Act::stop;
    if (act == Act::stop) cancel_starts(group);
    drop_monitors(group);
    tasks_.push_back({request.operation, act, group, first, last, limit_of(request, core::script_limit)});
    // We are giving it up ourselves; the engine hears of that by operation 0.
    if (holdings_->releasing(group)) fail(tasks_.back(), core::Outcome::failed);
}

// A stop overtakes what a start of the same group has not begun.
void Server::cancel_starts(GroupId group) {
    for (Task& task : tasks_) {
        if (task.over || task.group != group || task.act != Act::start) continue;
        const std::size_t kept = task.busy ? 1 : 0;
        for (std::size_t i = task.first + kept; i <= task.last; ++i)
            answers_.push_back({task.operation, i, core::Outcome::failed});
        task.last = task.first;
        task.over = !task.busy;
    }
}

void Server::cancel(const ipc::Request& request, Instant now) {
    for (std::size_t i = request.first.index(); i <= request.last.index() && i < config_->resources.size();
         ++i) {
        cancel_starts(config_->resources[i].group);
        const bool runs = std::any_of(tasks_.begin(), tasks_.end(), [i](const Task& task) {
            return task.busy && task.act == Act::start && task.next() == i;
        });
        if (runs) scripts_.cancel(id_of<ResourceId>(i), now);
    }
}

bool Server::runnable(std::size_t index) const {
    const Task& task = tasks_[index];
    if (task.over || task.busy) return false;
    if (task.act == Act::stop) return true;
    return std::none_of(tasks_.begin(), tasks_.begin() + static_cast<std::ptrdiff_t>(index),
                        [&](const Task& earlier) {
                            return !earlier.over && earlier.act == Act::stop && earlier.group == task.group;
                        });
}

void Server::step(Task& task, core::Outcome outcome) {
    if (outcome != core::Outcome::ok) return fail(task, outcome);
    answers_.push_back({task.operation, task.next(), outcome});
    task.busy = false;
    if (task.first == task.last)
        task.over = true;
    else if (task.act == Act::start)
        ++task.first;
    else
        --task.last;
}

// What stands behind a failed one is not attempted: it may need what failed.
void Server::fail(Task& task, core::Outcome outcome) {
    for (std::size_t i = task.first; i <= task.last; ++i) answers_.push_back({task.operation, i, outcome});
    task.busy = false;
    task.over = true;
}

void Server::release(GroupId group) {
    drop_monitors(group);
    for (Task& task : tasks_) {
        if (task.over || task.group != group) continue;
        fail(task, core::Outcome::failed);
    }
    if (holdings_->releasing(group) || !holdings_->release(group)) return;
    const config::Group& of = config_->groups[group.index()];
    for (std::size_t i = of.first.index(); i < of.first.index() + of.count; ++i)
        own_failures_.erase(id_of<ResourceId>(i));
    ++open_releases_;
    begun_releases_.push_back(group);
}

void Server::release_all() {
    for (std::size_t i = 0; i < config_->groups.size(); ++i) release(id_of<GroupId>(i));
}

void Server::forget_requests() {
    refusal_said_ = false;
    tasks_.clear();
    answers_.clear();
    drop_all_monitors();
}

void Server::script_ended(const scripts::Scripts::End& end, Instant now) {
    if (end.act == Act::monitor) return monitor_ended(end);
    if (end.act == Act::look) return look_ended(end);
    if (end.act == Act::confirm) return own_stop_confirmed(end);
    const auto waiting = std::find(own_waiting_.begin(), own_waiting_.end(), end.id);
    if (waiting != own_waiting_.end()) {
        own_waiting_.erase(waiting);
        if (end.act == Act::stop && end.outcome == core::Outcome::ok)
            return own_stop_ended(end.id, end.outcome, now);
        return release_script(end.id, now);
    }
    core::Outcome outcome = end.outcome;
    if (end.missing && end.act == Act::stop && !holdings_->may_hold(end.id)) outcome = core::Outcome::ok;
    const auto own = std::find(own_running_.begin(), own_running_.end(), end.id);
    if (own != own_running_.end()) {
        own_running_.erase(own);
        return own_stop_ended(end.id, outcome, now);
    }
    if (end.act == Act::stop && outcome != core::Outcome::ok)
        unstopped_.insert(end.id);
    else
        unstopped_.erase(end.id);
    const bool gone = end.act == Act::stop ? outcome == core::Outcome::ok : end.missing;
    if (gone) holdings_->stopped(end.id);
    holdings_changed_ |= gone;
    for (Task& task : tasks_)
        if (task.busy && task.act == end.act && task.next() == end.id.index()) return step(task, outcome);
}

void Server::own_stop_ended(ResourceId resource, core::Outcome outcome, Instant now) {
    if (outcome != core::Outcome::ok) {
        journal_.say(say::stop_retried, "ResourceManager(default)",
                     {config_->resources[resource.index()].word});
        failed_stops_.push_back({now + 1s, resource});
        return;
    }
    own_failures_.erase(resource);
    holdings_->stop_done(resource, outcome);
    holdings_changed_ = true;
}

void Server::retry_stops(Instant now) {
    std::vector<ResourceId> last;
    std::erase_if(failed_stops_, [&](const FailedStop& stop) {
        if (stop.again > now) return false;
        if (!is_address(stop.resource.index()) && ++own_failures_[stop.resource] >= stop_tries)
            last.push_back(stop.resource);
        else
            holdings_->stop_done(stop.resource, core::Outcome::failed);
        return true;
    });
    // All tries are over: its status decides.
    for (const ResourceId id : last) {
        own_running_.push_back(id);
        scripts_.run(config_->resources[id.index()], id, Act::confirm, status_limit, now);
    }
}

void Server::own_stop_confirmed(const scripts::Scripts::End& end) {
    std::erase(own_running_, end.id);
    own_failures_.erase(end.id);
    holdings_changed_ = true;
    if (end.outcome != core::Outcome::failed) return holdings_->stop_done(end.id, core::Outcome::failed);
    journal_.say(say::stop_confirmed, "ResourceManager(default)", {config_->resources[end.id.index()].word});
    holdings_->stop_done(end.id, core::Outcome::ok);
}

Instant Server::deadline() const {
    Instant first = never;
    for (const FailedStop& stop : failed_stops_) first = std::min(first, stop.again);
    return first;
}

bool Server::idle() const {
    return open_releases_ == 0 && own_later_.empty() && tasks_.empty() && own_running_.empty() &&
           own_waiting_.empty() && !scripts_.any_busy();
}

// Our own releases go first: a right to hold may have passed.
void Server::pump(Instant now) {
    announced_ = 0;
    retry_stops(now);
    while (pump_releases(now)) {
    }
    begin_own_stops(now);
    say_releases();
    tell_released();
    while (pump_addresses(Act::stop)) {
    }
    while (pump_addresses(Act::start)) {
    }
    pump_scripts(now);
    pump_monitors(now);
    pump_looks(now);
    tell_answers();
    std::erase_if(tasks_, [](const Task& task) { return task.over; });
    if (holdings_changed_) write_holdings();
}

// True if addresses were changed, so that more may be possible.
bool Server::pump_addresses(Act act) {
    std::vector<ResourceId> batch;
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
        Task& task = tasks_[t];
        if (task.act != act || !runnable(t)) continue;
        task.batched = 0;
        for (std::size_t n = 0; n <= task.last - task.first; ++n) {
            const std::size_t resource = act == Act::start ? task.first + n : task.last - n;
            if (!is_address(resource)) break;
            task_of_[resource] = t;
            batch.push_back(id_of<ResourceId>(resource));
            ++task.batched;
        }
    }
    if (batch.empty()) return false;
    const auto answered = [&](std::span<const kernel::Addresses::Answer> answers) {
        take_answers(act, answers);
    };
    if (act == Act::start) {
        mark_starting(batch);
        addresses_.add(batch, answered);
    } else {
        addresses_.remove(batch, answered);
    }
    pass_batched(act);
    return true;
}

void Server::take_answers(Act act, std::span<const kernel::Addresses::Answer> answers) {
    for (const kernel::Addresses::Answer& answer : answers) {
        Task& task = tasks_[task_of_[answer.resource.index()]];
        const bool ok = answer.outcome == core::Outcome::ok;
        if (ok == (act == Act::stop)) holdings_->stopped(answer.resource);
        holdings_changed_ = true;
        task.failed |= !ok;
        answers_.push_back({task.operation, answer.resource.index(), answer.outcome});
    }
    tell_answers();
    said_later_.insert(said_later_.end(), answers.begin(), answers.end());
}

// The addresses of a task are attempted all; what stands behind them only if none failed.
void Server::pass_batched(Act act) {
    for (Task& task : tasks_) {
        if (task.act != act || task.over || task.batched == 0) continue;
        const std::size_t left = task.last - task.first + 1 - task.batched;
        if (act == Act::start)
            task.first += task.batched;
        else
            task.last -= std::min(task.last, task.batched);
        task.batched = 0;
        if (left == 0)
            task.over = true;
        else if (task.failed)
            fail(task, core::Outcome::failed);
    }
    say_addresses(act, said_later_);
    said_later_.clear();
}

void Server::pump_scripts(Instant now) {
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
        if (!runnable(t)) continue;
        Task& task = tasks_[t];
        const auto id = id_of<ResourceId>(task.next());
        if (is_address(task.next()) || scripts_.busy(id)) continue;
        if (task.act == Act::start) mark_starting({&id, 1});
        task.busy = true;
        scripts_.run(config_->resources[id.index()], id, task.act, task.limit, now);
    }
}

// Runs of consecutive resources with one outcome become one notice.
void Server::tell_answers() {
    std::sort(answers_.begin(), answers_.end(), [](const Answer& a, const Answer& b) {
        return a.operation != b.operation ? a.operation < b.operation : a.resource < b.resource;
    });
    for (std::size_t i = 0; i < answers_.size();) {
        std::size_t end = i + 1;
        while (end < answers_.size() && answers_[end].operation == answers_[i].operation &&
               answers_[end].outcome == answers_[i].outcome &&
               answers_[end].resource == answers_[end - 1].resource + 1)
            ++end;
        ipc::Notice notice;
        notice.kind = ipc::Notice::Kind::done;
        notice.operation = answers_[i].operation;
        notice.first = id_of<ResourceId>(answers_[i].resource);
        notice.last = id_of<ResourceId>(answers_[end - 1].resource);
        notice.outcome = static_cast<std::uint8_t>(answers_[i].outcome);
        reports_.done(notice);
        i = end;
    }
    answers_.clear();
}

// Before the act, in memory and in the file: a successor must find it.
void Server::mark_starting(std::span<const ResourceId> resources) {
    bool more = false;
    for (const ResourceId id : resources) {
        more |= !holdings_->may_hold(id);
        holdings_->starting(id);
    }
    if (more) write_holdings();
}

void Server::write_holdings() {
    holdings_changed_ = false;
    std::string text = holdings_text(*config_, *holdings_);
    if (text == holdings_on_disk_) return;
    auto written = tools::replace_file(holdings_file_, text, 0600, tools::Durability::until_reboot);
    if (written) {
        holdings_on_disk_ = std::move(text);
    } else if (!holdings_fault_said_) {
        holdings_fault_said_ = true;
        journal_.say(say::holdings_unwritable, {to_text(written.error())});
    }
}

}  // namespace hb::supervisor
