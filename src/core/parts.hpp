#pragma once
#include <optional>
#include <string_view>

#include "hb/base/bounds.hpp"
#include "hb/base/fixed.hpp"
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"
#include "hb/core/status.hpp"

namespace hb::core {

/// A set of groups as 3.0.6 counts them, seen from one node: those it is preferred for, and the others.
struct Holding {
    bool local = false, foreign = false;
    bool operator==(const Holding&) const = default;
    bool none() const { return !local && !foreign; }
    Holding turned_round() const { return {.local = foreign, .foreign = local}; }
};
std::string_view to_text(Holding);
std::optional<Holding> parse_holding(std::string_view);

/// Epoch and holder of one group, and the state its owner reports with them.
struct Register {
    std::uint32_t epoch = 0;
    NodeId holder;
    GroupState state = GroupState::foreign;
    bool operator==(const Register&) const = default;
};

/// What a status says of what its sender heard of one node (`hb4e`).
struct Echo {
    Generation generation = 0;
    Sequence sequence = 0;  ///< 0: nothing in this life of the sender
    Duration age{};
    bool proven = false;  ///< its sender knows that this life is the present one
};

/// Serial numbers (RFC 1982): an epoch goes round, so no value is the last one. 0 is before all: nobody ever held the group.
constexpr bool is_later(std::uint32_t epoch, std::uint32_t than) {
    if (epoch == 0 || than == 0) return epoch > than;
    return static_cast<std::int32_t>(epoch - than) > 0;
}
constexpr std::uint32_t next_epoch(std::uint32_t epoch) { return epoch + 1 == 0 ? 1 : epoch + 1; }

struct Link {
    LinkState state = LinkState::unknown;
    Instant last_heard;
    Sequence newest = 0;  ///< of the messages of this life that came over it
};

}  // namespace hb::core
