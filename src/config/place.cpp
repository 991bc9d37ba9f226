#include "hb/config/place.hpp"

namespace hb::config {
namespace {

/// The part of a Place that was not written.
struct Way {
    int ifindex = 0;
    unsigned bits = 0;
};

bool may_carry(const net::Mirror& mirror, int ifindex) {
    const net::Interface* interface = mirror.interface(ifindex);
    return interface != nullptr && interface->ethernet;
}

bool is_inside(Ipv4 address, Ipv4 network, unsigned bits) {
    return ((address.value ^ network.value) & mask_of(bits)) == 0;
}

/// The most specific connected network of the address; one that the address itself makes is the last choice.
std::optional<Way> connected(const AddressSpec& spec, int over, const net::Mirror& mirror,
                             const IsService& is_service) {
    const net::KernelAddress* best = nullptr;
    const auto rank = [&](const net::KernelAddress& address) {
        return address.key.bits + (address.key.address == spec.address ? 0 : 64);
    };
    for (const auto& [key, address] : mirror.addresses()) {
        const bool leads = key.bits > 0 && key.bits < 32 && is_inside(spec.address, address.peer, key.bits);
        if (!leads || (over != 0 && key.ifindex != over) || is_service(address)) continue;
        if (!may_carry(mirror, key.ifindex)) continue;
        if (best == nullptr || rank(address) > rank(*best)) best = &address;
    }
    if (best == nullptr) return std::nullopt;
    return Way{best->key.ifindex, best->key.bits};
}

std::string name_of(const net::Mirror& mirror, int ifindex) {
    const net::Interface* interface = mirror.interface(ifindex);
    return interface == nullptr ? "an interface that is gone" : interface->name;
}

Error no_way(const AddressSpec& spec, const net::Mirror& mirror, const std::optional<net::Route>& route) {
    const std::string address = to_text(spec.address);
    const std::string over = spec.interface.empty() ? "" : " over " + spec.interface;
    std::string what = "no route to " + address + over;
    if (route && route->bits == 0)
        what = "only a default route leads to " + address + over;
    else if (route && !route->direct)
        what = "only a route through a gateway leads to " + address + over;
    else if (route)
        what = "only a route into " + name_of(mirror, route->ifindex) + ", which does no ARP, leads to " +
               address;
    const std::string missing = spec.bits                ? "interface"
                                : spec.interface.empty() ? "bits and interface"
                                                         : "bits";
    return Error{what + ", so its " + missing + " must be written, as in " + address + "/24/" +
                     (spec.interface.empty() ? "eth0" : spec.interface),
                 0};
}

Result<Way> find_way(const AddressSpec& spec, int over, const net::Mirror& mirror,
                     const IsService& is_service, const AskRoute& ask) {
    const auto asked = ask(spec.address, over);
    if (!asked) return asked.error();
    const std::optional<net::Route>& route = *asked;
    const bool carries = route && may_carry(mirror, route->ifindex);
    if (carries && route->direct && route->bits != 0) return Way{route->ifindex, route->bits};
    if (const auto way = connected(spec, over, mirror, is_service)) return *way;
    if (carries && route->bits == 0 && spec.bits) return Way{route->ifindex, *spec.bits};
    return no_way(spec, mirror, route);
}

}  // namespace

bool needs_route(const AddressSpec& spec) { return !spec.bits || spec.interface.empty(); }

Result<Place> place(const AddressSpec& spec, const net::Mirror& mirror, const IsService& is_service,
                    const AskRoute& ask) {
    Place out{.ifindex = 0, .bits = spec.bits.value_or(0), .broadcast = {}};
    if (!spec.interface.empty()) {
        const net::Interface* written = mirror.interface(spec.interface);
        if (written == nullptr) return Error{"interface " + spec.interface + " does not exist", 0};
        if (!written->ethernet)
            return Error{"interface " + written->name + " does no ARP, so that nobody would find " +
                             to_text(spec.address) + " there",
                         0};
        out.ifindex = written->index;
    }
    if (needs_route(spec)) {
        const auto way = find_way(spec, out.ifindex, mirror, is_service, ask);
        if (!way) return way.error();
        out.ifindex = way->ifindex;
        if (!spec.bits) out.bits = way->bits;
    }
    if (spec.broadcast)
        out.broadcast = *spec.broadcast;
    else if (out.bits < 31)
        out.broadcast = broadcast_of(spec.address, out.bits);
    return out;
}

std::string why_forbidden(Ipv4 address, int ifindex, const net::Mirror& mirror, const IsService& is_service,
                          const std::set<Ipv4>& gateways) {
    if (gateways.contains(address)) return to_text(address) + " is the gateway of a route of this host";
    const net::KernelAddress* there = ifindex == 0 ? nullptr : mirror.find(address, ifindex);
    if (there == nullptr || there->secondary || is_service(*there)) return {};
    // One that lies in the network of another address of the interface was added to it; the host has that other one.
    for (const net::AddressKey& key : mirror.keys_on(ifindex)) {
        const net::KernelAddress& other = *mirror.find(key);
        if (key.address == address || is_service(other)) continue;
        if (key.bits < there->key.bits && is_inside(address, other.peer, key.bits)) return {};
    }
    return to_text(address) + " is the address of this host itself, on " + name_of(mirror, ifindex);
}

}  // namespace hb::config
