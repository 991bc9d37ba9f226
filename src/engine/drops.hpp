#pragma once
#include <array>
#include <optional>

#include "hb/base/limits.hpp"
#include "hb/base/time.hpp"
#include "hb/wire/message.hpp"

namespace hb::engine {

constexpr std::size_t drop_reasons = static_cast<std::size_t>(wire::DropReason::count_);

struct DropSummary {
    std::uint64_t count = 0;
    std::uint64_t seconds = 0;  ///< since the first of them
    FixedString<320> reasons;   ///< "bad signature 36, unknown node 1"
};

/// What one medium dropped, and when a line about it is due: a second after the first one, then once a minute
/// as long as there are more. Pure.
class Drops {
public:
    void count(wire::DropReason reason, Instant now);
    /// What was dropped since the last line, if one is due.
    std::optional<DropSummary> summary(Instant now);
    std::uint64_t total(wire::DropReason reason) const { return total_[static_cast<std::size_t>(reason)]; }
    /// All since start, our own frames that came back apart.
    std::uint64_t total() const;

private:
    std::array<std::uint64_t, drop_reasons> total_{}, said_{};
    Instant first_{};      ///< of those not said yet
    Instant next_line_{};  ///< not before
    bool pending_ = false;
};

/// Notices a flood of useless datagrams: more than 100 in this tenth of a second, or in the one before it.
/// Then frames are better taken in lots than one by one, each with a turn of its own. Pure.
class FloodBrake {
public:
    void count(Instant now) {
        move_on(now);
        ++now_;
    }
    bool pulls(Instant now) {
        move_on(now);
        return now_ > threshold || before_ > threshold;
    }

private:
    static constexpr unsigned threshold = 100;
    static constexpr Duration window = 100ms;
    void move_on(Instant now) {
        if (now - begun_ < window) return;
        before_ = now - begun_ < 2 * window ? now_ : 0;
        now_ = 0;
        begun_ = now;
    }
    Instant begun_{};
    unsigned now_ = 0, before_ = 0;
};

/// Frames that were lost because a receive socket was full; heartbeats may be among them. Silence is then judged only up to
/// the first loss, until a deadtime has passed without one, but for three deadtimes at most. A full socket still takes a part
/// of what comes, so a node that lives is heard within that time, and a flood cannot hide a death for ever. Pure.
class Overflow {
public:
    struct Summary {
        std::uint64_t frames = 0;
        std::uint64_t seconds = 0;  ///< since the first of them
    };
    explicit Overflow(Duration deadtime) : deadtime_(deadtime) {}
    /// So many frames were lost between `since` and `now`.
    void lost(std::uint64_t frames, Instant since, Instant now);
    /// Silence may be judged up to this instant; `never`: up to now.
    Instant judged_until(Instant now) const;
    /// What was lost since the last line, if one is due: a second after the first loss, then once a minute as long as there
    /// are more.
    std::optional<Summary> summary(Instant now);

private:
    Duration deadtime_;
    Instant first_,
        newest_;  ///< of losses with less than a deadtime between them; none yet if newest_ is zero
    std::uint64_t unsaid_ = 0;
    Instant unsaid_since_, next_line_;
};

/// Lets one line through per interval, for what would otherwise repeat itself.
class Once {
public:
    explicit Once(Duration interval) : interval_(interval) {}
    bool permits(Instant now) {
        if (said_ && now - at_ < interval_) return false;
        said_ = true;
        at_ = now;
        return true;
    }

private:
    Duration interval_;
    Instant at_{};
    bool said_ = false;
};

}  // namespace hb::engine
