// The watchdog: nobody may run what must not run twice beside a peer that takes it over. Else this host is reset.
#include "hb/base/clock.hpp"
#include "supervisor/daemon/daemon.hpp"
#include "supervisor/events.hpp"

namespace hb::supervisor {
namespace {

constexpr Duration watchdog_retry = 1s;

}  // namespace

void Daemon::open_watchdog() {
    watchdog_.disarm();
    watchdog_missed_ = false;
    watchdog_try_at_ = config_->watchdog.empty() ? never : now_;
    try_watchdog();
}

// Its driver may be loaded after us, and a host without it serves better than one that stays down.
void Daemon::try_watchdog() {
    if (now_ < watchdog_try_at_) return;
    watchdog_try_at_ = never;
    auto opened = watchdog_.open(config_->watchdog, config_->deadtime);
    if (!opened) {
        watchdog_try_at_ = now_ + watchdog_retry;
        if (!std::exchange(watchdog_missed_, true))
            journal_.say(say::watchdog_missing, {to_text(opened.error())});
        return;
    }
    journal_.say(say::watchdog_open, {config_->watchdog, to_ms(watchdog_.timeout()) / 1000});
    if (!opened->note.empty()) journal_.say(say::watchdog_differs, {config_->watchdog, opened->note});
}

void Daemon::feed_watchdog() {
    try_watchdog();
    if (now_ < watchdog_.due()) return;
    judged_ = judged_ && server_->releasing();
    const bool lasts = !judged_ && now_ <= hold_until();
    if (lasts || !server_->holds_exclusive()) return watchdog_.feed(now_);
    if (watchdog_.starve(now_)) journal_.say(say::watchdog_starves, {});
}

}  // namespace hb::supervisor
