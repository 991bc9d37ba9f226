#include "defence.hpp"

#include <utility>

namespace hb::core {

namespace {
constexpr Duration line = 10s;
}

bool Defence::at_once(ResourceId address, Duration pause, Instant now) {
    Instant& last = last_[address.index()];
    if (last != Instant{} && now - last < pause) return false;
    last = now;
    return true;
}

std::optional<std::size_t> Defence::seen(Instant now) {
    ++count_;
    if (said_ != Instant{} && now - said_ < line) return std::nullopt;
    said_ = now;
    return std::exchange(count_, 0);
}

}  // namespace hb::core
