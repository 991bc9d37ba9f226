#include "number.hpp"

namespace hb::core {

namespace {
constexpr Duration disk_time = 2s;
constexpr Sequence last_number = 0xffffff00;  // a step sends fewer messages than are left
}  // namespace

void Number::want(Generation generation, Generation present, Instant now) {
    if (generation <= present || generation <= wanted_) return;
    wanted_ = generation;
    wanted_since_ = now;
}

Generation Number::due(Generation present, Sequence newest, Instant now) {
    if (newest >= bounds::sequence) want(present + 1, present, now);
    if (wanted_ <= present) return 0;
    const bool at_once = newest >= last_number || now >= wanted_since_ + disk_time;
    if (reserved_ < wanted_ && !at_once) return 0;
    first_ = wanted_;  // what lies between, and perhaps the present one, others have spoken under
    return wanted_;
}

Generation Number::next(Generation present, Instant now, Duration pause) {
    const bool soon = taken_ != Instant{} && now - taken_ < pause;
    if (soon || present >= reserved_) return 0;
    taken_ = now;
    return present + 1;
}

}  // namespace hb::core
