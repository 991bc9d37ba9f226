#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/explore_letters.hpp"
#include "sim/world.hpp"

namespace hb::sim {

/// A world to explore. All tell one story, in ticks of half a keepalive: all hosts boot, the owner dies, another node takes
/// over, the owner returns, and the groups go home: by themselves, or because an operator asks for it.
struct Stage {
    const char* name;
    const char* what;
    void (*change)(Settings&);  ///< what is not as in `plain_settings`

    Settings settings() const;
};
std::span<const Stage> stages();
const Stage* stage_named(std::string_view name);

/// What was recorded of each name in an earlier life: a status, and then one message of each other type.
using Tapes = std::vector<std::vector<Attacker::Recording>>;
Tapes record_tapes(const Stage& stage);

/// A stage at a tick of its story, and what was done to it. Delays are fixed and no fault comes by chance, so the same
/// schedule gives the same world, bit for bit.
class Play {
public:
    static constexpr unsigned dies = 24, returns = 48, goes_home = 60, ticks = 72;

    Play(const Stage& stage, const Tapes& tapes, const Options& options = {});
    unsigned tick() const { return tick_; }
    bool over() const { return tick_ == ticks; }
    /// The world decides: nothing that is up can return.
    bool has_meaning(const Letter& letter) const;
    void act(const Letter& letter);
    /// One tick passes, and the story goes on. The answer is a letter whose message was not sent, if there is one: this is
    /// the world that it would be without that letter.
    std::optional<Letter> pass();
    /// All faults end, and the cluster must settle.
    void end();
    World& world() { return world_; }

private:
    struct Mishap {
        Letter letter;
        std::vector<std::byte> met;  ///< the message; on every medium it fares alike
        Moment sent{};
    };
    void tell();
    void expect_story();
    void play_recording(std::size_t of, std::size_t to);
    bool is_free(const Letter& letter) const;
    void start_clone(std::size_t clone, Generation beside);
    Network::Fate fate(const Frame& frame, std::size_t to);

    const Tapes& tapes_;
    World world_;
    unsigned tick_ = 0;
    bool undisturbed_ = true;      ///< no letter yet: then the story must be the one that is told
    std::vector<Mishap> mishaps_;  ///< of this tick
};

/// Lets all letters of the schedule happen at their ticks, until `tick` has come and its letters have happened.
void follow(Play& play, const Schedule& schedule, unsigned tick);

}  // namespace hb::sim
