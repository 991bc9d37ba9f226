#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/settings.hpp"

namespace hb::sim {

/// One fault, or the end of one. `a` is a host; of a direction, or of what is played to somebody, `a` speaks and `b` hears.
struct Letter {
    /// Letters of the network come first: see `commute`.
    enum class Kind : std::uint8_t {
        cut,
        mend,
        lost,
        doubled,
        late,
        host_dies,
        host_returns,
        engine_dies,
        engine_hangs,
        engine_wakes,
        supervisor_dies,
        carrier_lost,
        carrier_back,
        standby,
        takeover,
        newer_clone_comes,
        older_clone_comes,
        replayed,   ///< what `a` has said in this world, to all
        recording,  ///< of an earlier life of `a`, to `b`
    };
    Kind kind{};
    std::uint8_t a = 0, b = 0, medium = 0;
    friend auto operator<=>(const Letter&, const Letter&) = default;
};

/// What becomes of the next message of a direction, if one is sent before the next tick.
constexpr bool is_mishap(const Letter& letter) {
    return letter.kind >= Letter::Kind::lost && letter.kind <= Letter::Kind::late;
}

/// True if both orders at one moment give the same world. Letters of the network set a flag of one direction, which only a
/// frame that is sent reads. No letter sends a frame by itself: hosts act in events, which come later. So such a letter
/// commutes with every other, unless both set the same flag. `--prove` compares the hashes of both orders.
bool commute(const Letter& one, const Letter& other);

/// A letter at a tick of the story.
struct Strike {
    unsigned tick = 0;
    Letter letter;
};
/// Ticks never go back; at equal ticks the order counts.
using Schedule = std::vector<Strike>;

/// Every letter that has a meaning in some world of these settings, in order.
std::vector<Letter> alphabet(const Settings& settings);
std::string to_text(const Letter& letter, const Settings& settings);
std::string to_text(const Schedule& schedule, const Settings& settings);
/// "12 cut alpha beta, 14 engine-dies beta". False if it cannot be read.
bool read_schedule(const std::string& text, const Settings& settings, Schedule& out);

}  // namespace hb::sim
