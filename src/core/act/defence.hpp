#pragma once
#include <optional>
#include <vector>

#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// When is an address announced because somebody else claims it (RFC 5227, 2.4)? At once, but two stubborn hosts must not make a
/// storm: then once more at the end of the pause, so that the last word is ours.
class Defence {
public:
    explicit Defence(std::size_t resources) : last_(resources) {}

    /// True: it is announced now. `pause`: since the last time.
    [[nodiscard]] bool at_once(ResourceId address, Duration pause, Instant now);
    /// When the next one is due, which then counts as the last.
    [[nodiscard]] Instant later(ResourceId address, Duration pause) {
        return last_[address.index()] += pause;
    }

    /// A claim was seen. How many there were since the last line of the log; nothing: it is too early for another line.
    [[nodiscard]] std::optional<std::size_t> seen(Instant now);

private:
    std::vector<Instant> last_;  ///< by ResourceId; Instant{}: never
    Instant said_;
    std::size_t count_ = 0;
};

}  // namespace hb::core
