#include "monitors.hpp"

#include <algorithm>

namespace hb::core {

namespace {
constexpr std::size_t most_running = 16;  // of all groups
constexpr Duration answer_slack = 10s;    // the supervisor ends a question itself before this
}  // namespace

Monitors::Monitors(const std::vector<config::Resource>& resources) {
    for (std::size_t r = 0; r < resources.size(); ++r) {
        const config::Resource& one = resources[r];
        if (one.kind == config::Resource::Kind::script && one.monitor_interval > 0s)
            all_.push_back({.resource = id_of<ResourceId>(r),
                            .interval = one.monitor_interval,
                            .limit = one.monitor_limit});
    }
}

void Monitors::watch(ResourceId first, std::size_t count, bool owned, Instant now) {
    auto m = std::lower_bound(all_.begin(), all_.end(), first,
                              [](const Monitor& a, ResourceId b) { return a.resource < b; });
    for (; m != all_.end() && m->resource.index() < first.index() + count; ++m) {
        if (m->operation) {
            --running_;
            deadline_ = now;
        }
        m->operation = 0;
        m->given_up = never;
        m->due = owned ? now + m->interval : never;
        deadline_ = std::min(deadline_, m->due);
    }
}

/// The supervisor says nothing: that is no failure of the service.
void Monitors::give_up(Monitor& m, Instant now) {
    if (!m.operation || m.given_up > now) return;
    m.operation = 0;
    m.given_up = never;
    m.due = now;
    --running_;
}

/// Who is due soon is asked in the same turn: fewer wake-ups.
bool Monitors::is_due(const Monitor& m, Instant now) const {
    const Duration early = std::min<Duration>(m.interval / 8, 250ms);
    return !m.operation && m.due != never && m.due <= now + early && running_ < most_running;
}

void Monitors::asked(Monitor& m, OperationId operation, Instant now) {
    m.operation = operation;
    m.due = never;
    m.given_up = now + m.limit + answer_slack;
    ++running_;
}

/// What finds no room now is asked when an answer comes.
void Monitors::plan(const Monitor& m) {
    if (m.operation || running_ < most_running)
        deadline_ = std::min(deadline_, m.operation ? m.given_up : m.due);
}

std::optional<ResourceId> Monitors::answered(OperationId operation, Instant now) {
    if (operation == 0 || running_ == 0) return {};
    const auto m = std::find_if(all_.begin(), all_.end(),
                                [&](const Monitor& one) { return one.operation == operation; });
    if (m == all_.end()) return {};
    m->operation = 0;
    m->given_up = never;
    m->due = now + m->interval;
    --running_;
    deadline_ = now;
    return m->resource;
}

void Monitors::wait(ResourceId resource, Instant until) {
    const auto m = std::lower_bound(all_.begin(), all_.end(), resource,
                                    [](const Monitor& a, ResourceId b) { return a.resource < b; });
    if (m != all_.end() && m->resource == resource && m->due != never) m->due = std::max(m->due, until);
}

}  // namespace hb::core
