#pragma once
#include <string>
#include <string_view>

#include "hb/config/parse.hpp"
#include "supervisor/events.hpp"

namespace hb::supervisor {

struct Settings {
    std::string config_directory = HB_SYSCONFDIR "/ha.d";
    std::string state_directory = HB_LOCALSTATEDIR "/lib/heartbeat";
    std::string run_directory = "/run/heartbeat";
    std::string pid_file = "/run/heartbeat.pid";
    bool foreground = false;
    bool realtime = true;  ///< false: -l
    int ready_fd =
        -1;  ///< one octet is written to it: 0 when everything runs, else an exit code; then it is closed
};

/// Exit codes of 3.0.6.
namespace exit_code {
constexpr int ok = 0, failed = 1, usage = 2, no_permission = 4, configuration = 6;
}

/// The daemon: starts writer and engine, serves the engine, and releases what the engine no longer may hold.
/// `parsed` has no errors. Returns the exit code.
int run_supervisor(config::Parsed parsed, const Settings& settings);

/// While this node may hold its service addresses it is no news that they are addresses of this host.
void drop_expected_warnings(config::Parsed& parsed);

/// Writes all problems of a configuration that cannot be used now to the log that it names, as far as it can be read, and
/// below them what follows.
void log_problems(const config::Parsed& parsed, const log::Kind& what_follows);

}  // namespace hb::supervisor
