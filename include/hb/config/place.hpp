#pragma once
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "hb/base/result.hpp"
#include "hb/config/config.hpp"
#include "hb/net/mirror.hpp"

/// Where a service address goes, and where it must not be. Pure: the daemon and `hbctl check` decide alike.
namespace hb::config {

/// Where an address goes.
struct Place {
    int ifindex = 0;
    unsigned bits = 0;
    Ipv4 broadcast;  ///< 0: none (31 and 32 bits have none, RFC 3021)
};

/// Whether an address of the kernel is a service address, and so tells nothing about the networks of this host.
using IsService = std::function<bool(const net::KernelAddress&)>;
/// net::route_to().
using AskRoute = std::function<Result<std::optional<net::Route>>(Ipv4 address, int ifindex)>;

/// Whether something must be found out to place this one.
bool needs_route(const AddressSpec& spec);

/// What is not written comes from the route to the address (over the written interface), if its network is on the
/// link of an interface that speaks ARP; else from a connected network. A route through a gateway or into a tunnel
/// says nothing about where the address belongs. Of a default route only the interface is taken, and only if the
/// bits are written.
Result<Place> place(const AddressSpec& spec, const net::Mirror& mirror, const IsService& is_service,
                    const AskRoute& ask);

/// Why the address must not be served on that interface: it is the gateway of a route of this host (one of
/// `gateways`), or the address by which this host itself is reached there. Empty: it may be.
std::string why_forbidden(Ipv4 address, int ifindex, const net::Mirror& mirror, const IsService& is_service,
                          const std::set<Ipv4>& gateways);

}  // namespace hb::config
