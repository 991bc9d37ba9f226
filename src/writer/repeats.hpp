#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "hb/writer/client.hpp"

namespace hb::writer {

/// No condition makes more than one line a second. Lines of one event that differ in plain numbers only are one condition: the
/// first is written at once, of those that follow within a second only the last one, when the second is over, with their
/// number. Output of scripts (event 0) has its own limit.
class Repeats {
public:
    /// Whether it is to be written now; if not, it is kept. `now`: milliseconds that only go forward.
    bool passes(const Envelope& envelope, std::int64_t now);
    /// One whose second is over, with "(N like it within a second)" behind its text; nullopt: none.
    std::optional<Envelope> due(std::int64_t now);
    /// When due() may have something; nullopt: nothing is kept.
    std::optional<std::int64_t> deadline() const;

private:
    struct Condition {
        std::uint64_t mark = 0;  ///< 0: free
        std::int64_t until = 0;  ///< its second
        std::uint32_t kept = 0;  ///< lines since
        Envelope last;
    };
    Condition* place_for(std::uint64_t mark);
    std::array<Condition, 128> conditions_{};
};

}  // namespace hb::writer
