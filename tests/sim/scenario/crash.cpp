#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using core::MemberState;

static const Teller crash_and_return(
    {"crash_and_return", nullptr, [](World& world) {
         boot_all(world);
         world.host(alpha).power_cut();
         world.run_for(world.settings.deadtime - world.settings.keepalive - 1ms);
         expect(world, owner(world, 0) == world.size(), "nobody claims before the deadtime");
         expect(world,
                world.run_until([&] { return owns_all(world, beta); }, world.settings.keepalive + 60ms),
                "beta owns all soon after the deadtime");
         world.settle();
         world.host(alpha).power_on();
         expect(world, world.run_until([&] { return owns_home(world); }, 1s),
                "the group goes home within a second");
         world.settle();
     }});

static const Teller crash_and_return_failback_off({"crash_and_return_failback_off",
                                                   [](Settings& s) { s.auto_failback = false; },
                                                   [](World& world) {
                                                       boot_all(world);
                                                       world.host(alpha).power_cut();
                                                       world.settle();
                                                       expect(world, owns_all(world, beta), "beta owns all");
                                                       world.host(alpha).power_on();
                                                       world.settle();
                                                       expect(world, owns_all(world, beta), "beta keeps all");
                                                   }});

// One that returns before anybody noticed: the register still says that the group is its own.
static const Teller crash_and_return_at_once({"crash_and_return_at_once", nullptr, [](World& world) {
                                                  boot_all(world);
                                                  world.host(alpha).power_cut();
                                                  world.run_for(world.settings.deadtime / 3);
                                                  world.host(alpha).power_on();
                                                  world.settle();
                                                  expect(world, owns_home(world), "the group is at home");
                                              }});

static const Teller both_crash({"both_crash", nullptr, [](World& world) {
                                    boot_all(world);
                                    for (auto& host : world.hosts) host->power_cut();
                                    world.run_for(100ms);
                                    for (auto& host : world.hosts) host->power_on();
                                    world.settle();
                                    expect(world, owns_home(world), "every group is at home");
                                }});

// Power fails while the number is being written: the next life has a higher one all the same.
static const Teller generation_survives_power_cut(
    {"generation_survives_power_cut", nullptr, [](World& world) {
         Generation highest = 0;
         for (int i = 0; i < 20; ++i) {
             world.host(alpha).power_on();
             world.run_for(world.between(0ms, 12ms));
             if (world.chance(300)) world.host(alpha).crash_engine();
             world.run_for(world.between(0ms, 12ms));
             const Generation reserved = world.host(alpha).disk.reserved();
             expect(world, reserved >= highest, "the reserved generation never goes back");
             highest = reserved;
             world.host(alpha).power_cut();
             world.run_for(5ms);
         }
         boot_all(world);
         expect(world, owns_home(world), "every group is at home");
     }});
