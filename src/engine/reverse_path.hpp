#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "hb/base/fd.hpp"

namespace hb::engine {

/// What /proc/net/netstat says of IPReversePathFilter: datagrams that rp_filter dropped in this network namespace. nullopt:
/// the kernel does not say.
std::optional<std::uint64_t> reverse_path_drops(std::string_view netstat);

/// The same counter over time. `counters`: that file, opened before the sandbox is entered.
class ReversePath {
public:
    explicit ReversePath(Fd counters) : fd_(std::move(counters)) {}
    /// How many more since the last call; `room` is for the text. 0 at the first call, and if nothing is known.
    std::uint64_t more(std::span<std::byte> room);

private:
    Fd fd_;
    std::optional<std::uint64_t> last_;
};

}  // namespace hb::engine
