#pragma once
#include <functional>
#include <set>

#include "hb/config/place.hpp"
#include "hb/net/mirror.hpp"
#include "hb/net/netlink.hpp"

namespace hb::config {

/// The network of a host, as load() judges the configuration by it.
struct HostNetwork {
    net::Mirror mirror;
    AskRoute ask;
    /// Those of the addresses that are the gateway of a route.
    std::function<std::set<Ipv4>(const std::set<Ipv4>&)> gateways;
    IsService is_service;
};

/// That of this host. `netlink` is opened, and must live as long.
Result<HostNetwork> network_of_this_host(net::Netlink& netlink);

}  // namespace hb::config
