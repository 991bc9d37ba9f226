#pragma once
#include <cstdint>
#include <string>

#include "sim/explore_play.hpp"

namespace hb::sim {

struct Exploration {
    const Stage* stage = nullptr;
    unsigned depth = 1;   ///< letters of a schedule, at most
    unsigned grid = 1;    ///< letters come at ticks that are multiples of it
    unsigned jobs = 2;    ///< processes that work at once
    bool again = false;   ///< every schedule is run from the start, instead of in a copy of the world
    bool prove = false;   ///< what is left out because it is like another schedule is run, and so is that one
    bool silent = false;  ///< no lines of progress
};

/// How many schedules there are, and what became of them: `all` is the sum of the next five.
struct Counts {
    std::uint64_t all = 0;          ///< every letter at every tick of the grid, in every order
    std::uint64_t run = 0;          ///< to the end, or to the promise that was broken
    std::uint64_t meaningless = 0;  ///< a letter had no meaning where it would have come
    std::uint64_t unmet =
        0;  ///< a message was to be lost, doubled or late, and none was sent: as without that letter
    std::uint64_t commuting = 0;      ///< like the one with two letters of one moment in the other order
    std::uint64_t broken_before = 0;  ///< a promise was broken before their next letter
    std::uint64_t failed = 0;         ///< of those that were run
    std::uint64_t proven = 0;         ///< pairs that `prove` compared
    std::uint64_t unlike = 0;         ///< of these: not alike after all
    std::uint64_t events = 0;         ///< after which the oracle looked
    std::uint64_t hash = 0;           ///< the sum of the hashes of all that were run
    double seconds = 0;
};

/// Runs every schedule, each from the start. A failing one is printed as the line that repeats it.
Counts explore(const Exploration& what);

/// What a schedule does: its hash, and the promise that it breaks, empty if none.
struct Ending {
    std::uint64_t hash = 0;
    std::string broken;
    friend bool operator==(const Ending&, const Ending&) = default;
};
Ending end_of(Play& play, const Schedule& schedule);

/// `sim --explore ...` and `sim --schedule ...`: the exit code.
int explore_main(int count, char** words);

}  // namespace hb::sim
