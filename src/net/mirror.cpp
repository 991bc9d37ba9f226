#include "hb/net/mirror.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace hb::net {
namespace {

/// The n of a label ...:n, without leading zeros; numbers beyond 65534 are nobody's alias.
std::optional<unsigned> alias_number(std::string_view label) {
    const std::size_t colon = label.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view digits = label.substr(colon + 1);
    unsigned number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || number >= 0xffff)
        return std::nullopt;
    return number;
}

}  // namespace

bool Link::is_called(std::string_view wanted) const {
    return name == wanted || std::find(altnames.begin(), altnames.end(), wanted) != altnames.end();
}

bool leads_to(const Route& route, Ipv4 address) {
    return ((route.prefix.value ^ address.value) & mask_of(route.bits)) == 0;
}

void Mirror::clear() {
    interfaces_.clear();
    names_.clear();
    addresses_.clear();
    by_interface_.clear();
    labels_.clear();
}

void Mirror::put(const Interface& interface) {
    forget_names(interface.index);
    interfaces_[interface.index] = interface;
    names_[interface.name] = interface.index;
    for (const std::string& name : interface.altnames) names_[name] = interface.index;
}

// A name that another interface has taken meanwhile stays that one's.
void Mirror::forget_names(int index) {
    const Interface* known = interface(index);
    if (known == nullptr) return;
    const auto forget = [&](const std::string& name) {
        const auto at = names_.find(name);
        if (at != names_.end() && at->second == index) names_.erase(at);
    };
    forget(known->name);
    for (const std::string& name : known->altnames) forget(name);
}

void Mirror::erase_interface(int index) {
    forget_names(index);
    interfaces_.erase(index);
    labels_.erase(index);
    for (const AddressKey& key : keys_on(index)) addresses_.erase(key);
    by_interface_.erase(index);
}

void Mirror::put(KernelAddress address) {
    const auto existing = addresses_.find(address.key);
    if (existing != addresses_.end()) {
        address.order = existing->second.order;
        count_label(existing->second, -1);
    } else {
        address.order = next_order_++;
    }
    count_label(address, 1);
    by_interface_[address.key.ifindex].insert(address.key);
    addresses_[address.key] = std::move(address);
}

void Mirror::erase(const AddressKey& key) {
    const auto existing = addresses_.find(key);
    if (existing == addresses_.end()) return;
    count_label(existing->second, -1);
    const auto of_interface = by_interface_.find(key.ifindex);
    of_interface->second.erase(key);
    if (of_interface->second.empty()) by_interface_.erase(of_interface);
    addresses_.erase(existing);
}

void Mirror::count_label(const KernelAddress& address, int step) {
    const auto number = alias_number(address.label);
    if (!number) return;
    auto& counts = labels_[address.key.ifindex];
    if (counts.size() <= *number) counts.resize(*number + 1);
    counts[*number] = static_cast<std::uint16_t>(counts[*number] + step);
}

const Interface* Mirror::interface(int index) const {
    const auto found = interfaces_.find(index);
    return found == interfaces_.end() ? nullptr : &found->second;
}

const Interface* Mirror::interface(std::string_view name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : interface(found->second);
}

const std::set<AddressKey>& Mirror::keys_on(int ifindex) const {
    static const std::set<AddressKey> none;
    const auto found = by_interface_.find(ifindex);
    return found == by_interface_.end() ? none : found->second;
}

const KernelAddress* Mirror::find(const AddressKey& key) const {
    const auto found = addresses_.find(key);
    return found == addresses_.end() ? nullptr : &found->second;
}

const KernelAddress* Mirror::find(Ipv4 address, int ifindex) const {
    for (auto at = addresses_.lower_bound({address, 0, 0});
         at != addresses_.end() && at->first.address == address; ++at)
        if (ifindex == 0 || at->first.ifindex == ifindex) return &at->second;
    return nullptr;
}

bool Mirror::shares_subnet(const AddressKey& key,
                           const std::function<bool(const KernelAddress&)>& counts) const {
    const std::uint32_t mask = mask_of(key.bits);
    for (auto at = addresses_.lower_bound({Ipv4{key.address.value & mask}, 0, 0}); at != addresses_.end();
         ++at) {
        if (at->first.address.value > broadcast_of(key.address, key.bits).value) return false;
        const bool same = at->first.ifindex == key.ifindex && at->first.bits == key.bits;
        if (same && at->first.address != key.address && counts(at->second)) return true;
    }
    return false;
}

unsigned Mirror::free_label(int ifindex, unsigned from) const {
    const auto counts = labels_.find(ifindex);
    if (counts == labels_.end()) return from;
    while (from < counts->second.size() && counts->second[from] != 0) ++from;
    return from;
}

Link Mirror::link(const Interface& interface,
                  const std::function<bool(const KernelAddress&)>& service) const {
    const KernelAddress* first = nullptr;
    const auto before = [](const KernelAddress& a, const KernelAddress& b) {
        return a.secondary != b.secondary ? b.secondary : a.order < b.order;
    };
    for (const AddressKey& key : keys_on(interface.index)) {
        const KernelAddress& address = addresses_.at(key);
        if (service(address)) continue;
        if (first == nullptr || before(address, *first)) first = &address;
    }
    Link link{.ifindex = interface.index,
              .name = interface.name,
              .altnames = interface.altnames,
              .up = interface.up,
              .carrier = interface.carrier,
              .ethernet = interface.ethernet,
              .mac = interface.mac,
              .address = {},
              .broadcast = Ipv4{0xffffffff}};
    if (first == nullptr) return link;
    link.address = first->key.address;
    if (first->broadcast.value != 0) link.broadcast = first->broadcast;
    return link;
}

}  // namespace hb::net
