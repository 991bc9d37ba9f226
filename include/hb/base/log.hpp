#pragma once
#include <cstdint>

#include "hb/base/fixed.hpp"
#include "hb/base/limits.hpp"

namespace hb {

/// 3.0.6's levels, in its words: "EMERG" "ALERT" "CRIT" "ERROR" "WARN" "notice" "info" "debug". The order is syslog's (RFC 5424, 6.2.1).
enum class Level : std::uint8_t { emergency, alert, critical, error, warning, notice, info, debug };

constexpr std::size_t program_text = 40;  ///< octets of a program's name

/// One line on its way to the writer. `id` is the stable number of the event (heartbeat-log(7)); 0: output of a script.
struct LogRecord {
    std::uint16_t id = 0;
    Level level = Level::info;
    FixedString<program_text> program;                ///< "heartbeat", "IPaddr(default)", "ResourceManager(default)"
    FixedString<limits::log_text> text;
};

}  // namespace hb
