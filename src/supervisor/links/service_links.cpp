#include "supervisor/links/service_links.hpp"

#include <algorithm>

#include "hb/kernel/open.hpp"
#include "supervisor/events.hpp"

namespace hb::supervisor {

bool ServiceLinks::is_address(std::size_t resource) const {
    return config_->resources[resource].kind == config::Resource::Kind::address;
}

void ServiceLinks::use(const config::Config& config, kernel::Addresses& addresses) {
    config_ = &config;
    addresses_ = &addresses;
    lowest_ = Ipv4{0xffffffff};
    highest_ = Ipv4{0};
    for (std::size_t i = 0; i < config.resources.size(); ++i) {
        if (!is_address(i)) continue;
        lowest_.value = std::min(lowest_.value, config.resources[i].address.address.value);
        highest_.value = std::max(highest_.value, config.resources[i].address.address.value);
    }
    forget();
}

void ServiceLinks::forget() {
    lent_.clear();
    placed_.assign(config_->resources.size(), {});
    told_.assign(config_->resources.size(), false);
}

void ServiceLinks::begin() {
    forget();
    tell();
}

void ServiceLinks::look() {
    if (addresses_ != nullptr && addresses_->homes_changed()) tell();
}

void ServiceLinks::tell() {
    const auto homes = addresses_->homes();
    lend(homes);
    place(homes);
    say_carrier(homes);
}

// Before the places that need them. What is no longer needed goes first: the engine has room for one socket for each address.
void ServiceLinks::lend(const std::vector<kernel::Addresses::Home>& homes) {
    std::map<int, net::Link> usable;
    for (const kernel::Addresses::Home& home : homes) {
        if (home.ifindex == 0 || usable.contains(home.ifindex)) continue;
        const auto link = addresses_->link(home.ifindex);
        if (link && link->up && link->ethernet) usable.emplace(home.ifindex, *link);
    }
    withdraw(usable);
    for (const auto& [ifindex, link] : usable) lend(link);
}

void ServiceLinks::lend(const net::Link& link) {
    const auto lent = lent_.find(link.ifindex);
    if (lent != lent_.end() && lent->second.mac == link.mac && lent->second.address == link.address) return;
    auto socket = kernel::open_arp_socket(link.ifindex, lowest_, highest_);
    if (!socket) {
        if (failure_said_.insert(link.ifindex).second)
            journal_.say(say::arp_failed, {link.name, to_text(socket.error())});
        return;
    }
    failure_said_.erase(link.ifindex);
    lent_[link.ifindex] = link;
    ipc::Notice notice;
    notice.kind = ipc::Notice::Kind::arp;
    notice.ifindex = link.ifindex;
    std::copy(link.mac.octets.begin(), link.mac.octets.end(), notice.mac);
    notice.address = link.address.value;
    notice.broadcast = link.broadcast.value;
    tell_(notice, std::move(*socket));
}

void ServiceLinks::withdraw(const std::map<int, net::Link>& usable) {
    std::erase_if(lent_, [&](const auto& lent) {
        if (usable.contains(lent.first)) return false;
        ipc::Notice notice;
        notice.kind = ipc::Notice::Kind::arp_gone;
        notice.ifindex = lent.first;
        tell_(notice, Fd{});
        return true;
    });
}

// Runs reach across resources that are no addresses: a thousand groups of an address and a script are one
// notice.
void ServiceLinks::place(const std::vector<kernel::Addresses::Home>& homes) {
    constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::size_t first = none, last = none;
    const auto flush = [&] {
        if (first != none) place(first, last, homes[first]);
        first = none;
    };
    for (std::size_t i = 0; i < homes.size(); ++i) {
        if (!is_address(i)) continue;
        const bool known = told_[i] && placed_[i] == homes[i];
        if (first != none && (known || homes[i] != homes[first])) flush();
        if (known) continue;
        if (first == none) first = i;
        last = i;
    }
    flush();
    placed_ = homes;
    told_.assign(homes.size(), true);
}

void ServiceLinks::place(std::size_t first, std::size_t last, const kernel::Addresses::Home& home) {
    ipc::Notice notice;
    notice.kind = ipc::Notice::Kind::place;
    notice.first = id_of<ResourceId>(first);
    notice.last = id_of<ResourceId>(last);
    notice.ifindex = home.ifindex;
    notice.flag = home.carrier ? 1 : 0;
    tell_(notice, Fd{});
}

const char* ServiceLinks::why_without(const std::string& name) const {
    const auto link = addresses_->known(name);
    if (!link) return "is gone";
    return link->up ? "has no carrier" : "is down";
}

void ServiceLinks::say_carrier(const std::vector<kernel::Addresses::Home>& homes) {
    std::map<std::string, bool> now;
    for (const kernel::Addresses::Home& home : homes)
        if (const auto link = home.ifindex == 0 ? std::nullopt : addresses_->link(home.ifindex))
            now[link->name] = home.carrier;
    for (auto& [name, carrier] : carrier_)
        if (!now.contains(name)) now[name] = false;  // it is gone
    for (const auto& [name, carrier] : now) {
        const auto said = carrier_.find(name);
        if (said == carrier_.end() ? carrier : said->second == carrier) continue;
        if (carrier)
            journal_.say(say::carrier_back, {name});
        else
            journal_.say(say::carrier_lost, {name, why_without(name)});
    }
    carrier_ = std::move(now);
}

}  // namespace hb::supervisor
