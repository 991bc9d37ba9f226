#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/timeline.hpp"

namespace hb::sim {

/// A broken promise: ends the run.
struct Violation {
    std::string promise;
    std::string what;
};

/// The story of a run. Every line and every datagram goes into one hash: the same seed must give the same
/// hash.
class Log {
public:
    static constexpr int world = -1;  ///< the "node" of what happens to all

    Log(const Timeline& time, std::size_t nodes, bool verbose);
    void line(int node, const char* format, ...) __attribute__((format(printf, 3, 4)));
    void mix(const void* data, std::size_t size);
    std::uint64_t hash() const { return hash_; }
    void name(std::size_t node, const std::string& name) { tails_[node + 1].name = name; }
    /// The last lines of each node, and of the world.
    void print_tails() const;

private:
    struct Tail {
        std::string name;
        std::array<std::string, 40> lines;
        std::size_t count = 0;
    };
    const Timeline& time_;
    std::vector<Tail> tails_;
    bool verbose_;
    std::uint64_t hash_ = 0xcbf29ce484222325u;
};

}  // namespace hb::sim
