#include "store.hpp"

#include "hb/base/invariant.hpp"

namespace hb::core {

// The octets stay uninitialised: their pages must not exist before they are used.
Store::Store() : slots_(new Slot[limits::store]), space_(new std::byte[limits::store * limits::datagram]) {}

std::size_t Store::take(Sequence sequence, Instant now) {
    std::size_t chosen = limits::store;
    for (std::size_t i = 0; i < end_ && chosen == limits::store; ++i)
        if (slots_[i].sequence == 0) chosen = i;
    if (chosen == limits::store && end_ < limits::store) chosen = end_++;
    if (chosen == limits::store) {
        chosen = 0;
        for (std::size_t i = 1; i < limits::store; ++i)
            if (slots_[i].sequence < slots_[chosen].sequence) chosen = i;
        --used_;
    }
    slots_[chosen] =
        Slot{.sequence = sequence, .size = 0, .sent = now, .sent_again = Instant{}, .tells_resources = false};
    ++used_;
    return chosen;
}

std::span<std::byte> Store::space(std::size_t slot) {
    return {space_.get() + slot * limits::datagram, limits::datagram};
}

Bytes Store::body(std::size_t slot) const {
    return {space_.get() + slot * limits::datagram, slots_[slot].size};
}

Store::Slot* Store::find(Sequence sequence) {
    if (sequence == 0) return nullptr;
    for (std::size_t i = 0; i < end_; ++i)
        if (slots_[i].sequence == sequence) return &slots_[i];
    return nullptr;
}

void Store::release(Sequence upto, Instant before) {
    for (std::size_t i = 0; i < end_; ++i) {
        Slot& slot = slots_[i];
        if (slot.sequence == 0 || slot.sequence > upto || slot.sent >= before) continue;
        slot.sequence = 0;
        --used_;
    }
    while (end_ > 0 && slots_[end_ - 1].sequence == 0) --end_;
}

void Store::clear() {
    for (std::size_t i = 0; i < end_; ++i) slots_[i].sequence = 0;
    used_ = end_ = 0;
}

}  // namespace hb::core
