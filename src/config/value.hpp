#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "hb/base/time.hpp"

namespace hb::config {

/// A day. Instants of the shared page wrap after 49 days, so no duration may come near that.
constexpr Duration longest_time = std::chrono::hours{24};

/// What a plain number means: seconds, but milliseconds for max_rexmit_delay.
enum class PlainNumber { seconds, milliseconds };

struct Time {
    std::optional<Duration> value;  ///< 0 .. longest_time
    std::string_view fault;  ///< why there is none: "is not a time", "is negative", "is longer than a day"
};
/// Decimals allowed; suffix s, ms, us in either case.
Time parse_time(std::string_view text, PlainNumber plain);

/// true/on/yes/y/1 and false/off/no/n/0 in either case.
std::optional<bool> parse_boolean(std::string_view text);

/// Decimal digits and nothing else.
std::optional<unsigned> parse_number(std::string_view text, unsigned least, unsigned greatest);

/// The one of `known` that is most like `word`, or empty if none is (at most a third of it differs; a swap of
/// neighbours is one difference).
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// Up to a `/` or `%` an IPv6 address, or meant as one; not just any two words with `::` between them.
bool looks_like_ipv6(std::string_view word);

/// Without the quotes around it, plain ones or those of a word processor; `word` itself if there are none.
std::string_view unquoted(std::string_view word);

}  // namespace hb::config
