#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "hb/base/id.hpp"
#include "hb/base/random.hpp"
#include "hb/config/config.hpp"

namespace hb::sim {

/// What the network does to every frame. Chances in 1/1000.
struct Quality {
    unsigned loss = 0, duplicate = 0, corrupt = 0;
    Duration delay_min = 50us, delay_max = 200us;  ///< apart: frames overtake each other
};

/// The world before it begins.
struct Settings {
    std::uint64_t seed = 1;
    bool fixed_delays = false;  ///< each delay is the mean of its bounds, and nothing happens by chance
    std::vector<std::string> nodes{"alpha", "beta"};
    unsigned media = 1;
    Duration keepalive = 100ms, warntime = 400ms, deadtime = 1s, initdead = 2s;
    bool auto_failback = true;
    std::string method = "sha1";
    /// Lines of haresources.
    std::vector<std::string> groups{"alpha 10.0.0.1", "beta IPaddr::10.0.0.2/24/eth0 web"};
    Duration script_min = 2ms, script_max = 20ms;    ///< a start or stop that works
    Duration address_min = 50us, address_max = 1ms;  ///< one address, added or removed
    std::int64_t drift_ppm = 0;                      ///< of host 0 forward, of host 1 backward
    Quality quality;
    Duration address_lifetime{};  ///< whole seconds; 0: off
    /// A second host under the name of a node, each: by index into `nodes`. Their hosts come after those of the nodes.
    std::vector<std::size_t> clones;
    Generation first_generation = 0;  ///< the highest that earlier lives used
    Sequence first_sequence = 0;      ///< of each engine's first message, about; 0: 1
    std::uint32_t first_epoch = 0;    ///< of all groups at the first boot
    /// What some worlds have beside the ordinary faults.
    struct Odd {
        bool recordings = false;  ///< somebody plays what he has recorded, also in a calm
        bool operators = false;   ///< ask for anything at any moment
        bool clones = false;      ///< second hosts under a name come and go
        bool numbers = false;     ///< are near their limits, and are lost
    };
    Odd odd;
    /// What is configured beyond nodes, media and groups.
    struct Extras {
        bool fencing = false;         ///< each node has a device that cuts it off
        bool devices_reboot = false;  ///< what was cut off comes back after a while
        std::size_t pings = 0;        ///< ping nodes; of several the last is a group of two addresses
        bool quorum = false;
        Duration monitor{};  ///< how often scripts are asked for their status; 0: never
        Duration status_limit{};
        unsigned moves_per_hour = 6;
        std::size_t linux_ha =
            static_cast<std::size_t>(-1);  ///< this host speaks 3.0.6's dialect only; see dialect.hpp
    };
    Extras extras;

    std::size_t hosts() const { return nodes.size() + clones.size(); }
    /// Under which name this host lives.
    std::size_t name_of(std::size_t host) const {
        return host < nodes.size() ? host : clones[host - nodes.size()];
    }

    /// Everything by chance, from the seed.
    static Settings random(std::uint64_t seed);
    /// The lines of haresources whose bit is set in `changed` are written in another way: to both nodes another group, with the
    /// same resources and the same place in the table.
    /// `percent`: of deadtime and warntime.
    config::Config config(std::size_t host, std::uint32_t changed = 0, int percent = 100) const;
};

/// A generator whose first numbers differ well for neighbouring seeds.
Random seeded(std::uint64_t seed);

}  // namespace hb::sim
