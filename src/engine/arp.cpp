#include "arp.hpp"

#include <net/ethernet.h>

#include <algorithm>

#include "hb/wire/arp.hpp"
#include "packet.hpp"

namespace hb::engine {
namespace {

constexpr int frames_per_turn = 64;

}  // namespace

Arp::Arp(const config::Config& config) : config_(config), places_(config.resources.size()) {
    for (std::size_t i = 0; i < config.resources.size(); ++i)
        if (config.resources[i].kind == config::Resource::Kind::address)
            named_.push_back({config.resources[i].address.address, id_of<ResourceId>(i)});
    std::sort(named_.begin(), named_.end(),
              [](const Named& a, const Named& b) { return a.address < b.address; });
    ears_ = std::vector<Lent>(named_.size());
}

const Arp::Lent* Arp::lend(Lent lent) {
    withdraw(lent.ifindex);
    for (Lent& ear : ears_) {
        if (ear.fd) continue;
        ear = std::move(lent);
        return &ear;
    }
    return nullptr;
}

void Arp::withdraw(int ifindex) {
    for (Lent& ear : ears_)
        if (ear.fd && ear.ifindex == ifindex) ear = Lent{};
}

void Arp::place(ResourceId first, ResourceId last, int ifindex) {
    for (std::size_t r = first.index(); r <= last.index() && r < places_.size(); ++r) places_[r] = ifindex;
}

bool Arp::has_mac(const Mac& mac) const {
    return std::any_of(ears_.begin(), ears_.end(), [&](const Lent& ear) { return ear.fd && ear.mac == mac; });
}

/// One address may stand in several groups; each belongs somewhere else, or the first is meant.
ResourceId Arp::resource_of(Ipv4 address, int ifindex) const {
    auto at = std::lower_bound(named_.begin(), named_.end(), address,
                               [](const Named& named, Ipv4 wanted) { return named.address < wanted; });
    for (; at != named_.end() && at->address == address; ++at) {
        const int place = places_[at->resource.index()];
        if (place == ifindex || place == 0) return at->resource;
    }
    return ResourceId{};
}

Arp::Got Arp::receive(std::size_t ear, std::span<std::byte> buffer, core::AddressClaimed& out) {
    if (!ears_[ear].fd) return Got::empty;
    RawFrame frame;
    if (receive_frame(ears_[ear].fd.get(), buffer, frame) != Receive::frame) return Got::empty;
    const auto arp = frame.ours ? wire::parse_arp(frame.bytes) : std::nullopt;
    if (!arp || has_mac(arp->sender_mac)) return Got::other;
    const ResourceId resource = resource_of(arp->sender, ears_[ear].ifindex);
    if (!resource.exists()) return Got::other;
    out = {.resource = resource, .mac = arp->sender_mac};
    return Got::claim;
}

void Arp::probe(const core::ProbeAddresses& run) {
    if (run.last.index() >= config_.resources.size()) return;
    if (!runs_.try_push(run)) {  // those in it are late by now
        runs_.erase(0);
        runs_.push(run);
    }
}

void Arp::send() {
    for (int sent = 0; sent < frames_per_turn && !runs_.empty(); ++sent) {
        core::ProbeAddresses& run = runs_[0];
        const ResourceId resource = run.first;
        send_probe(resource, broadcast_mac);
        if (run.also != Mac{} && begins_group(resource)) send_probe(resource, run.also);
        if (resource == run.last)
            runs_.erase(0);
        else
            ++run.first.value;
    }
}

/// The first address of its group.
bool Arp::begins_group(ResourceId resource) const {
    const config::Group& group = config_.groups[config_.resources[resource.index()].group.index()];
    for (std::size_t r = group.first.index(); r < resource.index(); ++r)
        if (config_.resources[r].kind == config::Resource::Kind::address) return false;
    return true;
}

const Arp::Lent* Arp::ear_of(ResourceId resource) const {
    const int place = places_[resource.index()];
    const auto found = std::find_if(ears_.begin(), ears_.end(),
                                    [&](const Lent& ear) { return ear.fd && ear.ifindex == place; });
    return found == ears_.end() ? nullptr : &*found;
}

void Arp::send_probe(ResourceId resource, const Mac& to) {
    if (config_.resources[resource.index()].kind != config::Resource::Kind::address) return;
    const Lent* ear = ear_of(resource);
    if (ear == nullptr) return;
    const auto frame = wire::arp_probe(ear->mac, config_.resources[resource.index()].address.address, to);
    (void)send_frame(ear->fd.get(), ear->ifindex, frame, ETHERTYPE_ARP);  // it is sent three times
}

}  // namespace hb::engine
