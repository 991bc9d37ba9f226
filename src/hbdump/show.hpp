#pragma once
#include <string>

#include "frame.hpp"

namespace hb::hbdump {

struct Counts {
    std::uint64_t frames = 0, heartbeats = 0, arp = 0, other = 0, violations = 0;
};

/// The line of a frame, without its newline; empty for what has none: frames of others, ordinary ARP.
/// `start_us`: time of the first frame.
std::string text_line(const Captured& captured, const Frame& frame, std::int64_t start_us);
/// "    7 violation: TEXT"
std::string text_violation(std::uint64_t number, const std::string& violation);
std::string text_summary(const Counts& counts);

/// The same as JSON objects (RFC 8259), one a line.
std::string json_line(const Captured& captured, const Frame& frame);
std::string json_summary(const Counts& counts);

}  // namespace hb::hbdump
