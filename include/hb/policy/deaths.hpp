#pragma once
#include <vector>

#include "hb/base/time.hpp"

namespace hb::policy {

/// Pure: what follows the death of an engine. The first within a minute is replaced at once and keeps what it
/// held; later ones release everything and wait 1, 2, 4 s; the fifth ends the daemon.
struct Restart {
    enum class Kind { at_once, after_release, give_up };
    Kind kind = Kind::at_once;
    Duration pause{};
};
class Deaths {
public:
    Restart died(Instant now) {
        std::erase_if(times_, [now](Instant at) { return now - at > 60s; });
        times_.push_back(now);
        const std::size_t n = times_.size();
        if (n == 1) return {Restart::Kind::at_once, 0s};
        if (n >= 5) return {Restart::Kind::give_up, 0s};
        return {Restart::Kind::after_release, Duration{1s} * (1 << (n - 2))};
    }

private:
    std::vector<Instant> times_;
};

}  // namespace hb::policy
