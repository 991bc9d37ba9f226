#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/timeline.hpp"

namespace hb::sim {

class World;
class Host;

/// Ping nodes: routers and the like at the switch of eth0. Each may lose its power, and each may be out of the reach of one host.
/// Of a ping group one address that answers suffices. An answer is lost as often as any one frame.
class Pings {
public:
    explicit Pings(World& world);

    /// One ICMP echo request to each address; an answer waits in the engine's socket for the next turn.
    void ask(Host& asker, std::uint8_t witness);
    void power(std::size_t witness, std::size_t address, bool on);
    void power(std::size_t witness, bool on);
    /// Whether this host and the ping node reach each other.
    void connect(std::size_t host, std::size_t witness, bool on);
    void mend_all();
    bool reaches(std::size_t host, std::size_t witness) const;

private:
    struct Witness {
        std::vector<char> powered;    ///< by address
        std::vector<char> connected;  ///< by host
    };
    World& world_;
    std::vector<Witness> witnesses_;
};

}  // namespace hb::sim
