#include "supervisor/engines/feeder.hpp"

#include <utility>

#include "supervisor/events.hpp"

namespace hb::supervisor {
namespace {

constexpr Duration retry = 1s;

}  // namespace

void Feeder::use(const std::string& device, Duration deadtime, Instant now) {
    watchdog_.disarm();
    device_ = device;
    deadtime_ = deadtime;
    missed_ = false;
    try_at_ = device.empty() ? never : now;
    try_again(now);
}

void Feeder::try_again(Instant now) {
    if (now < try_at_) return;
    try_at_ = never;
    auto opened = watchdog_.open(device_, deadtime_);
    if (!opened) {
        try_at_ = now + retry;
        if (!std::exchange(missed_, true)) journal_.say(say::watchdog_missing, {to_text(opened.error())});
        return;
    }
    journal_.say(say::watchdog_open, {device_, to_ms(watchdog_.timeout()) / 1000});
    if (!opened->note.empty()) journal_.say(say::watchdog_differs, {device_, opened->note});
}

void Feeder::feed_or_starve(Instant now, Facts facts) {
    judged_ = judged_ && facts.releasing;
    const bool lasts = !judged_ && facts.right_lasts;
    if (lasts || !facts.holds_exclusive) return watchdog_.feed(now);
    if (watchdog_.starve(now)) journal_.say(say::watchdog_starves, {});
}

}  // namespace hb::supervisor
