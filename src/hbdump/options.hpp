#pragma once
#include <string>

#include "frame.hpp"
#include "hb/base/result.hpp"

namespace hb::hbdump {

struct Options {
    std::string file;       ///< -r; "-" is standard input
    std::string interface;  ///< -i
    std::string authkeys;   ///< -k; empty: signatures stay unchecked
    bool json = false;
    bool version = false, help = false;
    Rules rules;
};

extern const char* const usage;

/// Exactly one of file and interface is set, unless only the version or help is asked for.
Result<Options> parse_options(int argc, char** argv);

}  // namespace hb::hbdump
