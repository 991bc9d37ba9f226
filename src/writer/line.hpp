#pragma once
#include <cstdint>
#include <ctime>
#include <string_view>

#include "hb/base/fixed.hpp"
#include "hb/base/log.hpp"

namespace hb::writer {

using Line = FixedString<640>;  ///< text, program, node name and stamp of one record

/// 3.0.6's words.
std::string_view to_text(Level level);

/// One event as the formats need it.
struct Entry {
    Level level = Level::info;
    std::string_view program;  ///< "heartbeat"; a script or what stands for one: "IPaddr(default)"
    std::string_view text;
    std::int32_t pid = 0;
    std::tm local{};
};

/// A line of a log file, newline included, in one of 3.0.6's three forms:
///   Nov 22 08:49:04 NODE heartbeat: [21]: info: TEXT                   (syslogmsgfmt true)
///   heartbeat[21]: 2026/11/22_09:00:43 info: TEXT                      (syslogmsgfmt false)
///   2026/11/22_08:49:16<TAB> IPaddr(default)[146]:    INFO:  TEXT      (scripts, always)
/// A script that names a level itself ("ERROR: ...") keeps it. Control characters become blanks.
Line file_line(const Entry& entry, bool syslogmsgfmt, std::string_view node);

/// A datagram for /dev/log (RFC 3164 without the host name): <PRI>Nov 22 08:49:04 heartbeat: [21]: info: TEXT
Line syslog_line(const Entry& entry, int facility);

}  // namespace hb::writer
