#pragma once
#include <optional>
#include <span>
#include <string>

namespace hb::heartbeat {

/// What the command line asks for, with 3.0.6's letters.
struct Options {
    enum class Verb { start, stop, reload, status, version, help, defaults, configuration };
    Verb verb = Verb::start;
    bool foreground = false;       ///< -f
    bool realtime = true;          ///< not -l
    bool manage_resources = true;  ///< not -M
    unsigned debug = 0;            ///< -d, may be repeated
};
/// nullopt: not understood. `arguments` without the program's name.
std::optional<Options> parse_options(std::span<const char* const> arguments);
std::string usage();

}  // namespace hb::heartbeat
