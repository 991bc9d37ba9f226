#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>

namespace hb {

/// An index into one table of the configuration. Ids of different tables do not mix.
template <class Tag>
struct Id {
    std::uint16_t value = 0xffff;
    constexpr std::size_t index() const { return value; }
    constexpr bool exists() const { return value != 0xffff; }
    auto operator<=>(const Id&) const = default;
};
template <class T>
constexpr T id_of(std::size_t index) {
    return T{static_cast<std::uint16_t>(index)};
}

using NodeId = Id<struct NodeTag>;          ///< into Config::nodes
using MediumId = Id<struct MediumTag>;      ///< into Config::media
using GroupId = Id<struct GroupTag>;        ///< into Config::groups
using ResourceId = Id<struct ResourceTag>;  ///< into Config::resources

/// Names one request from the engine to the supervisor until it is answered. 0: the supervisor's own act.
using OperationId = std::uint32_t;
using Generation = std::uint32_t;
using Sequence = std::uint32_t;

}  // namespace hb
