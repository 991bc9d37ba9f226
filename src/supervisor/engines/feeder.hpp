#pragma once
#include <algorithm>
#include <string>

#include "hb/tools/journal.hpp"
#include "supervisor/engines/watchdog.hpp"

namespace hb::supervisor {

/// When the watchdog is fed. Nobody may run what must not run twice beside a peer that takes it over; else this host is reset. So
/// it is fed while the right to hold lasts, or while nothing of that kind may run here. After a judgement the right counts as
/// passed until everything that was held has stopped, although the next engine turns well.
class Feeder {
public:
    explicit Feeder(tools::Journal& journal) : journal_(journal) {}
    /// Opens `device`; empty: there is none. One that cannot be opened is tried again every second: its driver may be loaded after
    /// us, and a host without it serves better than one that stays down.
    void use(const std::string& device, Duration deadtime, Instant now);
    void try_again(Instant now);

    struct Facts {
        bool right_lasts = false;
        bool releasing = false;        ///< something that was held still stops
        bool holds_exclusive = false;  ///< something that must not run twice may run here
    };
    bool is_due(Instant now) const { return now >= watchdog_.due(); }
    void feed_or_starve(Instant now, Facts facts);
    /// The right to hold has passed.
    void judged() { judged_ = true; }
    Instant deadline() const { return std::min(watchdog_.due(), try_at_); }

    /// The end: the device stops counting, or goes on.
    void disarm() { watchdog_.disarm(); }
    void abandon() { watchdog_.abandon(); }

private:
    tools::Journal& journal_;
    Watchdog watchdog_;
    std::string device_;
    Duration deadtime_{};
    Instant try_at_ = never;
    bool missed_ = false;  ///< said already
    bool judged_ = false;
};

}  // namespace hb::supervisor
