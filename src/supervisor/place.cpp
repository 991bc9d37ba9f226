#include "supervisor/place.hpp"

namespace hb::supervisor {
namespace {

bool is_better(const Route& a, const Route& b) {
    return a.bits != b.bits ? a.bits > b.bits : a.metric < b.metric;
}

Error no_route(const config::AddressSpec& spec, bool default_only) {
    const std::string address = to_text(spec.address);
    const std::string over = spec.interface.empty() ? "" : " over " + spec.interface;
    const std::string what =
        default_only ? "only a default route leads to " + address + over : "no route to " + address + over;
    const std::string missing = spec.bits                ? "interface"
                                : spec.interface.empty() ? "bits and interface"
                                                         : "bits";
    return Error{what + ", so its " + missing + " must be written, as in " + address + "/24/" +
                     (spec.interface.empty() ? "eth0" : spec.interface),
                 0};
}

}  // namespace

bool leads_to(const Route& route, Ipv4 address) {
    return ((route.prefix.value ^ address.value) & mask_of(route.bits)) == 0;
}

bool needs_route(const config::AddressSpec& spec) { return !spec.bits || spec.interface.empty(); }

Result<Place> place(const config::AddressSpec& spec, int ifindex, std::span<const Route> routes) {
    Place out{.ifindex = ifindex, .bits = spec.bits.value_or(0), .broadcast = {}};
    if (needs_route(spec)) {
        const Route* best = nullptr;
        for (const Route& route : routes) {
            if (!leads_to(route, spec.address) || (ifindex != 0 && route.ifindex != ifindex)) continue;
            if (best == nullptr || is_better(route, *best)) best = &route;
        }
        if (best == nullptr || (!spec.bits && best->bits == 0)) return no_route(spec, best != nullptr);
        out.ifindex = best->ifindex;
        if (!spec.bits) out.bits = best->bits;
    }
    if (spec.broadcast)
        out.broadcast = *spec.broadcast;
    else if (out.bits < 31)
        out.broadcast = broadcast_of(spec.address, out.bits);
    return out;
}

}  // namespace hb::supervisor
