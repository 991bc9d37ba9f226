#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/lexer.hpp"
#include "config/report.hpp"
#include "hb/config/config.hpp"

namespace hb::config {

/// What ha.cf says of one group, known by its first resource.
struct Policy {
    Word key;
    bool exclusive = false;
};

/// `stonith`, `stonith_host` and `fence`, until all nodes are known.
struct FenceLine {
    enum class Host {
        none,
        attached,
        victim
    };  ///< what `host` means: where the device is, or whom it cuts off
    Word directive, host;
    Host meaning = Host::none;
    FenceDevice device;
};

/// `monitor`, until the resources are known.
struct MonitorLine {
    Word what;
    Duration interval{}, limit{};  ///< interval 0: off
};

/// A host of a ping or ping_group line that is no address: load() looks it up.
struct PingName {
    Word name;
    std::size_t witness = 0;  ///< index in Config::witnesses
};

/// What is known while ha.cf is read, for the rules that need the whole file.
struct HaCf {
    Config& config;
    Report& report;
    std::string path;  ///< "/etc/ha.d//ha.cf", as 3.0.6 names it
    std::map<std::string, Word, std::less<>>
        given{};  ///< single-valued directive: its value, the last one given
    std::vector<std::pair<std::string, std::string>> env{};  ///< of `env NAME=VALUE`
    std::vector<Word> media{};                               ///< in step with Config::media
    std::vector<Word> nodes{};                               ///< in step with Config::nodes
    std::vector<Policy> policies{};                          ///< of at_most_one and at_least_one
    std::vector<FenceLine> fences{};
    std::vector<Word> fence_places{};  ///< in step with Config::fences
    std::optional<unsigned>
        lifetime{};  ///< of addresses, in seconds; 0: for ever; nullopt: as the deadtime says
    std::vector<MonitorLine> monitors{};
    std::vector<Word> witnesses{};  ///< names, in step with Config::witnesses
    std::vector<PingName> ping_names{};
    std::string_view other_medium{};  ///< interface of a medium that is not built
    bool has_bad_time = false,
         has_bad_medium = false;  ///< said already; rules of the whole file would only repeat it

    /// Where `directive` got its value; a Word without place if it was not given.
    Word place(std::string_view directive) const {
        const auto found = given.find(directive);
        return found == given.end() ? Word{} : found->second;
    }
    std::size_t names_wanted(std::size_t witness) const;
    bool has(std::string_view directive) const { return given.find(directive) != given.end(); }
};

// ha_cf.cpp: for directives that have files of their own
bool has_no_value(HaCf& file, const Line& line);
/// The one value of a directive that has just one; nullptr, and an error, if there is none or more.
const Word* only_value(HaCf& file, const Line& line);

// neighbour.cpp
void take_neighbour(HaCf& file, const Line& line);
// fencing.cpp
void take_stonith(HaCf& file, const Line& line);
void take_stonith_host(HaCf& file, const Line& line);
void take_fence(HaCf& file, const Line& line);
void check_fences(HaCf& file);
// monitoring.cpp
void take_monitor(HaCf& file, const Line& line);

/// Every word that a line may begin with; "udp" is an old one for "bcast".
std::span<const std::string_view> known_directives();

/// One line, by its first word.
void take_directive(HaCf& file, const Line& line);

// witness.cpp
void take_ping(HaCf& file, const Line& line);
void take_ping_group(HaCf& file, const Line& line);
void check_witnesses(HaCf& file);

/// Rules of the whole file; fills in the defaults that depend on other values.
void check_ha_cf(HaCf& file, const Sources& sources);

/// "HA_..." for scripts, from what was given and 3.0.6's defaults.
std::vector<std::string> make_environment(const HaCf& file, const std::string& node_name);

}  // namespace hb::config
