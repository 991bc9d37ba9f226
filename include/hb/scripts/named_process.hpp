#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>

namespace hb::scripts {

/// A process that is not taken for a later one with the same number: its number and its start time.
struct NamedProcess {
    pid_t pid = 0;
    std::string started;  ///< field 22 of /proc/PID/stat (proc(5)), in clock ticks since boot

    static NamedProcess of(pid_t pid);
    /// "PID STARTED\n". A line of anything else has pid 0.
    static NamedProcess parse(std::string_view line);
    std::string to_text() const { return std::to_string(pid) + " " + started + "\n"; }
    /// It is still there, be it as a zombie.
    bool exists() const;
};

}  // namespace hb::scripts
