#include "hb/net/questions.hpp"

#include <linux/rtnetlink.h>

#include <cerrno>

#include "hb/net/rtmessage.hpp"

namespace hb::net {
namespace {

constexpr std::size_t request_size = 256;

}  // namespace

Result<Done> read_all(Netlink& netlink, Mirror& into) {
    alignas(8) std::byte request[request_size];
    std::vector<Interface> interfaces;
    auto read = netlink.dump(
        encode_link_dump(request), [&] { interfaces.clear(); },
        [&](const nlmsghdr& message) {
            if (auto interface = decode_link(message)) interfaces.push_back(std::move(*interface));
        });
    if (!read) return read;
    std::vector<KernelAddress> addresses;
    read = netlink.dump(
        encode_address_dump(request), [&] { addresses.clear(); },
        [&](const nlmsghdr& message) {
            if (const auto address = decode_address(message)) addresses.push_back(*address);
        });
    if (!read) return read;
    into.clear();
    for (const Interface& interface : interfaces) into.put(interface);
    for (const KernelAddress& address : addresses) into.put(address);
    return Done{};
}

Result<std::optional<Route>> route_to(Netlink& netlink, Ipv4 address, int ifindex) {
    alignas(8) std::byte request[request_size];
    std::optional<Route> found;
    const auto asked = netlink.ask(encode_route_question(request, address, ifindex),
                                   [&found](const nlmsghdr& message) { found = decode_route(message); });
    const bool none = !asked && (asked.error().code == ENETUNREACH || asked.error().code == EHOSTUNREACH ||
                                 asked.error().code == EACCES || asked.error().code == EINVAL ||
                                 asked.error().code == ENETDOWN || asked.error().code == ENODEV);
    if (!asked && !none) return asked.error();
    return found;
}

Result<std::vector<Route>> default_routes(Netlink& netlink) {
    alignas(8) std::byte request[request_size];
    std::vector<Route> out;
    const auto read = netlink.dump_head(encode_route_dump(request), [&out](const nlmsghdr& message) {
        const auto route = decode_route(message);
        if (route && route->bits == 0 && route->table == RT_TABLE_MAIN) out.push_back(*route);
    });
    if (!read && read.error().code != ENOENT) return read.error();  // ENOENT: no route was ever in that table
    return out;
}

Result<std::set<Ipv4>> gateways_among(Netlink& netlink, const std::set<Ipv4>& addresses) {
    std::set<Ipv4> found;
    if (addresses.empty()) return found;
    alignas(8) std::byte request[request_size];
    // Once: a table that changes all the time is never read in one piece.
    const auto read = netlink.dump(
        encode_gateway_dump(request), [] {},
        [&](const nlmsghdr& message) {
            for_each_gateway(message, [&](Ipv4 gateway) {
                if (addresses.contains(gateway)) found.insert(gateway);
            });
        },
        1);
    if (!read && read.error().code != ENOENT) return read.error();
    return found;
}

}  // namespace hb::net
