#include "health.hpp"

#include <algorithm>

namespace hb::core {

namespace {
constexpr Duration least_calm = std::chrono::minutes{10};  // a failure after that is a new one
constexpr Duration first_backoff = 30s, last_backoff = 600s;
}  // namespace

Health::Verdict Health::failed(ResourceId resource, Instant now, Duration interval, bool may_move,
                               Duration move_pause) {
    const Duration calm = std::max<Duration>(least_calm, 10 * interval);
    const bool again = restarted_at_ != Instant{} && now - restarted_at_ < calm;
    last_failed_ = resource;
    last_failed_at_ = now;
    if (!again) {
        backoff_ = 0s;
        return Verdict::restart;
    }
    if (may_move) {
        stays_until_ = now + move_pause;
        return Verdict::move;
    }
    if (now < not_before_) return Verdict::wait;
    backoff_ = backoff_ == 0s ? first_backoff : std::min<Duration>(backoff_ * 2, last_backoff);
    not_before_ = now + backoff_;
    return Verdict::restart_again;
}

}  // namespace hb::core
