#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>

#include "supervisor/addresses.hpp"
#include "supervisor/rtmessage.hpp"

/// The half of Addresses that listens.
namespace hb::supervisor {
namespace {

constexpr std::size_t request_size = 256;
constexpr int drains_at_once = 4;  // of 8192 notices each; the rest waits for the next call

}  // namespace

Result<Done> Addresses::open() {
    if (auto opened = netlink_.open(); !opened) return opened;
    if (auto read = read_all(mirror_); !read) return read;
    for (const auto& [index, interface] : mirror_.interfaces()) changed_.insert(index);
    settle();
    heard_ = {};  // what is there at the start is no news
    hear_routes();
    return Done{};
}

Result<Done> Addresses::read_all(Mirror& into) {
    alignas(8) std::byte request[request_size];
    std::vector<Interface> interfaces;
    auto read = netlink_.dump(
        encode_link_dump(request), [&] { interfaces.clear(); },
        [&](const nlmsghdr& message) {
            if (const auto interface = decode_link(message)) interfaces.push_back(*interface);
        });
    if (!read) return read;
    std::vector<KernelAddress> addresses;
    read = netlink_.dump(
        encode_address_dump(request), [&] { addresses.clear(); },
        [&](const nlmsghdr& message) {
            if (const auto address = decode_address(message)) addresses.push_back(*address);
        });
    if (!read) return read;
    into.clear();
    for (const Interface& interface : interfaces) into.put(interface);
    for (const KernelAddress& address : addresses) into.put(address);
    return Done{};
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
    if (const auto read = read_all(now); !read) {
        sink_(Level::error, to_text(read.error()));
        return;
    }
    for (const auto& [index, interface] : mirror_.interfaces()) changed_.insert(index);
    for (const auto& [index, interface] : now.interfaces()) changed_.insert(index);
    mirror_ = std::move(now);
    for (const auto& [key, resource] : owners_)
        if (mirror_.find(key) == nullptr) note_missing(resource);
    out_of_step_ = false;
    heard_.resynchronised = true;
}

void Addresses::note(const nlmsghdr& message) {
    switch (message.nlmsg_type) {
        case RTM_NEWLINK:
            return note_link(message, false);
        case RTM_DELLINK:
            return note_link(message, true);
        case RTM_NEWADDR:
            return note_address(message, false);
        case RTM_DELADDR:
            return note_address(message, true);
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
            return note_route(message);
    }
}

void Addresses::note_link(const nlmsghdr& message, bool gone) {
    const auto interface = decode_link(message);
    if (!interface) return;
    changed_.insert(interface->index);
    if (!gone) return mirror_.put(*interface);
    // The kernel has told the deletion of each of its addresses before.
    mirror_.erase_interface(interface->index);
    promotes_.erase(interface->index);
}

void Addresses::note_address(const nlmsghdr& message, bool gone) {
    const auto address = decode_address(message);
    if (!address) return;
    if (!is_service(*address)) changed_.insert(address->key.ifindex);
    if (!gone) return mirror_.put(*address);
    mirror_.erase(address->key);
    const auto owner = owners_.find(address->key);
    if (owner != owners_.end()) note_missing(owner->second);
}

void Addresses::note_route(const nlmsghdr& message) {
    const auto route = decode_route(message);
    if (!route) return;
    const bool matters = std::any_of(
        config_->resources.begin(), config_->resources.end(), [&route](const config::Resource& resource) {
            return resource.kind == config::Resource::Kind::address && needs_route(resource.address) &&
                   leads_to(*route, resource.address.address);
        });
    if (!matters) return;
    routes_known_ = false;
    homes_changed_ = true;
}

// On a host with a large routing table each change would wake us: only who needs to know listens.
void Addresses::hear_routes() {
    const bool needed = std::any_of(
        config_->resources.begin(), config_->resources.end(), [](const config::Resource& resource) {
            return resource.kind == config::Resource::Kind::address && needs_route(resource.address);
        });
    if (!needed || hears_routes_) return;
    hears_routes_ = true;
    routes_known_ = false;
    netlink_.hear_routes();
}

bool Addresses::is_service(const KernelAddress& address) const {
    return address.mark == our_mark || owners_.contains(address.key);
}

void Addresses::settle() {
    for (const int ifindex : changed_) settle_link(ifindex);
    changed_.clear();
}

void Addresses::settle_link(int ifindex) {
    const Interface* interface = mirror_.interface(ifindex);
    const auto known = reported_.find(ifindex);
    routes_known_ =
        false;  // a link that goes down takes its routes with it, and the kernel does not say which
    homes_changed_ = true;
    if (known != reported_.end() && (interface == nullptr || interface->name != known->second.name)) {
        std::erase_if(heard_.links, [ifindex](const Link& link) { return link.ifindex == ifindex; });
        heard_.links_gone.push_back(known->second.name);
        reported_.erase(known);
    }
    if (interface == nullptr) return;
    Link link =
        mirror_.link(*interface, [this](const KernelAddress& address) { return is_service(address); });
    const auto [entry, is_new] = reported_.try_emplace(ifindex, link);
    if (!is_new && entry->second == link) return;
    entry->second = link;
    std::erase_if(heard_.links, [ifindex](const Link& older) { return older.ifindex == ifindex; });
    heard_.links.push_back(std::move(link));
}

Addresses::Heard Addresses::drain_monitor() {
    refresh();
    for (const ResourceId resource : missed_)
        if (ours(resource) && mirror_.find(mine_[resource.index()].key) == nullptr)
            heard_.removed_by_others.push_back(resource);
    for (const ResourceId resource : expired_)
        if (ours(resource) && mirror_.find(mine_[resource.index()].key) == nullptr)
            heard_.expired.push_back(resource);
    missed_.clear();
    expired_.clear();
    return std::exchange(heard_, {});
}

Result<Link> Addresses::link(const std::string& name) {
    refresh();
    const Interface* interface = mirror_.interface(name);
    if (interface == nullptr) return Error{"interface " + name + " does not exist", ENODEV};
    return mirror_.link(*interface, [this](const KernelAddress& address) { return is_service(address); });
}

std::optional<Link> Addresses::link(int ifindex) const {
    const Interface* interface = mirror_.interface(ifindex);
    if (interface == nullptr) return std::nullopt;
    return mirror_.link(*interface, [this](const KernelAddress& address) { return is_service(address); });
}

Addresses::Home Addresses::home(ResourceId resource) {
    const config::AddressSpec& spec = spec_of(resource);
    Mine& mine = mine_[resource.index()];
    const Interface* interface = mine.ours ? mirror_.interface(mine.key.ifindex) : nullptr;
    if (interface == nullptr && !spec.interface.empty()) {
        interface = mirror_.interface(spec.interface);
    } else if (interface == nullptr) {
        if (const auto found = place(spec, 0, routes_)) mine.home = found->ifindex;
        if (mine.home == 0) return {};  // whoever starts it is told in words what is missing
        interface = mirror_.interface(mine.home);
    }
    if (interface == nullptr) return {.ifindex = 0, .carrier = false};
    return {.ifindex = interface->index, .carrier = interface->up && interface->carrier};
}

std::vector<Addresses::Home> Addresses::homes() {
    homes_changed_ = false;
    if (hears_routes_)
        if (const auto read = read_routes(); !read) sink_(Level::error, to_text(read.error()));
    std::vector<Home> homes(config_->resources.size());
    for (std::size_t i = 0; i < homes.size(); ++i)
        if (config_->resources[i].kind == config::Resource::Kind::address)
            homes[i] = home(id_of<ResourceId>(i));
    return homes;
}

}  // namespace hb::supervisor
