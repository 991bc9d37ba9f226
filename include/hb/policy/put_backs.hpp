#pragma once
#include "hb/base/time.hpp"

namespace hb::policy {

/// Pure: how often one address that another program removes is put back. `ip addr flush` removes ten times over what is
/// put back meanwhile, and who restarts a network may flush several times: what comes within a second is one event.
/// Beyond 100 times within one, or 20 events in a minute, somebody means it.
class PutBacks {
public:
    static constexpr unsigned most_at_once = 100, most_events = 20;
    bool is_one_more_allowed(Instant now) {
        if (now - minute_ > 60s) {
            minute_ = now;
            events_ = 0;
        }
        if (events_ == 0 || now - event_ > 1s) {
            event_ = now;
            ++events_;
            in_event_ = 0;
        }
        return ++in_event_ <= most_at_once && events_ <= most_events;
    }

private:
    Instant minute_, event_;
    unsigned events_ = 0, in_event_ = 0;
};

}  // namespace hb::policy
