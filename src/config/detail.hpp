#pragma once
#include <optional>
#include <string>
#include <vector>

#include "config/ha_cf.hpp"
#include "config/lexer.hpp"
#include "hb/config/parse.hpp"

namespace hb::config {

/// A parse with the places of what load() looks at again on the machine. Words borrow from the Sources.
struct Detailed {
    Parsed parsed;
    std::vector<Word> media;      ///< in step with Config::media
    std::vector<Word> resources;  ///< in step with Config::resources
    std::vector<Policy> policies;
    std::vector<Word> fences;          ///< in step with Config::fences
    std::optional<unsigned> lifetime;  ///< as in HaCf
    std::vector<MonitorLine> monitors;
    std::vector<bool> monitored;  ///< in step with Config::resources: some line names it
    Word watchdog;
    std::vector<PingName> ping_names;
    Word logfile, debugfile;  ///< no place: not given
};

/// Files that could not be read have their error already; their texts are not judged.
struct Readable {
    bool ha_cf = true, authkeys = true, haresources = true;
};
Detailed parse_detailed(const Sources& sources, const std::string& directory, Readable readable);

/// A file's name in 3.0.6's messages: "/etc/ha.d//ha.cf"; with one slash in any other directory.
std::string path_in_messages(const std::string& directory, std::string_view file);

}  // namespace hb::config
