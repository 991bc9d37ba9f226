#include "departure.hpp"

namespace hb::core {

namespace {
constexpr Duration grace = 2s;  // 3.0.6 goes on beating for this long after `shutdone`
}  // namespace

bool Departure::begin() {
    if (leaving()) return false;
    state_ = State::letting_go;
    return true;
}

void Departure::surrender() {
    surrendered_ = true;
    if (!leaving()) state_ = State::letting_go;
}

void Departure::said(Sequence newest, Instant now) {
    state_ = State::said;
    last_message_ = newest;
    ends_ = now + grace;
}

}  // namespace hb::core
