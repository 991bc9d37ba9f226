#include "ear.hpp"

#include <algorithm>

namespace hb::core {

namespace {
constexpr Duration remembered = 60s;  // an answer that lies so far back says nothing about our ear
}  // namespace

Ear::News Ear::judge(Instant now, Instant frame_seen, Instant answered, bool in_vain, Instant awake_since) {
    frame_seen_ = frame_seen;
    const Instant heard = std::max(answered, frame_seen == never ? now : frame_seen);
    silence_ = now - heard;
    if (deaf()) {
        if (heard <= deaf_since_) return News::nothing;
        deaf_since_ = Instant{};
        return News::hears;
    }
    const bool answered_lately = answered != Instant{} && now - answered <= remembered;
    if (!in_vain || !answered_lately || now - std::max(heard, awake_since) < deadtime_ / 2)
        return News::nothing;
    deaf_since_ = now;
    return News::deaf;
}

Instant Ear::undecided_until(Instant now, Instant answered, Instant awake_since) const {
    const bool can_be_judged = frame_seen_ != never && answered != Instant{} && now - answered <= remembered;
    if (deaf() || !can_be_judged || std::max(frame_seen_, answered) >= awake_since) return Instant{};
    return awake_since + deadtime_ / 2;
}

/// The owner gives up a lease behind what we heard of it last: it must know before that we shall not claim.
Instant Ear::deadline(Instant now, Instant answered, Instant awake_since) const {
    if (deaf() || frame_seen_ == never) return never;
    const Instant due = std::max({frame_seen_, answered, awake_since}) + deadtime_ / 2;
    return due > now ? due : never;
}

}  // namespace hb::core
