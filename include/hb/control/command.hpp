#pragma once
#include <optional>
#include <string_view>

#include "hb/config/config.hpp"
#include "hb/core/core.hpp"

/// What operators say over the control socket (/run/heartbeat/control, SOCK_STREAM): one line in, lines out, then end of file.
///   status\n            -> TAB-separated records, one a line (see format_status), the last is "end"
///   standby SET\n, takeover SET\n, unblock\n   -> "ok\tTEXT\n" or "refused\tTEXT\n"
///   fenced NODE WHO\n   -> the same: NODE is off, says WHO (the rest of the line)
///   parameter NAME\n   -> "ok\tVALUE\n", what scripts get as HA_NAME, or "refused\tTEXT\n"
namespace hb::control {

struct Command {
    enum class Verb { status, operate, parameter };
    Verb verb = Verb::status;
    core::OperatorAsked operation;  ///< of Verb::operate
    std::string_view name;          ///< of Verb::parameter; a part of the line
};
/// One line without its newline; nullopt: not a command.
std::optional<Command> parse_command(std::string_view line);

/// The value of a directive, given or by default, as scripts get it; nullopt: there is none of that name.
std::optional<std::string_view> parameter(const config::Config& config, std::string_view name);

/// Writes the whole status into `out`; returns its size, 0 if it does not fit. Records (fields by TAB, times in ms of age):
///   heartbeat  VERSION  SELF  GENERATION  UPTIME_MS  leaving|running  hold_ms(left, - if nothing is held)
///   node  NAME  self|peer  init|up|active|dead|left  SINCE_MS  HEARD_MS|-  DEADTIME_MS  ours|linux-ha  session|-  RTT_US|-
///   link  NODE  MEDIUM(eth0)  unknown|up|late|lost  HEARD_MS|-
///   ping  NAME  up|dead|unknown  SINCE_MS  HEARD_MS|-  ping|ping_group
///   group KEY  PREFERRED  STATE  HOLDER|-  EPOCH  SINCE_MS  CAUSE  LINE  at-most-one|at-least-one
///   monitor  KEY  WORD  FAILED_MS                  (of that group, the last time since the start)
///   counter  NAME  VALUE
///   end
struct Counter {
    std::string_view name;
    std::uint64_t value = 0;
};
std::size_t format_status(const config::Config& config, const core::Core& core, Instant started, Instant now,
                          std::span<const Counter> counters, std::span<char> out);

}  // namespace hb::control
