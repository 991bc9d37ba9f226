#include "supervisor/journal.hpp"

#include <algorithm>
#include <span>

namespace hb::supervisor {
namespace {

// What stands in none of these is information.
constexpr Say critical[] = {
    Say::engine_gave_up, Say::group_blocked, Say::watchdog_starves,
};
constexpr Say errors[] = {
    Say::generation_unreadable, Say::medium_failed, Say::config_problem, Say::config_refused,
    Say::engine_died, Say::lease_passed, Say::leftover_unknown, Say::writer_died,
    Say::address_given_up, Say::request_refused, Say::holdings_unwritable, Say::script_failed,
    Say::script_timed_out, Say::script_missing, Say::script_killed, Say::address_failed, Say::arp_failed,
    Say::fifo_unusable, Say::watchdog_missing, Say::fence_failed, Say::reload_given_up, Say::script_status,
};
constexpr Say warnings[] = {
    Say::name_waited_for, Say::medium_lost, Say::carrier_lost, Say::address_expired, Say::config_warning, Say::leftovers,
    Say::address_restored, Say::udp_failed, Say::script_flood, Say::stop_retried, Say::watchdog_differs,
    Say::generation_missing, Say::fifo_refused, Say::hook_failed, Say::hook_timed_out, Say::hook_lost,
    Say::script_unknown, Say::runs_unasked, Say::stop_confirmed, Say::keeper_died,
    Say::ping_failed, Say::engine_waits, Say::orphan, Say::leftover_scripts,
};

bool holds(std::span<const Say> list, Say what) {
    return std::find(list.begin(), list.end(), what) != list.end();
}

}  // namespace

Level level_of(Say what) {
    if (holds(critical, what)) return Level::critical;
    if (holds(errors, what)) return Level::error;
    return holds(warnings, what) ? Level::warning : Level::info;
}

std::string one_line(const config::Problem& problem) {
    std::string text = problem.file;
    if (problem.line > 0) text += ":" + std::to_string(problem.line);
    if (problem.column > 0) text += ":" + std::to_string(problem.column);
    text += ": " + problem.text;
    if (!problem.advice.empty()) text += " (" + problem.advice + ")";
    return text;
}

void Journal::say(Say what, std::string_view program, std::string_view text) {
    say(what, level_of(what), program, text);
}

void Journal::say(Say what, Level level, std::string_view program, std::string_view text) {
    LogRecord record;
    record.id = static_cast<std::uint16_t>(what);
    record.level = level;
    record.program = program;
    record.text = text;
    client_.log(record);
}

}  // namespace hb::supervisor
