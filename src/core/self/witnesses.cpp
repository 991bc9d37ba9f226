#include "witnesses.hpp"

#include <algorithm>

namespace hb::core {

namespace {
constexpr unsigned unanswered_at_least = 2;  // one lost datagram proves nothing
}  // namespace

Witnesses::Witnesses(std::size_t count, Instant now) : all_(count) {
    for (Witness& w : all_) w.status.since = now;
}

std::size_t Witnesses::reached() const {
    return static_cast<std::size_t>(std::count_if(
        all_.begin(), all_.end(), [](const Witness& w) { return w.status.state == WitnessState::up; }));
}

bool Witnesses::all_dead() const {
    return std::all_of(all_.begin(), all_.end(),
                       [](const Witness& w) { return w.status.state == WitnessState::dead; });
}

Instant Witnesses::newest_answer() const {
    Instant newest;
    for (const Witness& w : all_) newest = std::max(newest, w.status.last_heard);
    return newest;
}

bool Witnesses::ask_in_vain(Instant now, Duration for_so_long) const {
    return std::all_of(all_.begin(), all_.end(), [&](const Witness& w) {
        return w.unanswered >= unanswered_at_least && now - w.unanswered_since >= for_so_long;
    });
}

bool Witnesses::ask(Instant now, Duration interval) {
    if (all_.empty() || (asked_ != Instant{} && now - asked_ < interval)) return false;
    asked_ = now;
    for (Witness& w : all_)
        if (w.unanswered++ == 0) w.unanswered_since = now;
    return true;
}

bool Witnesses::heard(std::size_t index, Instant received, Instant now) {
    Witness& w = all_[index];
    w.status.last_heard = std::max(w.status.last_heard, received);
    w.unanswered = 0;
    if (w.status.state == WitnessState::up) return false;
    w.status.state = WitnessState::up;
    w.status.since = now;
    return true;
}

bool Witnesses::dies(Witness& w, Instant now, Instant awake_since, Duration deadping) {
    if (w.status.state == WitnessState::dead || w.unanswered < unanswered_at_least) return false;
    if (now - std::max(w.unanswered_since, awake_since) < deadping) return false;
    w.status.state = WitnessState::dead;
    w.status.since = now;
    return true;
}

}  // namespace hb::core
