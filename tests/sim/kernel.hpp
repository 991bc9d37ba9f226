#pragma once
#include <cstdint>
#include <vector>

#include "hb/base/id.hpp"

namespace hb::sim {

/// What a script was told to do badly.
/// dies: the service ends by itself a while after each start. status_hangs: its status is never answered.
enum class Conduct : std::uint8_t {
    good,
    start_fails,
    stop_fails,
    start_hangs,
    stop_hangs,
    dies,
    status_hangs
};

/// A service as it really is on one host. `starting`: its start script runs.
enum class Service : std::uint8_t { absent, starting, running, stopping };

/// What the machine itself knows, whatever the daemon believes: addresses set (each answers ARP while the
/// host has power, whether or not the daemon lives), services running, interfaces up.
struct Kernel {
    std::vector<char> addresses;  ///< by ResourceId
    std::vector<unsigned>
        lifetimes;  ///< by ResourceId: number of the one that runs; a new one makes the old one void
    std::vector<Service> services;  ///< by ResourceId
    std::vector<char> ended;        ///< by ResourceId: the service ended by itself, and was not started since
    std::vector<Conduct> conduct;   ///< by ResourceId
    std::vector<char> interfaces;   ///< by MediumId: up
    bool deaf = false;              ///< nothing is received on any interface, though it sends
    bool cable = true;  ///< of eth0, the first medium, which bears the addresses: there is carrier

    Kernel(std::size_t resources, std::size_t media)
        : addresses(resources), lifetimes(resources), services(resources), ended(resources),
          conduct(resources), interfaces(media, 1) {}
    bool address(ResourceId r) const { return addresses[r.index()] != 0; }
    Service service(ResourceId r) const { return services[r.index()]; }
    void lose_all() {
        std::fill(addresses.begin(), addresses.end(), 0);
        for (unsigned& lifetime : lifetimes) ++lifetime;
        std::fill(services.begin(), services.end(), Service::absent);
        std::fill(ended.begin(), ended.end(), 0);
    }
};

}  // namespace hb::sim
