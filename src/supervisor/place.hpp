#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "hb/base/address.hpp"
#include "hb/base/result.hpp"
#include "hb/config/config.hpp"

namespace hb::supervisor {

/// One unicast route of the main table. bits 0: a default route.
struct Route {
    Ipv4 prefix;
    unsigned bits = 0;
    int ifindex = 0;
    std::uint32_t metric = 0;
    Ipv4 gateway{};  ///< 0: the prefix is on the link, or there are several hops
};

/// Where an address goes.
struct Place {
    int ifindex = 0;
    unsigned bits = 0;
    Ipv4 broadcast;  ///< 0: none (31 and 32 bits have none, RFC 3021)
};

/// Whether a packet to that address may take this route.
bool leads_to(const Route& route, Ipv4 address);

/// Whether the routes must be known to place this one.
bool needs_route(const config::AddressSpec& spec);

/// Pure. `ifindex` is that of spec.interface, 0 where none is written. What is not written comes from the
/// most specific route to the address with the lowest metric (over that interface); the bits never come from
/// a default route.
Result<Place> place(const config::AddressSpec& spec, int ifindex, std::span<const Route> routes);

}  // namespace hb::supervisor
