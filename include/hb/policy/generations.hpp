#pragma once
#include <algorithm>

#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::policy {

/// Pure: the numbers that engines begin with. No engine starts before its number is on the disk: after a power cut this node
/// would use it once more, and its peers would shut it out. A disk that hangs keeps the engine waiting.
class Generations {
public:
    void begin(Generation first) { first_ = next_ = first; }
    Generation first() const { return first_; }
    Generation next() const { return next_; }
    /// An engine has used this one: the next one has a higher one.
    void used(Generation generation) { next_ = std::max(next_, generation + 1); }

    struct Look {
        bool reserved = false;  ///< the next engine may start
        bool ask =
            false;  ///< the writer is to be asked for it; again after a second, because it may have lost it
        bool is_news = false;  ///< of this number it is the first time
    };
    /// `on_disk`: the highest number that is reserved.
    Look look(Instant now, Generation on_disk) {
        if (next_ <= on_disk) return {.reserved = true};
        const bool first = asked_ != next_;
        if (!first && now < ask_again_at_) return {};
        asked_ = next_;
        ask_again_at_ = now + 1s;
        return {.ask = true, .is_news = first};
    }
    Generation take() { return next_++; }

private:
    Generation first_ = 0, next_ = 0, asked_ = 0;
    Instant ask_again_at_;
};

}  // namespace hb::policy
