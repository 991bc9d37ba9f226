#include "macs.hpp"

#include <algorithm>

namespace hb::core {

bool Macs::contains(const Few& macs, const Mac& mac) {
    return std::find(macs.begin(), macs.end(), mac) != macs.end();
}

void Macs::signed_with(const Mac& mac) {
    if (mac == Mac{} || signs_with(mac)) return;
    if (signed_.full()) signed_.erase(0);
    signed_.push(mac);
}

void Macs::answered_from(const Mac& mac) {
    answers_arp_ |= signs_with(mac);
    if (mac == Mac{} || has(mac)) return;
    more_answers_ |= !answers_.try_push(mac);
}

Mac Macs::in_turn(std::size_t turn) const {
    const std::size_t count = signed_.size() + answers_.size();
    if (count == 0) return {};
    const std::size_t at = (signed_.size() + turn) % count;
    return at < signed_.size() ? signed_[at] : answers_[at - signed_.size()];
}

}  // namespace hb::core
