#include <algorithm>

#include "hb/base/clock.hpp"
#include "hb/kernel/addresses.hpp"
#include "hb/net/rtmessage.hpp"
#include "kernel/events.hpp"

/// An address of the host comes before ours, and its network knows the MAC that is the right one now.
namespace hb::kernel {
namespace {

// Some of those who have the old MAC may miss the first one.
constexpr Duration pauses[] = {100ms, 300ms, 1s, 3s};

}  // namespace

// The kernel takes the first address of a network as the source of what this host sends. One of the host that comes after
// ours, by DHCP or after a flush, would not be it: then ours are removed and added again behind it.
void Addresses::give_way() {
    for (const int ifindex : std::exchange(gives_way_, {})) {
        std::set<std::pair<unsigned, Ipv4>> networks;
        for (const AddressKey& key : mirror_.keys_on(ifindex)) {
            const KernelAddress& address = *mirror_.find(key);
            if (address.secondary && !is_service(address))
                networks.insert({key.bits, Ipv4{address.peer.value & mask_of(key.bits)}});
        }
        bool done = true;
        for (const auto& [bits, network] : networks) done &= give_way(ifindex, bits, network);
        if (!done) gives_way_.insert(ifindex);
    }
}

/// False: not at this moment.
bool Addresses::give_way(int ifindex, unsigned bits, Ipv4 network) {
    std::vector<KernelAddress> ours_there;
    bool first = false;
    for (const AddressKey& key : mirror_.keys_on(ifindex)) {
        if (key.bits != bits || ((key.address.value ^ network.value) & mask_of(bits)) != 0) continue;
        const auto owner = owners_.find(key);
        if (owner == owners_.end() || !ours(owner->second)) continue;
        ours_there.push_back(*mirror_.find(key));
        first |= !ours_there.back().secondary;
    }
    const Interface* interface = mirror_.interface(ifindex);
    if (!first || interface == nullptr || !promote(*interface)) return true;
    // The primary one last: the next of the network takes its place.
    std::stable_partition(ours_there.begin(), ours_there.end(),
                          [](const KernelAddress& a) { return a.secondary; });
    const Instant now = boot_now();
    for (const KernelAddress& address : ours_there) {
        const Mine& mine = mine_[owners_.at(address.key).index()];
        const Duration left =
            mine.expires == never ? 0s : std::chrono::floor<std::chrono::seconds>(mine.expires - now);
        if (mine.expires != never && left < 1s) return false;
        Batch batch;
        nlmsghdr* message = batch.next();
        encode_remove(message, address.key);
        batch.commit(message);
        message = batch.next();
        encode_add(
            message,
            {.key = address.key, .broadcast = address.broadcast, .label = address.label, .lifetime = left});
        batch.commit(message);
        netlink_.send(batch);  // one that is not back is heard of, and put back
    }
    lifetimes_.due_at_once();
    sink_(say::stands_behind, {interface->name});
    refresh();
    return true;
}

void Addresses::note_new_mac(int ifindex) {
    if (!home_interfaces_.contains(ifindex)) return;
    new_macs_.insert(ifindex);
    announced_ = 0;
    announce_at_ = Instant{};
}

void Addresses::announce_again(Instant now) {
    if (now < announce_at_) return;
    announce_on(new_macs_);
    if (announced_ < std::size(pauses)) {
        announce_at_ = now + pauses[announced_++];
        return;
    }
    announce_at_ = never;
    new_macs_.clear();
}

void Addresses::announce_on(const std::set<int>& interfaces) {
    std::vector<Announcer::Claim> claims;
    for (const auto& [key, resource] : owners_) {
        const Interface* interface =
            interfaces.contains(key.ifindex) ? mirror_.interface(key.ifindex) : nullptr;
        if (interface != nullptr && interface->ethernet && mirror_.find(key) != nullptr)
            claims.push_back({key.ifindex, interface->mac, key.address});
    }
    announcer_.announce(claims);
}

}  // namespace hb::kernel
