#pragma once
#include <cstdint>
#include <string>

#include "sim/story.hpp"

namespace hb::sim {

struct Outcome {
    bool passed = false;
    std::uint64_t hash = 0;
    Moment simulated{};
    std::uint64_t events = 0;
};

/// One run; a broken promise is printed with the last lines of each node.
Outcome run_seed(std::uint64_t seed, const Options& options);
Outcome run_story(const Story& story, const Options& options);
/// The same, twice, and the hashes must agree.
bool run_seed_twice(std::uint64_t seed, Moment& simulated);

struct Campaign {
    std::uint64_t from = 1, count = 0;
    bool once = false;   ///< every seed once; else twice, and the logs are compared
    bool first = false;  ///< begins nothing new after the first failure
};

/// All seeds and then all stories, each in a process of its own, as many at once as there
/// are processors. Prints what failed and "N passed, N failed". True if nothing failed.
bool run_all(const Campaign& campaign);

}  // namespace hb::sim
