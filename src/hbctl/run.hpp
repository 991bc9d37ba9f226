#pragma once
#include <span>
#include <string>
#include <string_view>

#include "hb/base/time.hpp"

namespace hb::hbctl {

/// What hbctl meets; tests name their own.
struct Surroundings {
    std::string socket = "/run/heartbeat/control";
    std::string directory = HB_SYSCONFDIR "/ha.d";
    std::string node = "this host";  ///< `uname -n`
    std::string hook{};              ///< HA_t: the message that the calling script of rc.d runs for
    std::string user = "root";       ///< who has logged in, for the log
    Duration patience = 2s;
};

/// Exit codes of hbctl(8).
namespace code {
constexpr int ok = 0, failed = 1, usage = 2, refused = 3, no_permission = 4, bad_configuration = 6,
              timeout = 12;
}

struct Outcome {
    int code = code::ok;
    std::string out, err;
};

using Words = std::span<const std::string_view>;

/// One call of the program named `program` (the last part of argv[0]): hbctl, cl_status, hb_standby,
/// hb_takeover, req_resource, mach_down. Everything but `watch`, which never ends.
Outcome run(std::string_view program, Words arguments, const Surroundings& surroundings);

/// Whether --help or -h is among them.
bool asks_for_help(Words arguments);

// The commands, one file each.
Outcome check(Words arguments, const Surroundings& surroundings);
Outcome cl_status(Words arguments, const Surroundings& surroundings);
/// hb_standby and hb_takeover as 3.0.6 has them.
Outcome legacy_move(std::string_view program, Words arguments, const Surroundings& surroundings);
/// Gets the group of that key here, unless it runs here; with the rest of its set, as the daemon moves sets.
Outcome req_resource(Words arguments, const Surroundings& surroundings);
/// Does nothing: the daemon takes over what a dead node held. A script that is left from 3.0.6 may call it.
Outcome mach_down(Words arguments);

/// "heartbeat is not running on NODE" and its like, with the exit code for it.
struct Reply;
Outcome fault(const Reply& reply, const Surroundings& surroundings);

}  // namespace hb::hbctl
