#pragma once
#include "sim/world.hpp"

namespace hb::sim {

/// Rounds of random faults, each followed by repair, settlement and the question whether all is well.
class Chaos {
public:
    explicit Chaos(World& world) : world_(world) {}
    void run(unsigned rounds);

private:
    void begin();
    void round();
    void strike();
    void strike_process();
    void strike_network();
    void strike_operator();
    void strike_service();
    void strike_twice();
    void strike_text();
    bool strike_oddly();
    void strike_operators();
    void strike_clone();
    Generation unused_number();
    void strike_numbers();
    bool strike_extras();
    void strike_device();
    void strike_ping();
    void strike_monitored();
    void end_second_lives();
    void leave_some_off();
    void repair();
    /// At a random time within three deadtimes, or at the worst moment: while a group is moving.
    void sometime(std::function<void()> act);
    Duration standstill();
    void lasting(Duration least, Duration most, std::function<void()> end);
    Host& anyone() { return world_.host(world_.random.below(world_.size())); }
    std::size_t other_than(std::size_t node);

    World& world_;
    unsigned round_ = 0, numbers_lost_ = 0;
    std::uint32_t text_ = 0;  ///< of haresources, as the administrator wants it
};

}  // namespace hb::sim
