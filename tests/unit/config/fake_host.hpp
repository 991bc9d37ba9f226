#pragma once
#include <algorithm>
#include <vector>

#include "hb/config/host_network.hpp"

namespace hb::config::test {

/// A host with lo and eth0, which has 192.168.77.1/24. More can be added before network() is called.
class FakeHost {
public:
    FakeHost() {
        add_interface("lo", 1);
        add_interface("eth0", 2);
        add_address("192.168.77.1", 24, 2);
    }
    net::Interface& change(int index) {
        return *std::find_if(all_.begin(), all_.end(), [index](auto& i) { return i.index == index; });
    }
    void add_interface(const char* name, int index) {
        all_.push_back({.index = index,
                        .name = name,
                        .up = true,
                        .carrier = true,
                        .ethernet = index != 1,
                        .loopback = index == 1});
    }
    net::KernelAddress& add_address(const char* address, unsigned bits, int index, bool secondary = false) {
        net::KernelAddress& added = addresses_.emplace_back();
        added.key = {*parse_ipv4(address), index, bits};
        added.peer = added.key.address;
        added.secondary = secondary;
        return added;
    }
    void add_route(const char* prefix, unsigned bits, int index, const char* gateway = nullptr) {
        net::Route& route = routes_.emplace_back();
        route.prefix = *parse_ipv4(prefix);
        route.bits = bits;
        route.ifindex = index;
        route.direct = gateway == nullptr;
        if (gateway != nullptr) route.gateway = *parse_ipv4(gateway);
    }
    /// Borrows from this object.
    HostNetwork network() {
        HostNetwork host;
        for (const auto& interface : all_) host.mirror.put(interface);
        for (const auto& address : addresses_) host.mirror.put(address);
        host.ask = [this](Ipv4 address, int over) -> Result<std::optional<net::Route>> {
            ++questions;
            return best(address, over);
        };
        host.gateways = [this](const std::set<Ipv4>& wanted) {
            std::set<Ipv4> found;
            for (const auto& route : routes_)
                if (wanted.contains(route.gateway)) found.insert(route.gateway);
            return found;
        };
        host.is_service = [](const net::KernelAddress& address) { return address.mark == net::our_mark; };
        return host;
    }
    unsigned questions = 0;

private:
    /// As the kernel chooses: the most specific one; connected networks are routes too.
    std::optional<net::Route> best(Ipv4 address, int over) const {
        std::vector<net::Route> routes = routes_;
        for (const auto& own : addresses_) {
            if (own.key.address == address) return std::nullopt;
            net::Route& route = routes.emplace_back();
            route.prefix = Ipv4{own.key.address.value & mask_of(own.key.bits)};
            route.bits = own.key.bits;
            route.ifindex = own.key.ifindex;
        }
        std::optional<net::Route> found;
        for (const auto& route : routes)
            if (net::leads_to(route, address) && (over == 0 || route.ifindex == over) &&
                (!found || route.bits > found->bits))
                found = route;
        return found;
    }
    std::vector<net::Interface> all_;
    std::vector<net::KernelAddress> addresses_;
    std::vector<net::Route> routes_;
};

}  // namespace hb::config::test
