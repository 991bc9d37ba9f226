#include <algorithm>

#include "supervisor/addresses.hpp"

/// Those that are told of a takeover by name: a neighbour that drops gratuitous ARP would go on sending to the old owner.
namespace hb::supervisor {

/// The one of the default route over that interface with the lowest metric; 0: none.
Ipv4 Addresses::gateway(int ifindex) const {
    const Route* best = nullptr;
    for (const Route& route : routes_) {
        if (route.bits != 0 || route.gateway == Ipv4{} || route.ifindex != ifindex) continue;
        if (best == nullptr || route.metric < best->metric) best = &route;
    }
    return best == nullptr ? Ipv4{} : best->gateway;
}

// After all of an add() are announced, so that none of them waits for it.
void Addresses::tell_neighbours() {
    const auto added = std::exchange(added_, {});
    if (added.empty()) return;
    if (const auto read = read_routes(); !read) sink_(Level::error, to_text(read.error()));
    std::map<int, Ipv4> gateways;
    for (const Announcer::Claim& claim : added)
        if (!gateways.contains(claim.ifindex)) gateways[claim.ifindex] = gateway(claim.ifindex);
    std::vector<Announcer::Question> questions;
    questions.reserve(added.size() * (1 + config_->neighbours.size()));
    const auto ask = [&](const Announcer::Claim& claim, Ipv4 target) {
        if (target != Ipv4{} && target != claim.address) questions.push_back({claim, target});
    };
    for (const Announcer::Claim& claim : added) ask(claim, gateways[claim.ifindex]);
    for (const Ipv4 neighbour : config_->neighbours)
        for (const Announcer::Claim& claim : added)
            if (gateways[claim.ifindex] != neighbour && is_on_link(claim.ifindex, neighbour)) ask(claim, neighbour);
    announcer_.ask(questions);
}

/// Whether a route over that interface leads to it without a gateway.
bool Addresses::is_on_link(int ifindex, Ipv4 address) const {
    return std::any_of(routes_.begin(), routes_.end(), [&](const Route& route) {
        return route.ifindex == ifindex && route.gateway == Ipv4{} && leads_to(route, address);
    });
}

}  // namespace hb::supervisor
