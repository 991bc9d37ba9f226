#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;

static void thousand(Settings& s) {
    s.groups.clear();
    for (int i = 0; i < 1000; ++i)
        s.groups.push_back("alpha 10.1." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250));
    s.address_min = 10us;
    s.address_max = 40us;
}

static const Teller thousand_addresses(
    {"thousand_addresses", thousand, [](World& world) {
         for (auto& host : world.hosts) host->power_on();
         expect(world, world.run_until([&] { return owns_home(world); }, 2s),
                "alpha owns all within two seconds");
         world.settle();
         world.host(alpha).power_cut();
         expect(world,
                world.run_until([&] { return owns_all(world, beta); }, world.settings.deadtime + 200ms),
                "beta owns all within 200 ms of the deadtime");
         world.settle();
         world.host(alpha).power_on();
         expect(world, world.run_until([&] { return owns_home(world); }, 2s),
                "all go home within two seconds");
         world.host(alpha).stop_daemon();
         expect(world, world.run_until([&] { return owns_all(world, beta); }, 1s),
                "they are handed over within a second");
         world.settle();
     }});
