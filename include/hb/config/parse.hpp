#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hb/config/config.hpp"

namespace hb::config {

/// One thing that is wrong, or that will not do what is written.
struct Problem {
    enum class Level { error, warning };
    Level level = Level::error;
    std::string file;     ///< "ha.cf"
    unsigned line = 0;    ///< from 1; 0: the file as a whole
    unsigned column = 0;  ///< from 1, in octets; 0: the line as a whole
    std::string text;     ///< what is wrong, one sentence
    std::string source;   ///< the line itself; empty for authkeys, which is never shown
    std::string advice;   ///< what to write instead; may be empty
    bool may_pass =
        false;  ///< an error of the host, not of a file: it may end by itself, as an interface that comes later
};

/// "ha.cf:14:9: error: TEXT", the line, a caret under the column, the advice; each ended by a newline.
std::string to_text(const Problem& problem);

/// The texts of the three files and what is known of this machine. No file is opened here.
struct Sources {
    std::string ha_cf, authkeys, haresources;
    std::string node_name;              ///< `uname -n`, or the first line of nodeinfo
    bool node_name_is_written = false;  ///< it is that of nodeinfo
};

struct Parsed {
    Config config;                  ///< meaningful if no Problem is an error
    std::vector<Problem> problems;  ///< all of them, in file and line order
    bool ok() const;
};

/// Text to Config, or every error at once. Pure: the same sources give the same answer.
Parsed parse(const Sources& sources);

}  // namespace hb::config
