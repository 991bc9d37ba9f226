#pragma once
#include <vector>

#include "hb/core/status.hpp"

namespace hb::core {

/// Which ping nodes answer?
///
///     unknown ---answer---> up <---answer--- dead
///        \------ two questions unanswered, deadping over ------^  (from up, too)
class Witnesses {
public:
    Witnesses(std::size_t count, Instant now);

    bool none() const { return all_.empty(); }
    std::size_t count() const { return all_.size(); }
    std::size_t reached() const;    ///< how many are up
    bool all_dead() const;          ///< also where there are none
    Instant newest_answer() const;  ///< Instant{}: none ever
    const WitnessStatus& status(std::size_t index) const { return all_[index].status; }
    /// No question was answered for so long, two at least of each.
    bool ask_in_vain(Instant now, Duration for_so_long) const;

    /// Whether questions to all are due, and go out now.
    [[nodiscard]] bool ask(Instant now, Duration interval);
    /// True: it was not up.
    [[nodiscard]] bool heard(std::size_t index, Instant received, Instant now);
    /// died(index) for each that is dead from now on. Nothing is counted before `awake_since`.
    template <class F>
    void judge(Instant now, Instant awake_since, Duration deadping, F&& died) {
        for (std::size_t i = 0; i < all_.size(); ++i)
            if (dies(all_[i], now, awake_since, deadping)) died(i);
    }

private:
    struct Witness {
        WitnessStatus status;
        unsigned unanswered = 0;   ///< questions since the newest answer
        Instant unanswered_since;  ///< the first of them
    };
    static bool dies(Witness& witness, Instant now, Instant awake_since, Duration deadping);

    std::vector<Witness> all_;
    Instant asked_;
};

}  // namespace hb::core
