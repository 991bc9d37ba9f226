#include "hb/policy/lifetimes.hpp"

#include <algorithm>

namespace hb::policy {
namespace {

/// The kernel counts in its ticks, and may be a fiftieth of a second early.
constexpr Duration early = 50ms;

}  // namespace

Instant Lifetimes::begin(Instant now, Duration lifetime) {
    if (lifetime == 0s) return never;
    due_ = std::min(due_, now + lifetime / 2);
    return now + lifetime;
}

bool Lifetimes::lapsed(Instant expires, Instant now) { return expires != never && now + early >= expires; }

void Lifetimes::due_soon(Instant now, Duration lifetime) {
    if (lifetime != 0s) due_ = std::min(due_, now + lifetime / 4);
}

}  // namespace hb::policy
