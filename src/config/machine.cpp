#include "config/machine.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "config/file.hpp"
#include "config/monitoring.hpp"
#include "config/report.hpp"
#include "config/value.hpp"
#include "hb/base/text.hpp"
#include "hb/config/load.hpp"
#include "hb/config/unit.hpp"

namespace hb::config {
namespace {

// Names of ping nodes.

std::map<std::string, Ipv4, std::less<>> hosts_of_this_machine() {
    std::map<std::string, Ipv4, std::less<>> out;
    const Result<File> file = read_file("/etc/hosts");
    if (!file) return out;
    for (const Line& line : lex_ha_cf(file->text)) {
        const auto address = parse_ipv4(line[0].text);
        if (!address) continue;
        for (std::size_t i = 1; i < line.size(); ++i) out.emplace(lower_case(line[i].text), *address);
    }
    return out;
}

// Scripts and units.

bool is_link(const std::string& path) {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0 && S_ISLNK(about.st_mode);
}

/// In the order in which they are looked for.
std::array<std::string, 2> script_paths(const std::string& name, const ScriptPlaces& places) {
    return {concat(places.directory, "/resource.d/", name), concat("/etc/init.d/", name)};
}

/// Else a unit of this name serves.
bool has_script(const std::string& name, const ScriptPlaces& places) {
    const auto paths = script_paths(name, places);
    return std::any_of(paths.begin(), paths.end(), is_file);
}

/// Whoever else starts it starts it on every node.
void check_start(const std::string& name, const Word& at, const ScriptPlaces& places, Report& report) {
    if (!has_script(name, places) && is_oneshot(name, places.units))
        report.warning(
            at,
            concat(
                name,
                ".service is of Type=oneshot: systemd calls it inactive as soon as it has run, so whether it "
                "works is not known"),
            "give it RemainAfterExit=yes if its ExecStop undoes what it did");
    if (const std::string link = enabled_by(name); !link.empty())
        report.warning(
            at, concat(shown(name), " is started at boot as well, by ", link, ": it may run on two nodes"),
            link.ends_with(".service") ? concat("systemctl disable ", name)
                                       : concat("update-rc.d ", name, " disable"));
}

void check_script(const std::string& name, const Word& at, const ScriptPlaces& places, Report& report) {
    for (const std::string& path : script_paths(name, places)) {
        if (!is_file(path) && is_link(path))  // the rest of it may be on a file system that is mounted before
            return report.warning(
                at, concat(path, " is a link to nothing at the moment: it is looked for when it is needed"),
                "if it leads to no replicated disk, mend it");
        if (!is_file(path)) continue;
        if (::access(path.c_str(), X_OK) == 0) return;
        report.error(at,
                     concat("Cannot locate resource script ", shown(name), ": ", path, " is not executable"),
                     concat("chmod 755 ", path));
        return;
    }
    if (is_unit(name, places.units)) return;
    constexpr std::string_view built_in[] = {"IPaddr", "IPaddr2"};
    const std::string_view like =
        name.find('6') == std::string::npos ? nearest(name, built_in) : std::string_view{};
    report.error(at, concat("Cannot locate resource script ", shown(name)),
                 !like.empty() ? concat("did you mean `", like, "`?")
                               : concat("searched: ", places.directory, "/resource.d, /etc/init.d, and ",
                                        name, ".service in the directories of systemd units"));
}

void check_scripts(const Detailed& detailed, const ScriptPlaces& places, Report& report) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < detailed.resources.size(); ++i) {
        const Resource& resource = detailed.parsed.config.resources[i];
        const bool is_name = !resource.script.empty() && resource.script.find('/') == std::string::npos;
        if (resource.kind != Resource::Kind::script || !is_name || !seen.insert(resource.script).second)
            continue;
        check_script(resource.script, detailed.resources[i], places, report);
        check_start(resource.script, detailed.resources[i], places, report);
    }
}

// Programs that cut a node off.

std::string find_program(const std::string& name) {
    if (name.starts_with('/')) return ::access(name.c_str(), X_OK) == 0 ? name : std::string{};
    for (const std::string_view directory : fence_directories)
        if (const std::string path = concat(directory, '/', name); ::access(path.c_str(), X_OK) == 0)
            return path;
    return {};
}

void check_fencing(const Detailed& detailed, Report& report) {
    const auto& devices = detailed.parsed.config.fences;
    for (std::size_t i = 0; i < devices.size() && i < detailed.fences.size(); ++i) {
        const std::string program = devices[i].agent ? devices[i].program : "stonith";
        if (!find_program(program).empty()) continue;
        report.warning(
            detailed.fences[i],
            concat("there is no program ", program,
                   ": no node can be cut off with it, and what must not run twice "
                   "is not taken over from a node that falls silent"),
            devices[i].agent ? "install the fence agent (fence-agents)" : "apt-get install cluster-glue");
    }
}

void check_watchdog(const Detailed& detailed, Report& report) {
    const std::string& device = detailed.parsed.config.watchdog;
    struct stat about {};
    if (device.empty()) return;
    if (::stat(device.c_str(), &about) != 0)
        report.not_ready(detailed.watchdog, concat("watchdog ", device, " does not exist"),
                         "load the driver of the hardware, or `modprobe softdog`; or remove the line");
    else if (!S_ISCHR(about.st_mode))
        report.warning(detailed.watchdog, concat(device, " is not a device: it resets nothing"),
                       "write /dev/watchdog");
}

// Log files.

void check_log_file(const std::string& path, const Word& at, Report& report) {
    if (path.empty()) return;
    struct stat about {};
    if (::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode))
        return report.warning(at, concat(path, " is a directory: nothing can be logged there"),
                              "write the name of a file");
    const std::string parent = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
    if (::stat(parent.c_str(), &about) != 0)
        report.warning(at, concat("there is no directory ", parent, ": nothing can be logged there"),
                       concat("mkdir -p ", parent));
}

}  // namespace

void monitor_units(Detailed& detailed, const ScriptPlaces& places) {
    auto& resources = detailed.parsed.config.resources;
    for (std::size_t i = 0; i < resources.size() && i < detailed.monitored.size(); ++i) {
        const std::string& name = resources[i].script;
        const bool is_name = !name.empty() && name.find('/') == std::string::npos;
        if (resources[i].kind != Resource::Kind::script || detailed.monitored[i] || !is_name) continue;
        if (!has_script(name, places) && is_unit(name, places.units) && !is_oneshot(name, places.units))
            monitor_by_default(resources[i]);
    }
}

void look_up_pings(Detailed& detailed, const Sources& sources, std::vector<Problem>& out) {
    Report report("ha.cf", sources.ha_cf, out);
    if (detailed.ping_names.empty()) return;
    Config& config = detailed.parsed.config;
    const auto hosts = hosts_of_this_machine();
    for (const PingName& wanted : detailed.ping_names) {
        const auto found = hosts.find(lower_case(wanted.name.text));
        if (found != hosts.end())
            config.witnesses[wanted.witness].addresses.push_back(found->second);
        else {
            config.unknown_hosts.emplace_back(wanted.name.text);
            report.not_ready(
                wanted.name, concat("[", shown(wanted.name.text), "] has no address in /etc/hosts"),
                "write its IPv4 address, or a line for it in /etc/hosts: the DNS is not asked, it could "
                "keep heartbeat waiting");
        }
    }
    // A ping node that nobody can ask would count as one that is lost.
    std::erase_if(config.witnesses, [](const Witness& witness) { return witness.addresses.empty(); });
}

bool any_is_known(std::span<const std::string> names) {
    const auto hosts = hosts_of_this_machine();
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return hosts.contains(lower_case(name)); });
}

void check_machine(const Detailed& detailed, const Sources& sources, const ScriptPlaces& places,
                   std::vector<Problem>& out) {
    Report ha_cf("ha.cf", sources.ha_cf, out);
    check_fencing(detailed, ha_cf);
    check_watchdog(detailed, ha_cf);
    check_log_file(detailed.parsed.config.logfile, detailed.logfile, ha_cf);
    check_log_file(detailed.parsed.config.debugfile, detailed.debugfile, ha_cf);
    Report haresources("haresources", sources.haresources, out);
    check_scripts(detailed, places, haresources);
}

}  // namespace hb::config
