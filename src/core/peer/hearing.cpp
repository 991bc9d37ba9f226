#include "hearing.hpp"

#include <algorithm>
#include <utility>

namespace hb::core {

bool Hearing::hear(const Echo& echo, bool ours, std::optional<Instant> sent, Instant received,
                   Duration keepalive) {
    age_ = echo.age;
    const bool was_armed = std::exchange(armed_, age_ > keepalive * 2);
    confirmed_ = std::max(confirmed_, sent ? *sent : received - age_ - keepalive);
    if (ours) {
        session_ = has_named_us_ = true;
        echoed_ = std::max(echoed_, echo.sequence);
        if (sent) round_trip_ = std::max<Duration>(received - *sent - age_, 0ns);
    }
    return armed_ != was_armed;
}

void Hearing::excuse(Instant sent) {
    confirmed_ = std::max(confirmed_, sent);
    armed_ = false;
}

}  // namespace hb::core
