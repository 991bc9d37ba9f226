#pragma once
#include "hb/base/time.hpp"

namespace hb::core {

/// Are we deaf? Then nothing at all comes in, no peer and no ping node, although the ping nodes answered lately: our ear is at fault,
/// rather than all of them dead, and the silence of others proves nothing.
///
///     hears ---nothing for half a deadtime---> deaf ---anything---> hears
class Ear {
public:
    explicit Ear(Duration deadtime) : deadtime_(deadtime) {}

    enum class News : std::uint8_t { nothing, deaf, hears };
    /// `frame_seen`: when any frame at all last came in; never: not known. `answered`: the newest answer of a ping node. `in_vain`: all
    /// of them are asked and do not answer.
    [[nodiscard]] News judge(Instant now, Instant frame_seen, Instant answered, bool in_vain,
                             Instant awake_since);
    bool deaf() const { return deaf_since_ != Instant{}; }
    /// How long nothing had come in when it was last judged.
    Duration silence() const { return silence_; }
    /// Up to here the silence of others proves nothing: nothing has come in since this node stood still, and whether it is deaf is not
    /// judged before that. Instant{}: something came, or it cannot be judged.
    Instant undecided_until(Instant now, Instant answered, Instant awake_since) const;
    /// When it is to be judged, if nothing comes until then.
    Instant deadline(Instant now, Instant answered, Instant awake_since) const;

private:
    Duration deadtime_;
    Instant frame_seen_ = never, deaf_since_;
    Duration silence_{};
};

}  // namespace hb::core
