#include "holding.hpp"

#include <utility>

namespace hb::core {

void SaidHolding::said(Holding set, Sequence number, Instant now) {
    set_ = set;
    number_ = number;
    at_ = now;
    any_ = true;
}

bool SaidHolding::take_past() { return std::exchange(is_past_, false); }

}  // namespace hb::core
