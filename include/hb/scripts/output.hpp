#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "hb/base/time.hpp"

namespace hb::scripts {

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

/// Where a script was found: what its `status` means depends on it. oneshot: a unit that systemd calls inactive as soon as it
/// has run.
enum class ScriptPlace { resource_d, init_d, unit, oneshot, nowhere };
enum class Answer { running, stopped, unknown };

/// What `status` says, by its exit code and its stdout alone.
/// Scripts: a code other than 0 is never running; 4 (LSB: unknown), 126, 127 (it could not be run) and a signal say nothing.
/// With code 0 the words decide, as in 3.0.6: "not running" (also NOT, not currently, isn't), else "running" (R in either
/// case) or the word OK; none of these: stopped. An init.d script may mean by code 0 alone that it runs (LSB): unknown.
/// Units: the state that `systemctl is-active` prints; one that changes, or no answer of systemd, is unknown.
Answer judge_status(ScriptPlace place, std::string_view output, int exit_code);
/// It names the actions that a script knows, and `status` is not among them: with a code other than 0 that is no answer.
bool shows_usage(std::string_view output);
/// Whether it need not be started.
inline bool says_running(ScriptPlace place, std::string_view output, int exit_code) {
    return judge_status(place, output, exit_code) == Answer::running;
}

}  // namespace hb::scripts
