// What the supervisor releases on its own, and what it says about groups and addresses.
#include <algorithm>

#include "supervisor/events.hpp"
#include "supervisor/serve/server.hpp"

namespace hb::supervisor {
namespace {

constexpr std::string_view manager = "ResourceManager(default)";
constexpr Duration own_stop_limit =
    60s;  ///< a script that hangs is tried again, and in the end blocks its group
constexpr std::size_t most_own_stops = 64;  ///< at a time; each is a process
constexpr std::size_t one_line_each = 16;   ///< of more, one line says it all

const std::string& place_of(const kernel::Addresses::Answer& answer) {
    return answer.label.empty() ? answer.interface : answer.label;
}

}  // namespace

bool Server::pump_releases(Instant now) {
    if (open_releases_ == 0) return false;
    const std::vector<ResourceId> stops = holdings_->next_stops();
    if (stops.empty()) return false;
    std::vector<ResourceId> addresses;
    for (const ResourceId id : stops)
        if (is_address(id.index())) addresses.push_back(id);
    if (!addresses.empty()) release_addresses(addresses, now);
    for (const ResourceId id : stops)
        if (!is_address(id.index())) own_later_.push_back(id);
    return true;
}

void Server::release_addresses(std::span<const ResourceId> stops, Instant now) {
    addresses_.remove(stops, [&](std::span<const kernel::Addresses::Answer> answers) {
        for (const kernel::Addresses::Answer& answer : answers)
            own_stop_ended(answer.resource, answer.outcome, now);
        said_later_.insert(said_later_.end(), answers.begin(), answers.end());
    });
    say_addresses(Act::stop, said_later_);
    said_later_.clear();
}

void Server::begin_own_stops(Instant now) {
    while (!own_later_.empty() && own_running_.size() + own_waiting_.size() < most_own_stops) {
        const ResourceId next = own_later_.front();
        own_later_.pop_front();
        release_script(next, now);
    }
}

void Server::release_script(ResourceId stop, Instant now) {
    if (scripts_.busy(stop)) {
        own_waiting_.push_back(stop);
        return scripts_.cancel(stop, now);
    }
    own_running_.push_back(stop);
    scripts_.run(config_->resources[stop.index()], stop, Act::stop, own_stop_limit, now);
}

void Server::say_releases() {
    if (begun_releases_.size() > one_line_each)
        journal_.say(say::own_releases, manager, {begun_releases_.size()});
    else
        for (const GroupId group : begun_releases_)
            journal_.say(say::releasing, manager, {config_->groups[group.index()].line});
    begun_releases_.clear();
}

void Server::tell_released() {
    std::size_t ok = 0;
    const auto all = holdings_->take_ended();
    for (const policy::Holdings::Ended& ended : all) {
        if (open_releases_ > 0) --open_releases_;
        reports_.released(ended.group, ended.outcome);
        const std::string& line = config_->groups[ended.group.index()].line;
        if (ended.outcome != core::Outcome::ok)
            journal_.say(say::group_blocked, {line});
        else if (++ok <= one_line_each)
            journal_.say(say::group_released, {line});
    }
    if (ok > one_line_each) journal_.say(say::more_released, {ok - one_line_each});
}

void Server::say_groups(Act act, std::size_t first, std::size_t last) {
    const std::size_t from = config_->resources[first].group.index();
    const std::size_t to = config_->resources[last].group.index();
    if (to - from >= one_line_each) {
        journal_.say(act == Act::start ? say::many_acquiring : say::many_releasing, manager,
                     {to - from + 1, config_->groups[from].key, config_->groups[to].key});
        return;
    }
    for (std::size_t g = from; g <= to; ++g) {
        const config::Group& group = config_->groups[g];
        const std::size_t begins =
            act == Act::start ? group.first.index() : group.first.index() + group.count - 1;
        // A request for the middle of a group goes on with what was said already.
        if (begins < first || begins > last) continue;
        journal_.say(act == Act::start ? say::acquiring : say::releasing, manager, {group.line});
    }
}

void Server::say_address(Act act, const kernel::Addresses::Answer& answer) {
    const config::Resource& resource = config_->resources[answer.resource.index()];
    const std::string program = resource.script + "(default)";
    const std::string address = to_text(resource.address.address);
    if (answer.outcome != core::Outcome::ok)
        return journal_.say(say::address_failed, program, {address, answer.detail});
    if (!answer.detail.empty()) journal_.say(say::address_note, program, {address, answer.detail});
    if (!answer.interface.empty() && !(act == Act::stop && answer.already_there)) {
        const log::Kind& what = act == Act::stop       ? say::address_removed
                                : answer.already_there ? say::address_already_there
                                                       : say::address_added;
        journal_.say(what, program, {address, place_of(answer)});
    }
    if (act == Act::stop || !answer.already_there) journal_.say(say::address_success, program, {});
    if (act == Act::start) journal_.say(say::address_ok, program, {});
}

void Server::say_addresses(Act act, std::span<const kernel::Addresses::Answer> answers) {
    if (answers.size() <= one_line_each) {
        for (const kernel::Addresses::Answer& answer : answers) say_address(act, answer);
        return;
    }
    std::size_t ok = 0, said = 0;
    const kernel::Addresses::Answer* first = nullptr;
    for (const kernel::Addresses::Answer& answer : answers) {
        const bool worked = answer.outcome == core::Outcome::ok;
        if (worked && !first) first = &answer;
        ok += worked;
        if (!worked && said++ < one_line_each) say_address(act, answer);
    }
    if (said > one_line_each) journal_.say(say::more_failed, manager, {said - one_line_each});
    if (!first) return;
    const config::Resource& resource = config_->resources[first->resource.index()];
    journal_.say(act == Act::start ? say::many_ok : say::many_successes, resource.script + "(default)",
                 {ok, to_text(resource.address.address), place_of(*first)});
}

}  // namespace hb::supervisor
