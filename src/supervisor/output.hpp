#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "hb/base/time.hpp"

namespace hb::supervisor {

/// What a script prints, cut into lines for the log: control characters become '?', long lines are cut, and
/// of more than 100 lines in a second the rest is counted and dropped.
class OutputLines {
public:
    using Line = std::function<void(std::string_view)>;
    static constexpr std::size_t longest_line = 300;
    static constexpr unsigned lines_a_second = 100;

    void feed(std::string_view octets, Instant now, const Line& line);
    /// The last line, where no newline ends it.
    void end(Instant now, const Line& line);
    /// Lines dropped since the last call.
    std::size_t take_dropped();

private:
    void emit(Instant now, const Line& line);
    std::string partial_;
    bool any_ = false;  ///< an octet of the present line was seen
    Instant second_{};
    unsigned in_second_ = 0;
    std::size_t dropped_ = 0;
};

/// Where a script was found: what its `status` means depends on it.
enum class ScriptPlace { resource_d, init_d, unit, nowhere };
/// Whether `status` says that it runs. In 3.0.6 the output alone decides: "not running" (N and R in either
/// case), else "running" (R in either case) or "OK". Where it holds none of these, init.d scripts and units
/// go by their exit code (LSB: 0 runs, 3 not); of a unit only the exit code counts.
bool says_running(ScriptPlace place, std::string_view output, int exit_code);

}  // namespace hb::supervisor
