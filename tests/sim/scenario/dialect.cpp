// A peer that speaks 3.0.6's dialect only; see dialect.hpp for what it is and what it is not.
#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using Verb = core::OperatorAsked::Verb;
using Set = core::OperatorAsked::Set;

static void beta_is_old(Settings& s) {
    s.groups = {"alpha 10.0.0.1 web", "beta 10.0.0.2 base"};
    s.extras.linux_ha = beta;
    s.keepalive = 200ms;
    s.warntime = 1s;
    s.deadtime = 2s;
    s.initdead = 4s;
}

static bool is_old(World& world, std::size_t by, std::size_t peer) {
    return world.host(by).engine()->core().node(id_of<NodeId>(peer)).dialect == core::Dialect::linux_ha;
}

static const Teller old_peer_starts_with_us({"old_peer_starts_with_us", beta_is_old, [](World& world) {
                                                 boot_all(world);
                                                 expect(
                                                     world,
                                                     is_old(world, alpha, beta) && is_old(world, beta, alpha),
                                                     "to each other they are 3.0.6");
                                                 expect(world, owns_home(world), "each has its own");
                                             }});

static const Teller old_peer_gives_and_takes({"old_peer_gives_and_takes", beta_is_old, [](World& world) {
                                                  boot_all(world);
                                                  for (const std::size_t giver : {alpha, beta}) {
                                                      world.run_for(15s);
                                                      world.host(giver).ask(Verb::standby, Set::all);
                                                      const std::size_t taker = giver == alpha ? beta : alpha;
                                                      expect(world,
                                                             world.run_until(
                                                                 [&] { return owns_all(world, taker); }, 20s),
                                                             "the other one has all");
                                                  }
                                              }});

static const Teller old_peer_takes_over_from_us(
    {"old_peer_takes_over_from_us", beta_is_old, [](World& world) {
         for (const std::size_t victim : {alpha, beta}) {
             boot_all(world);
             world.run_for(15s);
             world.host(victim).power_cut();
             const std::size_t other = victim == alpha ? beta : alpha;
             expect(world, world.run_until([&] { return owns_all(world, other); }, 10s),
                    "the other one has all");
             world.host(victim).power_on();
             expect(world, world.run_until([&] { return owns_home(world); }, 60s), "each has its own again");
         }
     }});

static const Teller old_peer_stops_in_order(
    {"old_peer_stops_in_order", beta_is_old, [](World& world) {
         for (const std::size_t victim : {alpha, beta}) {
             boot_all(world);
             world.run_for(15s);
             world.host(victim).stop_daemon();
             const std::size_t other = victim == alpha ? beta : alpha;
             expect(world, world.run_until([&] { return owns_all(world, other); }, 10s),
                    "the other one has all");
             const auto ended = [&] { return !world.host(victim).daemon_running(); };
             expect(world, world.run_until(ended, 10s), "the daemon ends");
             world.host(victim).start_daemon();
             expect(world, world.run_until([&] { return owns_home(world); }, 60s), "each has its own again");
         }
     }});
