#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sim/network.hpp"

namespace hb::sim {

/// Somebody on the wire who has recorded earlier lives of every node, and records this one. He has no key: he plays what others
/// signed, to any host, on any medium, as often as he likes. The earlier lives are lived once, in worlds of their own: the same
/// nodes and keys, with this table and with other ones; and each status also as 3.0.6 would have said it, without the fields
/// of the extension.
class Attacker {
public:
    enum class Life { same_table, other_table, linux_ha, this_one };
    struct Recording {
        std::size_t of = 0;  ///< the name it is of
        Life life = Life::same_table;
        std::string type;
        FramePtr frame;
    };

    explicit Attacker(World& world) : world_(world) {}
    /// Records what is sent in this world.
    void heard(const FramePtr& frame);
    /// All recordings of this node and life, oldest first; of one type, or of any if it is empty.
    std::vector<Recording> tape(std::size_t of, Life life, std::string_view type = "");
    /// It arrives after `wait` on this medium.
    void play(const Recording& recording, std::size_t to, MediumId medium, Duration wait = 0ns);
    /// These lie in the socket of the next engine of this host before its first turn.
    void keep_for_engine(std::size_t host, const std::vector<Recording>& recordings);
    void engine_started(std::size_t host);
    /// Anything of the above, by chance.
    void strike();
    /// Some strikes within this time.
    void harass(Duration time);

private:
    void record_lives();
    void record(World& past, Life life);
    void add(Life life, const Frame& frame);
    std::vector<Recording> choose();
    FramePtr copy(const Recording& recording, MediumId medium);
    MediumId any_medium();

    World& world_;
    std::vector<Recording> past_, statuses_, others_;  ///< earlier lives; of this one
    std::vector<std::vector<FramePtr>> kept_;          ///< by host
    bool recorded_ = false;
};

}  // namespace hb::sim
