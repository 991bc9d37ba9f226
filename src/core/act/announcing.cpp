#include "announcing.hpp"

#include <algorithm>
#include <array>

namespace hb::core {

namespace {
constexpr std::array<Duration, 8> times{0ms, 100ms, 300ms, 1s, 3s, 10s, 30s, 60s};
}

void Announcing::begin(Instant now, bool first_is_out) {
    from_ = now;
    done_ = first_is_out ? 1 : 0;
}

bool Announcing::is_scheduled() const { return from_ != never && done_ < times.size(); }

bool Announcing::take(Instant now) {
    const bool scheduled = is_scheduled() && from_ + times[done_] <= now;
    if (!scheduled && defend_at_ > now) return false;
    if (scheduled) ++done_;
    defend_at_ = never;
    return true;
}

Instant Announcing::deadline() const {
    return is_scheduled() ? std::min(defend_at_, from_ + times[done_]) : defend_at_;
}

}  // namespace hb::core
