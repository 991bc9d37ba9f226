#include "hb/policy/holdings.hpp"

#include <utility>

namespace hb::policy {
namespace {

constexpr std::uint8_t stop_attempts = 10;  // as 3.0.6 (HA_STOPRETRYMAX)

// Of a group in releasing_. Blocked: given up; it stays held, and is judged no more until something changes.
constexpr std::uint8_t idle = 0, under_release = 1, blocked = 2;

std::size_t begin_of(const config::Group& group) { return group.first.index(); }
std::size_t end_of(const config::Group& group) { return group.first.index() + group.count; }

}  // namespace

Holdings::Holdings(const config::Config& config)
    : config_(config), resources_(config.resources.size(), Hold::none), releasing_(config.groups.size(), 0),
      attempts_(config.resources.size(), 0) {
    ended_.reserve(config.groups.size());
}

void Holdings::starting(ResourceId id) {
    invariant(id.index() < resources_.size());
    resources_[id.index()] = Hold::held;
    std::uint8_t& group = releasing_[config_.resources[id.index()].group.index()];
    if (group == blocked) group = idle;
}

void Holdings::stopped(ResourceId id) {
    invariant(id.index() < resources_.size());
    resources_[id.index()] = Hold::none;
    const GroupId group = config_.resources[id.index()].group;
    if (may_hold_any(group)) return;
    if (releasing_[group.index()] == under_release) ended_.push_back({group, core::Outcome::ok});
    releasing_[group.index()] = idle;
}

bool Holdings::may_hold(ResourceId id) const {
    return id.index() < resources_.size() && resources_[id.index()] != Hold::none;
}

bool Holdings::may_hold_any(GroupId id) const {
    const config::Group& group = config_.groups[id.index()];
    for (std::size_t i = begin_of(group); i < end_of(group); ++i)
        if (resources_[i] != Hold::none) return true;
    return false;
}

bool Holdings::release(GroupId id) {
    if (!may_hold_any(id)) return false;
    if (releasing_[id.index()] == under_release) return true;
    const config::Group& group = config_.groups[id.index()];
    for (std::size_t i = begin_of(group); i < end_of(group); ++i) attempts_[i] = 0;
    releasing_[id.index()] = under_release;
    return true;
}

bool Holdings::releasing(GroupId id) const { return releasing_[id.index()] == under_release; }

bool Holdings::is_blocked(GroupId id) const { return releasing_[id.index()] == blocked; }

bool Holdings::judged(Instant now, Instant hold_until) const {
    if (now <= hold_until) return false;
    for (std::size_t i = 0; i < resources_.size(); ++i)
        if (resources_[i] != Hold::none && releasing_[config_.resources[i].group.index()] == idle)
            return true;
    return false;
}

bool Holdings::may_keep(ResourceId id, Instant now, Instant hold_until) const {
    return may_hold(id) && !releasing(config_.resources[id.index()].group) && now < hold_until;
}

void Holdings::expired(ResourceId id) { expired_.push_back(id); }

std::vector<ResourceId> Holdings::take_expired(Instant now, Instant hold_until) {
    std::erase_if(expired_, [this](ResourceId id) { return !may_keep(id, Instant{}, never); });
    if (now >= hold_until) return {};
    return std::exchange(expired_, {});
}

std::vector<ResourceId> Holdings::next_stops() {
    std::vector<ResourceId> stops;
    bool addresses_left = false;
    for (std::size_t i = 0; i < resources_.size(); ++i) {
        const config::Resource& resource = config_.resources[i];
        if (resource.kind != config::Resource::Kind::address || !releasing(resource.group)) continue;
        if (resources_[i] == Hold::none) continue;
        // An address whose removal failed once does not hold up the scripts of every group.
        addresses_left |= attempts_[i] == 0;
        if (resources_[i] == Hold::stopping) continue;
        resources_[i] = Hold::stopping;
        stops.push_back(id_of<ResourceId>(i));
    }
    if (!stops.empty() || addresses_left) return stops;
    for (std::size_t g = 0; g < releasing_.size(); ++g) {
        if (releasing_[g] != under_release) continue;
        const config::Group& group = config_.groups[g];
        std::size_t last = end_of(group);
        while (last > begin_of(group) && resources_[last - 1] == Hold::none) --last;
        if (last == begin_of(group) || resources_[last - 1] == Hold::stopping) continue;
        resources_[last - 1] = Hold::stopping;
        stops.push_back(id_of<ResourceId>(last - 1));
    }
    return stops;
}

void Holdings::stop_done(ResourceId id, core::Outcome outcome) {
    if (id.index() >= resources_.size()) return;
    const GroupId group = config_.resources[id.index()].group;
    std::uint8_t& state = releasing_[group.index()];
    if (outcome == core::Outcome::ok) {
        stopped(id);
        return;
    }
    resources_[id.index()] = Hold::held;
    if (state != under_release || ++attempts_[id.index()] < stop_attempts) return;
    state = blocked;
    ended_.push_back({group, core::Outcome::failed});
}

std::vector<Holdings::Ended> Holdings::take_ended() {
    std::vector<Ended> ended;
    ended.swap(ended_);
    return ended;
}

}  // namespace hb::policy
