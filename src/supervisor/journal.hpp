#pragma once
#include <string>
#include <string_view>

#include "hb/base/log.hpp"
#include "hb/config/parse.hpp"
#include "hb/writer/client.hpp"

namespace hb::supervisor {

/// What the supervisor says. Numbers are stable (heartbeat-log(7)) and never used again.
enum class Say : std::uint16_t {
    output = 0,  ///< a line of a script
    name_waited_for = 320,
    watchdog_missing = 321,
    host_known = 322,
    banner = 501,
    validated = 502,
    version = 503,
    generation = 504,
    generation_missing = 505,
    generation_unreadable = 506,
    uuid_made = 507,
    medium_started = 508,
    medium_failed = 509,
    medium_lost = 510,
    medium_back = 511,
    shutdown_begins = 512,
    shutdown_complete = 513,
    config_problem = 514,
    config_warning = 515,
    config_refused = 516,
    config_unchanged = 517,
    config_reread = 518,
    keys_reread = 519,
    group_removed = 521,
    engine_died = 522,
    engine_restarted = 523,
    engine_gave_up = 524,
    lease_passed = 526,
    group_released = 527,
    group_blocked = 528,
    leftovers = 529,
    leftover_unknown = 530,
    writer_died = 531,
    address_restored = 532,
    address_given_up = 533,
    request_refused = 534,
    udp_failed = 535,
    holdings_unwritable = 536,
    engine_for_stop = 537,
    engine_waits = 538,
    reload_given_up = 539,
    acquiring = 540,
    releasing = 541,
    running = 542,
    script_failed = 543,
    script_timed_out = 544,
    script_missing = 545,
    script_flood = 546,
    script_status = 547,
    script_killed = 548,
    address_ok = 549,
    address_failed = 550,
    address_note = 551,
    debug_level = 552,
    stop_retried = 553,
    arp_failed = 554,
    carrier_lost = 555,
    carrier_back = 556,
    address_expired = 557,
    fencing = 560,
    fenced = 561,
    fence_failed = 562,
    watchdog_open = 563,
    watchdog_differs = 564,
    watchdog_starves = 565,
    script_unknown = 310,
    runs_unasked = 311,
    stop_confirmed = 312,
    keeper_died = 313,
    fifo_made = 570,
    fifo_unusable = 571,
    fifo_refused = 572,
    hook_running = 573,
    hook_failed = 574,
    hook_timed_out = 575,
    hook_lost = 576,
    ping_started = 580,
    ping_failed = 581,
    orphan = 582,
    leftover_scripts = 583,
};
Level level_of(Say what);

/// "ha.cf:14:9: TEXT (ADVICE)", without caret: for the log.
std::string one_line(const config::Problem& problem);

/// Log lines on their way to the writer; never waits.
class Journal {
public:
    explicit Journal(int writer_fd) : client_(writer_fd) {}
    void say(Say what, std::string_view text) { say(what, "heartbeat", text); }
    void say(Say what, std::string_view program, std::string_view text);
    void say(Say what, Level level, std::string_view program, std::string_view text);
    /// From now on to another writer.
    void redirect(int writer_fd) { client_ = writer::Client(writer_fd); }
    void reserve(std::uint32_t generation) { client_.reserve(generation); }

private:
    writer::Client client_;
};

}  // namespace hb::supervisor
