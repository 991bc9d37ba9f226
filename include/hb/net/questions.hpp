#pragma once
#include <optional>
#include <set>
#include <vector>

#include "hb/net/mirror.hpp"
#include "hb/net/netlink.hpp"

/// What the daemon and `hbctl check` ask the kernel about its network. None takes longer than 2 s.
namespace hb::net {

/// All links and IPv4 addresses.
Result<Done> read_all(Netlink& netlink, Mirror& into);

/// The route that a packet to `address` takes (over that interface, if it is not 0). nullopt: none, or the address is
/// one of this host.
Result<std::optional<Route>> route_to(Netlink& netlink, Ipv4 address, int ifindex);

/// The default routes of the main table. They come first in it, so that a large table costs nothing.
Result<std::vector<Route>> default_routes(Netlink& netlink);

/// Those of `addresses` that are the gateway of a route of this host, in any table. Reads all routes.
Result<std::set<Ipv4>> gateways_among(Netlink& netlink, const std::set<Ipv4>& addresses);

}  // namespace hb::net
