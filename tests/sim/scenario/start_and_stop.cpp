#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using core::MemberState;

// Both at once: the address is served long before initdead, each group at home.
static const Teller cold_start_both({"cold_start_both", nullptr, [](World& world) {
                                         for (auto& host : world.hosts) host->power_on();
                                         expect(world,
                                                world.run_until([&] { return owns_home(world); }, 500ms),
                                                "every group is at home within 500 ms");
                                         world.settle();
                                         expect(world, owns_home(world), "every group stays at home");
                                     }});

// The first waits initdead before it believes in its own solitude; the second gets its group back.
static const Teller start_one_then_other(
    {"start_one_then_other", nullptr, [](World& world) {
         world.host(alpha).power_on();
         world.run_for(world.settings.initdead - 100ms);
         expect(world, owner(world, 0) == world.size(), "nothing is owned before initdead");
         expect(world, world.run_until([&] { return owns_all(world, alpha); }, 500ms),
                "alpha owns all after initdead");
         world.host(beta).power_on();
         expect(world, world.run_until([&] { return owns_home(world); }, 1s),
                "beta has its group within a second");
         world.settle();
     }});

static const Teller graceful_stop_and_return(
    {"graceful_stop_and_return", nullptr, [](World& world) {
         boot_all(world);
         world.host(alpha).stop_daemon();
         const bool handed_over = world.run_until([&] { return owns_all(world, beta); }, 500ms);
         expect(world, handed_over, "beta owns all within 500 ms, not after a deadtime");
         expect(world, world.run_until([&] { return !world.host(alpha).daemon_running(); }, 1s),
                "alpha's daemon ends");
         expect(world, !world.host(alpha).holds_anything(), "nothing is left at alpha");
         world.settle();
         world.host(alpha).start_daemon();
         expect(world, world.run_until([&] { return owns_home(world); }, 1s),
                "all is home again within a second");
         world.settle();
     }});

static const Teller both_stop({"both_stop", nullptr, [](World& world) {
                                   boot_all(world);
                                   for (auto& host : world.hosts) host->stop_daemon();
                                   const auto ended = [&] {
                                       return !world.host(alpha).daemon_running() &&
                                              !world.host(beta).daemon_running();
                                   };
                                   expect(world, world.run_until(ended, 10s), "both daemons end");
                                   for (auto& host : world.hosts)
                                       expect(world, !host->holds_anything(), "nothing is left in a kernel");
                                   world.host(beta).start_daemon();
                                   world.settle();
                                   expect(world, owns_all(world, beta), "beta alone owns all");
                               }});

// The last that stops needs nobody to hand over to.
static const Teller stop_one_after_the_other(
    {"stop_one_after_the_other", nullptr, [](World& world) {
         boot_all(world);
         world.host(beta).stop_daemon();
         world.settle();
         expect(world, owns_all(world, alpha), "alpha owns all");
         world.host(alpha).stop_daemon();
         expect(world, world.run_until([&] { return !world.host(alpha).daemon_running(); }, 10s),
                "alpha's daemon ends");
         expect(world, !world.host(alpha).holds_anything(), "nothing is left at alpha");
     }});
