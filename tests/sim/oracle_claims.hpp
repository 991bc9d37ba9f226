#pragma once
#include <cstdint>
#include <vector>

#include "hb/base/id.hpp"

namespace hb::sim {

class World;

/// Sees when a node claims a group by itself: the register moves on by one from nobody, or from a node that is dead, or had left
/// before. What is granted comes from a living node, and one that leaves may say both at once.
class Claims {
public:
    explicit Claims(World& world) : world_(world) {}

    void engine_started(std::size_t host);
    void turn_done(std::size_t host);

private:
    struct Register {
        std::uint32_t epoch = 0;
        NodeId holder;
        bool left = false;  ///< the holder had left
    };
    struct View {
        bool any = false;              ///< a turn was seen
        std::vector<Register> groups;  ///< by GroupId
    };
    World& world_;
    std::vector<View> views_;  ///< by host
};

}  // namespace hb::sim
