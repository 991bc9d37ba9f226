#include "sim/devices.hpp"

#include <algorithm>

#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

Devices::Devices(World& world) : world_(world), conduct_(world.settings.nodes.size(), Device::good) {}

void Devices::set(std::size_t name, Device conduct) {
    static constexpr const char* conducts[] = {"works", "fails", "hangs", "answers late"};
    if (conduct_[name] == conduct) return;
    world_.oracle.fault();
    world_.log.line(Log::world, "the device of %s %s", world_.settings.nodes[name].c_str(),
                    conducts[static_cast<int>(conduct)]);
    conduct_[name] = conduct;
}

void Devices::all_good() {
    for (std::size_t name = 0; name < conduct_.size(); ++name) set(name, Device::good);
}

bool Devices::all_are_good() const {
    return std::all_of(conduct_.begin(), conduct_.end(), [](Device d) { return d == Device::good; });
}

Duration Devices::takes() { return world_.between(20ms, 1500ms); }

Duration Devices::answers_late() { return world_.between(2s, 50s); }

void Devices::cut(std::size_t name) {
    for (auto& host : world_.hosts) {
        if (world_.settings.name_of(host->node()) != name || !host->powered()) continue;
        host->power_cut();
        if (world_.settings.extras.devices_reboot)
            world_.time.after(world_.between(500ms, 5s), [&host] { host->power_on(); });
    }
}

}  // namespace hb::sim
