#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "hb/core/event.hpp"
#include "sim/timeline.hpp"

namespace hb::sim {

class World;

/// What a device that cuts nodes off does when it is asked. late: it cuts at once, and answers after up to 50 s.
enum class Device : std::uint8_t { good, fails, hangs, late };

/// One device for each node's name. It switches the power off of every host that lives under this name. Whatever it says is true: a
/// device that lies is not here.
class Devices {
public:
    explicit Devices(World& world);

    void set(std::size_t name, Device conduct);
    void all_good();
    bool all_are_good() const;
    Device conduct(std::size_t name) const { return conduct_[name]; }
    /// How long one run takes. A device that hangs is ended by the supervisor: never.
    Duration takes();
    Duration answers_late();
    /// All hosts of this name are without power now. If devices reboot, it comes back after a while.
    void cut(std::size_t name);

private:
    World& world_;
    std::vector<Device> conduct_;  ///< by name
};

}  // namespace hb::sim
