// Monitors: they wait for everything else, and nothing waits for them.
#include <algorithm>

#include "supervisor/events.hpp"
#include "supervisor/serve/server.hpp"

namespace hb::supervisor {
namespace {
constexpr std::size_t most_looks = 8;  ///< at a time
constexpr Duration look_limit = 20s;
}  // namespace

void Server::pump_monitors(Instant now) {
    for (Question& question : questions_) {
        if (question.asked) continue;
        const GroupId group = config_->resources[question.resource.index()].group;
        const bool moves = holdings_->releasing(group) ||
                           std::any_of(tasks_.begin(), tasks_.end(),
                                       [&](const Task& task) { return !task.over && task.group == group; });
        if (moves || is_address(question.resource.index()) || scripts_.busy(question.resource)) {
            answers_.push_back({question.operation, question.resource.index(), core::Outcome::ok});
            question.operation = 0;
            continue;
        }
        question.asked = true;
        scripts_.run(config_->resources[question.resource.index()], question.resource, Act::monitor,
                     question.limit, now);
    }
    std::erase_if(questions_, [](const Question& question) { return question.operation == 0; });
}

void Server::monitor_ended(const scripts::Scripts::End& end) {
    const auto question = std::find_if(questions_.begin(), questions_.end(), [&](const Question& one) {
        return one.asked && one.resource == end.id;
    });
    if (question == questions_.end()) return;
    answers_.push_back({question->operation, end.id.index(), end.outcome});
    // The engine counts it as stopped: its status has decided after a stop that failed.
    if (end.outcome == core::Outcome::failed && unstopped_.erase(end.id) > 0) {
        holdings_->stopped(end.id);
        holdings_changed_ = true;
    }
    questions_.erase(question);
}

// The engine does not wait for the answer: it has asked for something else, or is told of our own release.
void Server::drop_monitors(GroupId group) {
    const config::Group& of = config_->groups[group.index()];
    const auto last = id_of<ResourceId>(of.first.index() + of.count - 1);
    std::erase_if(questions_, [&](const Question& question) {
        return question.resource >= of.first && question.resource <= last;
    });
    scripts_.abandon_monitors(of.first, last);
}

void Server::drop_all_monitors() {
    questions_.clear();
    looks_.clear();
    scripts_.abandon_monitors(id_of<ResourceId>(0), ResourceId{});
}

void Server::look_for_strangers() {
    for (std::size_t i = 0; i < config_->resources.size(); ++i)
        if (!is_address(i)) looks_.push_back(id_of<ResourceId>(i));
    std::reverse(looks_.begin(), looks_.end());
}

// What is started or stopped here meanwhile answers for itself.
void Server::pump_looks(Instant now) {
    while (!looks_.empty() && scripts_.looks() < most_looks) {
        const ResourceId id = looks_.back();
        looks_.pop_back();
        if (holdings_->may_hold(id) || scripts_.busy(id)) continue;
        scripts_.run(config_->resources[id.index()], id, Act::look, look_limit, now);
    }
}

void Server::look_ended(const scripts::Scripts::End& end) {
    if (end.answer != scripts::Answer::running || holdings_->may_hold(end.id)) return;
    journal_.say(say::runs_unasked, {config_->resources[end.id.index()].word});
}

bool Server::holds_exclusive() const {
    for (std::size_t i = 0; i < config_->resources.size(); ++i)
        if (!is_address(i) && holdings_->may_hold(id_of<ResourceId>(i)) &&
            config_->groups[config_->resources[i].group.index()].exclusive)
            return true;
    return false;
}

}  // namespace hb::supervisor
