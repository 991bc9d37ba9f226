#include <algorithm>

#include "hb/kernel/addresses.hpp"
#include "hb/net/questions.hpp"
#include "kernel/events.hpp"

/// Who else is on the network: gateways, which must not lose their address to us, and those that are told of a takeover by
/// name, because they would go on sending to the old owner if they dropped gratuitous ARP.
namespace hb::kernel {

void Addresses::read_default_routes() {
    auto routes = default_routes(netlink_);
    if (routes)
        default_routes_ = std::move(*routes);
    else
        sink_(say::routes_unread, {to_text(routes.error())});
}

// All routes are read once for each address: a hundred thousand of them take a tenth of a second.
void Addresses::read_gateways() {
    std::set<Ipv4> wanted;
    for (const config::Resource& resource : config_->resources) {
        if (resource.kind != config::Resource::Kind::address) continue;
        if (asked_gateways_.insert(resource.address.address).second) wanted.insert(resource.address.address);
    }
    const auto found = gateways_among(netlink_, wanted);
    if (!found) return sink_(say::routes_unread, {to_text(found.error())});
    gateways_.insert(found->begin(), found->end());
}

std::string Addresses::why_forbidden(Ipv4 address, int ifindex) {
    if (gateways_.contains(address)) {  // or was one
        gateways_.erase(address);
        if (const auto now = gateways_among(netlink_, {address})) gateways_.insert(now->begin(), now->end());
    }
    std::set<Ipv4> gateways = gateways_;
    for (const Route& route : default_routes_) gateways.insert(route.gateway);
    return config::why_forbidden(address, ifindex, mirror_, service_test(), gateways);
}

/// The one of the default route over that interface with the lowest metric; 0: none.
Ipv4 Addresses::gateway(int ifindex) const {
    const Route* best = nullptr;
    for (const Route& route : default_routes_) {
        if (route.gateway == Ipv4{} || route.ifindex != ifindex) continue;
        if (best == nullptr || route.metric < best->metric) best = &route;
    }
    return best == nullptr ? Ipv4{} : best->gateway;
}

// After all of an add() are announced, so that none of them waits for it.
void Addresses::tell_neighbours() {
    const auto added = std::exchange(added_, {});
    if (added.empty()) return;
    std::map<int, Ipv4> gateways;
    for (const Announcer::Claim& claim : added)
        if (!gateways.contains(claim.ifindex)) gateways[claim.ifindex] = gateway(claim.ifindex);
    std::map<std::pair<int, Ipv4>, bool> on_link;
    for (const Ipv4 neighbour : config_->neighbours)
        for (const auto& [ifindex, first] : gateways)
            on_link[{ifindex, neighbour}] = first != neighbour && is_on_link(ifindex, neighbour);
    std::vector<Announcer::Question> questions;
    questions.reserve(added.size() * (1 + config_->neighbours.size()));
    const auto ask = [&](const Announcer::Claim& claim, Ipv4 target) {
        if (target != Ipv4{} && target != claim.address) questions.push_back({claim, target});
    };
    for (const Announcer::Claim& claim : added) ask(claim, gateways[claim.ifindex]);
    for (const Ipv4 neighbour : config_->neighbours)
        for (const Announcer::Claim& claim : added)
            if (on_link[{claim.ifindex, neighbour}]) ask(claim, neighbour);
    announcer_.ask(questions);
}

/// Whether a route over that interface leads to it without a gateway.
bool Addresses::is_on_link(int ifindex, Ipv4 address) {
    const auto route = route_to(netlink_, address, ifindex);
    return route && *route && (*route)->direct && (*route)->ifindex == ifindex;
}

}  // namespace hb::kernel
