#include "supervisor/journal.hpp"

namespace hb::supervisor {

Level level_of(Say what) {
    switch (what) {
        case Say::engine_gave_up:
        case Say::group_blocked:
        case Say::watchdog_starves:
            return Level::critical;
        case Say::generation_unreadable:
        case Say::medium_failed:
        case Say::config_problem:
        case Say::config_refused:
        case Say::engine_died:
        case Say::engine_hung:
        case Say::lease_passed:
        case Say::leftover_unknown:
        case Say::writer_died:
        case Say::address_given_up:
        case Say::request_refused:
        case Say::holdings_unwritable:
        case Say::script_failed:
        case Say::script_timed_out:
        case Say::script_missing:
        case Say::script_killed:
        case Say::address_failed:
        case Say::arp_failed:
        case Say::fifo_unusable:
        case Say::fence_failed:
        case Say::script_status:
            return Level::error;
        case Say::medium_lost:
        case Say::carrier_lost:
        case Say::address_expired:
        case Say::config_warning:
        case Say::leftovers:
        case Say::address_restored:
        case Say::udp_failed:
        case Say::script_flood:
        case Say::stop_retried:
        case Say::watchdog_differs:
        case Say::generation_missing:
        case Say::fifo_refused:
        case Say::hook_failed:
        case Say::hook_timed_out:
        case Say::hook_lost:
            return Level::warning;
        case Say::output:
        case Say::banner:
        case Say::validated:
        case Say::version:
        case Say::generation:
        case Say::uuid_made:
        case Say::medium_started:
        case Say::medium_back:
        case Say::carrier_back:
        case Say::shutdown_begins:
        case Say::shutdown_complete:
        case Say::config_unchanged:
        case Say::config_reread:
        case Say::keys_reread:
        case Say::reload_waits:
        case Say::group_removed:
        case Say::engine_restarted:
        case Say::engine_for_stop:
        case Say::group_released:
        case Say::acquiring:
        case Say::releasing:
        case Say::running:
        case Say::address_ok:
        case Say::address_note:
        case Say::debug_level:
        case Say::fifo_made:
        case Say::fencing:
        case Say::watchdog_open:
        case Say::fenced:
        case Say::hook_running:
            return Level::info;
    }
    return Level::info;
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
