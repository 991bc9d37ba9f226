#pragma once
#include <optional>
#include <string_view>

#include "hb/base/bytes.hpp"

namespace hb::wire {

constexpr std::string_view classic_begin = ">>>\n", classic_end = "<<<\n";

/// The field lines of a classic body, one after the other, without their newlines. The two marker lines and
/// empty lines are left out. Bounded by the span; a last line without a newline counts as a line.
class ClassicLines {
public:
    explicit ClassicLines(Bytes body);
    /// nullopt at the end.
    std::optional<std::string_view> next();

private:
    std::string_view rest_;
};

/// The value of a line "auth=VALUE"; nullopt for every other line.
std::optional<std::string_view> auth_of_line(std::string_view line);

}  // namespace hb::wire
