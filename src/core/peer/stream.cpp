#include "stream.hpp"

#include <algorithm>

namespace hb::core {

Stream::Taken Stream::take(Sequence number, Instant now, Duration latest, Random& random) {
    Taken taken{.last = last_};
    if (!any_ && number <= newest_) return taken;
    newest_ = std::max(newest_, number);
    if (!any_ || number == last_ + 1) {
        any_ = true;
        last_ = number;
        taken.order = Order::fresh;
        return taken;
    }
    if (number <= last_) {
        if (number == last_ || !give_up(number)) return taken;
        taken.order = Order::late;
        taken.complete = missing_.empty();
        return taken;
    }
    taken.order = Order::fresh;
    taken.gap = number - last_ - 1;
    taken.lost_a_lot = taken.gap + missing_.size() > limits::missing;
    if (taken.lost_a_lot) {
        missing_.clear();
    } else {
        const auto spread = static_cast<std::uint64_t>(std::max<std::int64_t>((latest - 50ms).count(), 1));
        for (Sequence n = last_ + 1; n < number; ++n)
            missing_.push(
                {.sequence = n,
                 .ask_at = now + (50ms + Duration{static_cast<std::int64_t>(random.below(spread))})});
    }
    last_ = number;
    return taken;
}

void Stream::forget_missing(Instant now) {
    for (std::size_t i = missing_.size(); i-- > 0;)
        if (missing_[i].ask_at + 1s <= now) missing_.erase(i);
}

bool Stream::give_up(Sequence number) {
    for (std::size_t i = 0; i < missing_.size(); ++i) {
        if (missing_[i].sequence != number) continue;
        missing_.erase(i);
        return true;
    }
    return false;
}

std::optional<Sequence> Stream::to_acknowledge(unsigned digit) {
    Sequence whole = last_;
    for (const Missing& m : missing_) whole = std::min(whole, m.sequence - 1);
    if (whole < digit) return {};
    const Sequence number = whole - (whole - digit) % 10;
    if (number == 0 || number <= acknowledged_) return {};
    acknowledged_ = number;
    return number;
}

void Stream::begin_life(Sequence known) {
    *this = Stream{};
    newest_ = known;
}

void Stream::bury() {
    const Sequence newest = newest_;
    begin_life(newest);
}

Instant Stream::deadline() const {
    Instant at = never;
    for (const Missing& m : missing_) at = std::min(at, m.ask_at);
    return at;
}

}  // namespace hb::core
