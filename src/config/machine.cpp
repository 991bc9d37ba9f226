#include "config/machine.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "config/file.hpp"
#include "config/monitoring.hpp"
#include "config/report.hpp"
#include "config/value.hpp"
#include "hb/base/text.hpp"
#include "hb/config/load.hpp"

namespace hb::config {
namespace {

bool exists(const std::string& interface) { return ::if_nametoindex(interface.c_str()) != 0; }

std::string interfaces_of_this_host() {
    const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> all(::if_nameindex(),
                                                                                  &::if_freenameindex);
    std::string names;
    if (all)
        for (const struct if_nameindex* i = all.get(); i->if_index != 0 && names.size() < 60; ++i)
            append(names, concat(names.empty() ? "" : ", ", i->if_name));
    return concat("this host has: ", names);
}

void check_interface(const std::string& name, const Word& at, Report& report) {
    if (!exists(name))
        report.not_ready(at, concat("IP interface [", name, "] does not exist"), interfaces_of_this_host());
}

// Routes: /proc/net/route, one a line: interface, destination, gateway, flags, three numbers, mask;
// hexadecimal.

struct Route {
    std::uint32_t destination = 0, mask = 0;  ///< host order
};

std::optional<std::uint32_t> hex_address(std::string_view text) {
    std::uint32_t value = 0;  // as it lies in memory
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return ntohl(value);
}

/// nullopt: this host does not say.
std::optional<std::vector<Route>> routes() {
    const Result<File> file = read_file("/proc/net/route");
    if (!file) return std::nullopt;
    std::vector<Route> out;
    for (const Line& line : lex_authkeys(file->text)) {
        if (line.size() < 8) continue;
        const auto destination = hex_address(line[1].text), mask = hex_address(line[7].text);
        if (destination && mask) out.push_back({*destination, *mask});
    }
    return out;
}

enum class Reach { network, only_default, none };
Reach reach(const std::vector<Route>& all, Ipv4 address) {
    Reach best = Reach::none;
    for (const Route& route : all) {
        if ((address.value & route.mask) != route.destination) continue;
        if (route.mask != 0) return Reach::network;
        best = Reach::only_default;
    }
    return best;
}

void check_route(const AddressSpec& spec, const std::vector<Route>& all, const Word& at, Report& report) {
    if (!spec.interface.empty()) return;
    const std::string address = to_text(spec.address);
    const Reach found = reach(all, spec.address);
    if (found == Reach::none)
        report.warning(at, concat("no route leads to ", address, ": its interface is not known"),
                       concat("write ", address, "/BITS/INTERFACE"));
    else if (found == Reach::only_default && !spec.bits)
        report.warning(
            at, concat("only the default route leads to ", address, ": its mask and interface are not known"),
            concat("write ", address, "/BITS or ", address, "/BITS/INTERFACE"));
}

// Addresses that are here already.

std::map<Ipv4, std::string> addresses_of_this_host() {
    std::map<Ipv4, std::string> out;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return out;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, &::freeifaddrs);
    for (const ifaddrs* i = all.get(); i != nullptr; i = i->ifa_next) {
        if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET) continue;
        sockaddr_in address{};
        std::memcpy(&address, i->ifa_addr, sizeof address);
        out.emplace(Ipv4{ntohl(address.sin_addr.s_addr)}, i->ifa_name);
    }
    return out;
}

/// A running daemon holds service addresses: then they prove nothing.
bool is_daemon_running() {
    const Result<File> file = read_file("/run/heartbeat.pid");
    if (!file) return false;
    pid_t pid = 0;
    for (const Line& line : lex_authkeys(file->text))
        std::from_chars(line[0].text.data(), line[0].text.data() + line[0].text.size(), pid);
    return pid > 0 && pid != ::getpid() && (::kill(pid, 0) == 0 || errno == EPERM);
}

void check_addresses(const Detailed& detailed, Report& report) {
    const auto all_routes = routes();
    const auto here = is_daemon_running() ? std::map<Ipv4, std::string>{} : addresses_of_this_host();
    for (std::size_t i = 0; i < detailed.resources.size(); ++i) {
        const Resource& resource = detailed.parsed.config.resources[i];
        const Word& at = detailed.resources[i];
        if (resource.kind != Resource::Kind::address || resource.address.address == Ipv4{}) continue;
        if (!resource.address.interface.empty()) check_interface(resource.address.interface, at, report);
        if (all_routes) check_route(resource.address, *all_routes, at, report);
        if (const auto found = here.find(resource.address.address); found != here.end())
            report.warning(
                at, concat(to_text(found->first), " is already an address of this host, on ", found->second),
                "a service address belongs to no host: it is added and removed by heartbeat alone");
    }
}

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

bool is_file(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

void check_script(const std::string& name, const Word& at, const ScriptPlaces& places, Report& report) {
    for (const std::string& path : {concat(places.directory, "/resource.d/", name), concat("/etc/init.d/", name)}) {
        if (!is_file(path)) continue;
        if (::access(path.c_str(), X_OK) == 0) return;
        report.error(at,
                     concat("Cannot locate resource script ", shown(name), ": ", path, " is not executable"),
                     concat("chmod 755 ", path));
        return;
    }
    if (is_unit(name, places.units)) return;
    constexpr std::string_view built_in[] = {"IPaddr", "IPaddr2"};
    const std::string_view like = name.find('6') == std::string::npos ? nearest(name, built_in) : std::string_view{};
    report.error(at, concat("Cannot locate resource script ", shown(name)),
                 !like.empty() ? concat("did you mean `", like, "`?") : concat("searched: ", places.directory, "/resource.d, /etc/init.d, and ", name,
                        ".service in the directories of systemd units"));
}

void check_scripts(const Detailed& detailed, const ScriptPlaces& places, Report& report) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < detailed.resources.size(); ++i) {
        const Resource& resource = detailed.parsed.config.resources[i];
        const bool is_name = !resource.script.empty() && resource.script.find('/') == std::string::npos;
        if (resource.kind == Resource::Kind::script && is_name && seen.insert(resource.script).second)
            check_script(resource.script, detailed.resources[i], places, report);
    }
}

// Programs that cut a node off.

std::string find_program(const std::string& name) {
    if (name.starts_with('/')) return ::access(name.c_str(), X_OK) == 0 ? name : std::string{};
    for (const std::string_view directory : fence_directories)
        if (const std::string path = concat(directory, '/', name); ::access(path.c_str(), X_OK) == 0) return path;
    return {};
}

void check_fencing(const Detailed& detailed, Report& report) {
    const auto& devices = detailed.parsed.config.fences;
    for (std::size_t i = 0; i < devices.size() && i < detailed.fences.size(); ++i) {
        const std::string program = devices[i].agent ? devices[i].program : "stonith";
        if (!find_program(program).empty()) continue;
        report.warning(detailed.fences[i],
                       concat("there is no program ", program, ": no node can be cut off with it, and what must not run twice "
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
        report.warning(detailed.watchdog, concat(device, " is not a device: it resets nothing"), "write /dev/watchdog");
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
        const bool has_script =
            is_file(concat(places.directory, "/resource.d/", name)) || is_file(concat("/etc/init.d/", name));
        if (!has_script && is_unit(name, places.units)) monitor_by_default(resources[i]);
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
            report.not_ready(wanted.name, concat("[", shown(wanted.name.text), "] has no address in /etc/hosts"),
                             "write its IPv4 address, or a line for it in /etc/hosts: the DNS is not asked, it could "
                             "keep heartbeat waiting");
        }
    }
    // A ping node that nobody can ask would count as one that is lost.
    std::erase_if(config.witnesses, [](const Witness& witness) { return witness.addresses.empty(); });
}

bool any_is_known(std::span<const std::string> names) {
    const auto hosts = hosts_of_this_machine();
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return hosts.contains(lower_case(name)); });
}

bool is_unit(std::string_view name, std::span<const std::string_view> units) {
    const std::string_view prefix = name.substr(0, name.find('@') + 1);  // empty without @
    return std::any_of(units.begin(), units.end(), [&](std::string_view directory) {
        return is_file(concat(directory, '/', name, ".service")) ||
               (!prefix.empty() && is_file(concat(directory, '/', prefix, ".service")));
    });
}

void check_machine(const Detailed& detailed, const Sources& sources, const ScriptPlaces& places,
                   std::vector<Problem>& out) {
    Report ha_cf("ha.cf", sources.ha_cf, out);
    for (std::size_t i = 0; i < detailed.media.size(); ++i)
        check_interface(detailed.parsed.config.media[i].interface, detailed.media[i], ha_cf);
    check_fencing(detailed, ha_cf);
    check_watchdog(detailed, ha_cf);
    check_log_file(detailed.parsed.config.logfile, detailed.logfile, ha_cf);
    check_log_file(detailed.parsed.config.debugfile, detailed.debugfile, ha_cf);
    Report haresources("haresources", sources.haresources, out);
    check_addresses(detailed, haresources);
    check_scripts(detailed, places, haresources);
}

}  // namespace hb::config
