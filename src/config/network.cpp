#include "config/network.hpp"

#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <map>

#include "config/file.hpp"
#include "config/report.hpp"
#include "hb/base/text.hpp"
#include "hb/net/questions.hpp"
#include "hb/net/rtmessage.hpp"

namespace hb::config {
namespace {

std::string interfaces_of(const net::Mirror& mirror) {
    std::string names;
    for (const auto& [index, interface] : mirror.interfaces()) {
        if (names.size() >= 60) break;
        append(names, concat(names.empty() ? "" : ", ", interface.name));
    }
    return concat("this host has: ", names);
}

/// nullptr, and said, if there is none.
const net::Interface* find(const HostNetwork& host, const std::string& name, const Word& at, Report& report) {
    const net::Interface* interface = host.mirror.interface(name);
    if (interface == nullptr)
        report.not_ready(at, concat("IP interface [", name, "] does not exist"), interfaces_of(host.mirror));
    return interface;
}

std::string what_it_is(const net::Interface& interface) {
    return interface.loopback ? concat(interface.name, " is the loopback interface")
                              : concat(interface.name, " does no ARP");
}

void check_media(const Detailed& detailed, const HostNetwork& host, Report& report) {
    std::map<int, std::string> seen;
    for (std::size_t i = 0; i < detailed.media.size(); ++i) {
        const std::string& name = detailed.parsed.config.media[i].interface;
        const net::Interface* interface = find(host, name, detailed.media[i], report);
        if (interface == nullptr) continue;
        if (!interface->ethernet)
            report.not_ready(detailed.media[i],
                             concat(what_it_is(*interface), ": no peer hears a broadcast there"),
                             "name an Ethernet interface (a VLAN, bond or bridge is one, too)");
        const auto [earlier, is_new] = seen.emplace(interface->index, name);
        if (!is_new && earlier->second != name)
            report.error(detailed.media[i],
                         concat("[", name, "] is the interface ", earlier->second, " again"),
                         "remove one of the two names");
    }
}

void check_address(const Resource& resource, const Word& at, const HostNetwork& host,
                   const std::set<Ipv4>& gateways, Report& report) {
    const AddressSpec& spec = resource.address;
    if (!spec.interface.empty()) {
        const net::Interface* interface = find(host, spec.interface, at, report);
        if (interface == nullptr) return;
        if (!interface->ethernet)
            return report.not_ready(
                at, concat(what_it_is(*interface), ": nobody would find ", to_text(spec.address), " there"),
                "name the interface of the network of the clients");
    }
    const Result<Place> found = place(spec, host.mirror, host.is_service, host.ask);
    const int ifindex = found ? found->ifindex : 0;
    if (const auto why = why_forbidden(spec.address, ifindex, host.mirror, host.is_service, gateways);
        !why.empty())
        return report.not_ready(
            at, why, "a service address belongs to no host and to no router: choose one that is free");
    if (!found)
        report.warning(at, found.error().what, concat("write ", to_text(spec.address), "/BITS/INTERFACE"));
    for (const auto& [index, interface] : host.mirror.interfaces()) {
        const net::KernelAddress* there = host.mirror.find(spec.address, index);
        if (there != nullptr && !interface.loopback && !host.is_service(*there))
            report.warning(
                at, concat(to_text(spec.address), " is already an address of this host, on ", interface.name),
                "a service address belongs to no host: it is added and removed by heartbeat alone");
    }
}

void check_addresses(const Detailed& detailed, const HostNetwork& host, Report& report) {
    const auto& resources = detailed.parsed.config.resources;
    std::set<Ipv4> addresses;
    for (const Resource& resource : resources)
        if (resource.kind == Resource::Kind::address) addresses.insert(resource.address.address);
    const auto gateways = host.gateways(addresses);
    for (std::size_t i = 0; i < detailed.resources.size(); ++i)
        if (resources[i].kind == Resource::Kind::address && resources[i].address.address != Ipv4{})
            check_address(resources[i], detailed.resources[i], host, gateways, report);
}

/// A running daemon holds service addresses: where the kernel does not mark them they look like those of the host.
bool is_daemon_running() {
    const Result<File> file = read_file("/run/heartbeat.pid");
    if (!file) return false;
    pid_t pid = 0;
    for (const Line& line : lex_authkeys(file->text))
        std::from_chars(line[0].text.data(), line[0].text.data() + line[0].text.size(), pid);
    return pid > 0 && pid != ::getpid() && (::kill(pid, 0) == 0 || errno == EPERM);
}

bool kernel_keeps_marks() {
    utsname name{};
    return ::uname(&name) == 0 && net::keeps_marks(name.release);
}

}  // namespace

Result<HostNetwork> network_of_this_host(net::Netlink& netlink) {
    if (auto opened = netlink.open(); !opened) return opened.error();
    HostNetwork host;
    if (auto read = net::read_all(netlink, host.mirror); !read) return read.error();
    host.ask = [&netlink](Ipv4 address, int ifindex) { return net::route_to(netlink, address, ifindex); };
    host.gateways = [&netlink](const std::set<Ipv4>& addresses) {
        auto found = net::gateways_among(netlink, addresses);
        return found ? std::move(*found) : std::set<Ipv4>{};
    };
    const bool all_may_be = !kernel_keeps_marks() && is_daemon_running();
    host.is_service = [all_may_be](const net::KernelAddress& address) {
        return all_may_be || address.mark == net::our_mark;
    };
    return host;
}

void check_network(const Detailed& detailed, const Sources& sources, const HostNetwork& host,
                   std::vector<Problem>& out) {
    Report ha_cf("ha.cf", sources.ha_cf, out);
    check_media(detailed, host, ha_cf);
    Report haresources("haresources", sources.haresources, out);
    check_addresses(detailed, host, haresources);
}

}  // namespace hb::config
