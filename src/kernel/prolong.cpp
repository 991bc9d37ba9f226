// Addresses that end by themselves, unless somebody who may hold them says again and again that they are to
// stay.
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hb/base/clock.hpp"
#include "hb/kernel/addresses.hpp"
#include "hb/net/rtmessage.hpp"
#include "kernel/events.hpp"

namespace hb::kernel {

/// The end of a lifetime that begins now.
Instant Addresses::begin_lifetime() { return lifetimes_.begin(boot_now(), config_->address_lifetime); }

bool Addresses::lapsed(const Mine& mine) { return policy::Lifetimes::lapsed(mine.expires, boot_now()); }

void Addresses::note_missing(ResourceId resource) {
    (lapsed(mine_[resource.index()]) ? expired_ : missed_).insert(resource);
}

void Addresses::prolong(const Right& right) {
    refresh();
    if (to_prolong_.empty()) {
        lifetimes_.begin_round();
        for (const auto& [key, resource] : owners_) to_prolong_.push_back(resource);
    }
    const bool may_hold = right.to_hold();
    if (!may_hold) to_prolong_.clear();
    std::vector<ResourceId> part;
    while (!to_prolong_.empty() && part.size() < netlink_batch) {
        if (right.to_hold_this(to_prolong_.back())) part.push_back(to_prolong_.back());
        to_prolong_.pop_back();
    }
    prolong_batch(part);
    refresh();  // the kernel has told each of them to everybody, us too
    const bool ask_again = !may_hold || (to_prolong_.empty() && lifetimes_.due() == never);
    if (ask_again && !owners_.empty()) lifetimes_.due_soon(boot_now(), config_->address_lifetime);
}

void Addresses::prolong_batch(std::span<const ResourceId> resources) {
    Batch batch;
    std::vector<ResourceId> sent;
    const Duration lifetime = config_->address_lifetime;
    for (const ResourceId resource : resources) {
        const Mine& mine = mine_[resource.index()];
        const bool lasts = lifetime == 0s && mine.expires == never;
        if (!mine.ours || lapsed(mine) || lasts || mirror_.find(mine.key) == nullptr) continue;
        nlmsghdr* message = batch.next();
        encode_prolong(message, mine.key, lifetime);
        batch.commit(message);
        sent.push_back(resource);
    }
    if (sent.empty()) return;
    const Instant expires = begin_lifetime();
    const auto acknowledgements = netlink_.send(batch);
    for (std::size_t i = 0; i < sent.size(); ++i) {
        Mine& mine = mine_[sent[i].index()];
        if (acknowledgements[i].answered && acknowledgements[i].code == 0)
            mine.expires = expires;
        else if (acknowledgements[i].code != ENODEV)
            sink_(say::not_prolonged, {to_text(mine.key.address), std::strerror(acknowledgements[i].code)});
    }
}

}  // namespace hb::kernel
