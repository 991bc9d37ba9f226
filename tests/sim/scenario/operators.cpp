#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using Verb = core::OperatorAsked::Verb;
using Set = core::OperatorAsked::Set;

static const Teller standby_and_takeover(
    {"standby_and_takeover", nullptr, [](World& world) {
         boot_all(world);
         world.host(alpha).ask(Verb::standby, Set::all);
         expect(world, world.run_until([&] { return owns_all(world, beta); }, 1s),
                "beta owns all within a second");
         world.settle();
         expect(world, owns_all(world, beta), "and keeps all, although failback is on");
         world.host(alpha).ask(Verb::takeover, Set::all);
         expect(world, world.run_until([&] { return owns_all(world, alpha); }, 1s),
                "alpha takes all within a second");
         world.run_for(world.settings.deadtime);
         world.host(beta).ask(Verb::takeover, Set::local);
         expect(world, world.run_until([&] { return owns_home(world); }, 1s), "beta takes its own back");
         world.settle();
     }});

// Nobody is there to take it.
static const Teller standby_alone_keeps({"standby_alone_keeps", nullptr, [](World& world) {
                                             world.host(alpha).power_on();
                                             world.settle();
                                             world.host(alpha).ask(Verb::standby, Set::all);
                                             world.settle();
                                             expect(world, owns_all(world, alpha), "alpha still owns all");
                                         }});

// First one, then the other: the groups come back, they are not lost between two unwilling nodes.
static const Teller standby_back_and_forth({"standby_back_and_forth", nullptr, [](World& world) {
                                                boot_all(world);
                                                give_there_and_back(world, 3);
                                            }});

static const Teller standby_of_both_at_once({"standby_of_both_at_once", nullptr, [](World& world) {
                                                 boot_all(world);
                                                 world.host(alpha).ask(Verb::standby, Set::all);
                                                 world.host(beta).ask(Verb::standby, Set::all);
                                                 world.settle();
                                             }});

// The peer dies while it is being given the groups.
static const Teller peer_dies_during_standby({"peer_dies_during_standby", nullptr, [](World& world) {
                                                  boot_all(world);
                                                  world.host(alpha).ask(Verb::standby, Set::all);
                                                  world.ambush(1s,
                                                               [&world] { world.host(beta).power_cut(); });
                                                  world.settle();
                                                  expect(world, owns_all(world, alpha),
                                                         "alpha owns all again");
                                              }});
