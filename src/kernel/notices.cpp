#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>

#include "hb/kernel/addresses.hpp"
#include "hb/net/questions.hpp"
#include "hb/net/rtmessage.hpp"
#include "kernel/events.hpp"

/// The half of Addresses that listens.
namespace hb::kernel {
namespace {

constexpr int drains_at_once = 4;  // of 8192 notices each; the rest waits for the next call

}  // namespace

Result<Done> Addresses::open() {
    if (auto opened = netlink_.open(); !opened) return opened;
    if (auto read = read_all(netlink_, mirror_); !read) return read;
    loopback_.load();
    learn_configuration();
    for (const auto& [index, interface] : mirror_.interfaces()) changed_.insert(index);
    settle();
    heard_ = {};  // what is there at the start is no news
    return Done{};
}

// What of the network matters to these addresses: the rest costs nothing.
void Addresses::learn_configuration() {
    placed_by_route_.clear();
    written_.clear();
    for (const config::Resource& resource : config_->resources) {
        if (resource.kind != config::Resource::Kind::address) continue;
        if (config::needs_route(resource.address)) placed_by_route_.push_back(resource.address.address);
        if (!resource.address.interface.empty()) written_.insert(resource.address.interface);
    }
    std::sort(placed_by_route_.begin(), placed_by_route_.end());
    read_gateways();
    routes_changed();
    if (placed_by_route_.empty() || hears_routes_) return;
    hears_routes_ = true;
    netlink_.hear_routes();
}

void Addresses::routes_changed() {
    ++routes_;
    homes_changed_ = true;
}

/// Whether a service address belongs there, or may.
bool Addresses::is_wanted(const Interface& interface) const {
    return home_interfaces_.contains(interface.index) || written_.contains(interface.name) ||
           std::any_of(interface.altnames.begin(), interface.altnames.end(),
                       [this](const std::string& name) { return written_.contains(name); });
}

/// Whether a service address that is placed by its route lies in that network.
bool Addresses::is_wanted(Ipv4 network, unsigned bits) const {
    const Ipv4 first{network.value & mask_of(bits)};
    const auto at = std::lower_bound(placed_by_route_.begin(), placed_by_route_.end(), first);
    return at != placed_by_route_.end() && ((at->value ^ first.value) & mask_of(bits)) == 0;
}

void Addresses::refresh() {
    for (int i = 0; i < drains_at_once; ++i) {
        const auto drained = netlink_.drain_monitor([this](const nlmsghdr& message) { note(message); });
        if (drained == Netlink::Drained::lost) out_of_step_ = true;
        if (drained == Netlink::Drained::quiet) break;
    }
    if (out_of_step_) resynchronise();
    settle();
}

void Addresses::resynchronise() {
    Mirror now;
    if (const auto read = read_all(netlink_, now); !read) {
        sink_(say::network_unread, {to_text(read.error())});
        return;
    }
    for (const auto& [index, interface] : mirror_.interfaces()) changed_.insert(index);
    for (const auto& [index, interface] : now.interfaces()) changed_.insert(index);
    mirror_ = std::move(now);
    for (const auto& [key, resource] : owners_)
        if (mirror_.find(key) == nullptr) note_missing(resource);
    routes_changed();
    out_of_step_ = false;
    heard_.resynchronised = true;
}

void Addresses::note(const nlmsghdr& message) {
    switch (message.nlmsg_type) {
        case RTM_NEWLINK: return note_link(message, false);
        case RTM_DELLINK: return note_link(message, true);
        case RTM_NEWADDR: return note_address(message, false);
        case RTM_DELADDR: return note_address(message, true);
        case RTM_NEWROUTE:
        case RTM_DELROUTE: return note_route(message);
    }
}

void Addresses::note_link(const nlmsghdr& message, bool gone) {
    const auto interface = decode_link(message);
    if (!interface) return;
    changed_.insert(interface->index);
    if (interface->failed_over && !gone) note_new_mac(interface->index);
    if (!gone) return mirror_.put(*interface);
    // The kernel has told the deletion of each of its addresses before.
    mirror_.erase_interface(interface->index);
    promotes_.erase(interface->index);
    was_up_.erase(interface->index);
}

void Addresses::note_address(const nlmsghdr& message, bool gone) {
    const auto address = decode_address(message);
    if (!address) return;
    if (!is_service(*address)) {
        changed_.insert(address->key.ifindex);
        if (is_wanted(address->peer, address->key.bits)) routes_changed();
    }
    if (!gone) return mirror_.put(*address);
    mirror_.erase(address->key);
    const auto owner = owners_.find(address->key);
    if (owner != owners_.end()) note_missing(owner->second);
}

void Addresses::note_route(const nlmsghdr& message) {
    const auto route = decode_route(message);
    if (route && is_wanted(route->prefix, route->bits)) routes_changed();
}

bool Addresses::is_service(const KernelAddress& address) const {
    return address.mark == our_mark || owners_.contains(address.key);
}

config::IsService Addresses::service_test() const {
    return [this](const KernelAddress& address) { return is_service(address); };
}

void Addresses::settle() {
    for (const int ifindex : changed_) settle_link(ifindex);
    changed_.clear();
}

void Addresses::settle_link(int ifindex) {
    const Interface* interface = mirror_.interface(ifindex);
    const auto known = reported_.find(ifindex);
    // A link that goes down takes its routes with it, and the kernel does not say which.
    if (home_interfaces_.contains(ifindex) || (interface != nullptr && is_wanted(*interface)))
        routes_changed();
    if (interface != nullptr && interface->up) was_up_.insert(ifindex);
    if (known != reported_.end() && (interface == nullptr || interface->name != known->second.name)) {
        std::erase_if(heard_.links, [ifindex](const Link& link) { return link.ifindex == ifindex; });
        heard_.links_gone.push_back(known->second.name);
        reported_.erase(known);
    }
    if (interface == nullptr) return;
    gives_way_.insert(ifindex);
    Link link = mirror_.link(*interface, service_test());
    const auto [entry, is_new] = reported_.try_emplace(ifindex, link);
    if (!is_new && entry->second == link) return;
    if (entry->second.mac != link.mac) note_new_mac(ifindex);
    entry->second = link;
    std::erase_if(heard_.links, [ifindex](const Link& older) { return older.ifindex == ifindex; });
    heard_.links.push_back(std::move(link));
}

Addresses::Heard Addresses::drain_monitor() {
    refresh();
    give_way();
    for (const ResourceId resource : missed_)
        if (mine_[resource.index()].held() && mirror_.find(mine_[resource.index()].key) == nullptr)
            heard_.removed_by_others.push_back(resource);
    for (const ResourceId resource : expired_)
        if (mine_[resource.index()].held() && mirror_.find(mine_[resource.index()].key) == nullptr)
            heard_.expired.push_back(resource);
    missed_.clear();
    expired_.clear();
    return std::exchange(heard_, {});
}

Result<Link> Addresses::link(const std::string& name) {
    refresh();
    const Interface* interface = mirror_.interface(name);
    if (interface == nullptr) return Error{"interface " + name + " does not exist", ENODEV};
    return mirror_.link(*interface, service_test());
}

std::optional<Link> Addresses::link(int ifindex) const {
    const Interface* interface = mirror_.interface(ifindex);
    if (interface == nullptr) return std::nullopt;
    return mirror_.link(*interface, service_test());
}

std::optional<Link> Addresses::known(const std::string& name) const {
    const Interface* interface = mirror_.interface(name);
    return interface == nullptr ? std::nullopt : link(interface->index);
}

Addresses::Home Addresses::home(ResourceId resource) {
    const config::AddressSpec& spec = spec_of(resource);
    Mine& mine = mine_[resource.index()];
    const Interface* interface = mine.held() ? mirror_.interface(mine.key.ifindex) : nullptr;
    if (interface == nullptr && !spec.interface.empty()) {
        interface = mirror_.interface(spec.interface);
    } else if (interface == nullptr) {
        if (const auto found = place(resource)) mine.home = found->ifindex;
        if (mine.home == 0) return {};  // whoever starts it is told in words what is missing
        interface = mirror_.interface(mine.home);
    }
    if (interface == nullptr) return {.ifindex = 0, .carrier = false};
    return {.ifindex = interface->index, .carrier = interface->up && interface->carrier};
}

std::vector<Addresses::Home> Addresses::homes() {
    homes_changed_ = false;
    std::vector<Home> homes(config_->resources.size());
    std::set<int> down;
    home_interfaces_.clear();
    for (std::size_t i = 0; i < homes.size(); ++i) {
        if (config_->resources[i].kind != config::Resource::Kind::address) continue;
        homes[i] = home(id_of<ResourceId>(i));
        const int ifindex = homes[i].ifindex;
        if (ifindex == 0 || !home_interfaces_.insert(ifindex).second) continue;
        if (!mirror_.interface(ifindex)->up && was_up_.insert(ifindex).second) down.insert(ifindex);
    }
    if (!down.empty()) bring_up(down);
    return homes;
}

// As 3.0.6 did; but at once, so that its carrier is known when a group is to be started.
void Addresses::bring_up(const std::set<int>& down) {
    for (const int ifindex : down) {
        Batch batch;
        encode_up(batch.next(), ifindex);
        batch.commit(batch.next());
        const auto acknowledgements = netlink_.send(batch);
        const std::string& name = mirror_.interface(ifindex)->name;
        if (acknowledgements[0].code == 0)
            sink_(say::brought_up, {name});
        else
            sink_(say::not_brought_up, {name, std::strerror(acknowledgements[0].code)});
    }
}

}  // namespace hb::kernel
