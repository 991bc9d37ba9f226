#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "hb/base/time.hpp"

namespace hb::sim {

/// True time: nanoseconds since the beginning of the world. Hosts see it only through their own boot clocks.
using Moment = Duration;
constexpr Moment no_moment = Moment::max();

/// What will happen, earliest first; what was planned first comes first at equal times.
class Timeline {
public:
    Moment now() const { return now_; }
    std::uint64_t happened() const { return happened_; }

    void at(Moment when, std::function<void()> act) {
        heap_.push_back({std::max(when, now_), planned_++, std::move(act)});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }
    void after(Duration wait, std::function<void()> act) { at(now_ + wait, std::move(act)); }

    /// Lets the next thing happen if it lies at or before `limit`; else time stands at `limit` and the answer
    /// is false.
    bool step(Moment limit) {
        if (heap_.empty() || heap_.front().when > limit) {
            now_ = std::max(now_, limit);
            return false;
        }
        std::pop_heap(heap_.begin(), heap_.end(), later);
        Entry entry = std::move(heap_.back());
        heap_.pop_back();
        now_ = entry.when;
        ++happened_;
        entry.act();
        return true;
    }

private:
    struct Entry {
        Moment when;
        std::uint64_t order;
        std::function<void()> act;
    };
    static bool later(const Entry& a, const Entry& b) {
        return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
    std::vector<Entry> heap_;
    Moment now_{};
    std::uint64_t planned_ = 0, happened_ = 0;
};

/// The boot clock of one host: starts anew with each boot and runs up to 1e-3 too fast or too slow.
class BootClockModel {
public:
    BootClockModel() = default;
    BootClockModel(Moment booted, Instant start, std::int64_t drift_ppm)
        : booted_(booted), start_(start), ppm_(drift_ppm) {}
    Instant local(Moment moment) const {
        const Duration passed = moment - booted_;
        return start_ + passed +
               Duration{passed.count() / 1'000'000 * ppm_ + passed.count() % 1'000'000 * ppm_ / 1'000'000};
    }
    /// The first moment at which the clock shows `instant` or more.
    Moment moment(Instant instant) const {
        if (instant - start_ > std::chrono::hours{24 * 365}) return no_moment;
        const Duration shown = instant - start_;
        Moment guess = booted_ + shown - Duration{shown.count() / 1'000'000 * ppm_};
        while (local(guess) < instant) guess += 1us + (instant - local(guess));
        return guess;
    }

private:
    Moment booted_{};
    Instant start_{};
    std::int64_t ppm_ = 0;
};

}  // namespace hb::sim
