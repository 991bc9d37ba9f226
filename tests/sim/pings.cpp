#include "sim/pings.hpp"

#include <algorithm>

#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

Pings::Pings(World& world) : world_(world) {
    for (const config::Witness& witness : world.config().witnesses)
        witnesses_.push_back(
            {std::vector<char>(witness.addresses.size(), 1), std::vector<char>(world.settings.hosts(), 1)});
}

void Pings::ask(Host& asker, std::uint8_t witness) {
    const Network& network = world_.network;
    for (std::size_t address = 0; address < witnesses_[witness].powered.size(); ++address) {
        if (!asker.interface_up(0) || world_.chance(network.quality.loss)) continue;
        const Duration there = world_.between(network.quality.delay_min, network.quality.delay_max);
        const Duration back = world_.between(network.quality.delay_min, network.quality.delay_max);
        world_.time.after(there, [this, &asker, witness, address, back] {
            const Witness& asked = witnesses_[witness];
            if (!asked.powered[address] || !asked.connected[asker.node()]) return;
            world_.time.after(back, [&asker, witness] { asker.answered(witness); });
        });
    }
}

void Pings::power(std::size_t witness, std::size_t address, bool on) {
    char& powered = witnesses_[witness].powered[address];
    if ((powered != 0) == on) return;
    world_.oracle.fault();
    world_.log.line(Log::world, "ping node %zu.%zu %s", witness, address, on ? "is back" : "loses its power");
    powered = on;
}

void Pings::power(std::size_t witness, bool on) {
    for (std::size_t address = 0; address < witnesses_[witness].powered.size(); ++address)
        power(witness, address, on);
}

void Pings::connect(std::size_t host, std::size_t witness, bool on) {
    char& connected = witnesses_[witness].connected[host];
    if ((connected != 0) == on) return;
    world_.oracle.fault();
    world_.log.line(Log::world, "ping node %zu %s %s", witness,
                    on ? "is in reach of" : "is out of the reach of", world_.name(host).c_str());
    connected = on;
}

void Pings::mend_all() {
    for (std::size_t w = 0; w < witnesses_.size(); ++w) {
        power(w, true);
        for (std::size_t host = 0; host < world_.size(); ++host) connect(host, w, true);
    }
}

bool Pings::reaches(std::size_t host, std::size_t witness) const {
    const Witness& asked = witnesses_[witness];
    const bool any = std::any_of(asked.powered.begin(), asked.powered.end(), [](char on) { return on != 0; });
    return any && asked.connected[host] && world_.host(host).hears(0);
}

}  // namespace hb::sim
