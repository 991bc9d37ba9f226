// Somebody serves: what once left a group to nobody although a node could serve it, or clients with the wrong owner.
#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using Verb = core::OperatorAsked::Verb;
using Set = core::OperatorAsked::Set;

static bool has(World& world, std::size_t node, std::size_t group = 0) {
    return world.host(node).kernel.address(world.config().groups[group].first);
}

/// That node has the group's address within `limit`.
static void comes_to(World& world, std::size_t node, Duration limit, const char* what) {
    expect(world, world.run_until([&] { return has(world, node); }, limit), what);
}

static void one_address(Settings& s) { s.groups = {"alpha 10.0.0.1"}; }

static void two_media(Settings& s) {
    one_address(s);
    s.media = 2;
}

static void three_nodes(Settings& s) {
    one_address(s);
    s.nodes = {"alpha", "beta", "gamma"};
}

// Both own in a partition, and the one that spoke last lets go before the heal: nobody tells the other one of its claim, and
// the clients believe it still. (Seed 13 of the promise that who remains speaks.)
static const Teller clients_after_a_claim_that_nobody_heard_of(
    {"clients_after_a_claim_that_nobody_heard_of", one_address, [](World& world) {
         boot_all(world);
         world.network.cut(alpha, beta);
         world.network.cut(beta, alpha);
         comes_to(world, beta, 2 * world.settings.deadtime, "both own");
         world.host(beta).crash_engine();
         world.host(beta).crash_engine();  // the second death lets go
         world.run_for(100ms);
         expect(world, !has(world, beta), "beta has let go");
         world.network.mend_all();
         world.settle();
     }});

// The turn that should ask before the claim comes after the deadtime, by more than the guard's window and less than what
// counts as a pause. (Seed 1262.)
static const Teller late_turn_at_the_end_of_the_deadtime(
    {"late_turn_at_the_end_of_the_deadtime", one_address, [](World& world) {
         for (Duration before = 40ms; before <= 160ms; before += 20ms) {
             boot_all(world);
             world.host(alpha).power_cut();
             world.run_for(world.settings.deadtime - before);
             world.host(beta).freeze_engine();
             world.run_for(world.settings.deadtime / 4);
             world.host(beta).thaw_engine();
             comes_to(world, beta, world.settings.deadtime / 4, "beta claims all the same");
             world.settle();
             world.host(alpha).power_on();
             world.settle();
         }
     }});

// Who was told to stay away serves what the owner cannot serve any more. (Seeds 59 and 93.)
static const Teller standby_serves_what_the_owner_cannot(
    {"standby_serves_what_the_owner_cannot", two_media, [](World& world) {
         boot_all(world);
         world.host(alpha).ask(Verb::standby, Set::all);
         comes_to(world, beta, 1s, "beta takes over");
         world.run_for(world.settings.deadtime);
         world.host(beta).set_cable(false);
         comes_to(world, alpha, 3 * world.settings.keepalive,
                  "alpha serves, although it was told to stay away");
         expect(world, !has(world, beta), "alone");
         world.settle();
     }});

// It was told to stay away and still has the group to give: the peer dies, or loses its cable. (Seeds 120 and 4321.)
static const Teller standby_ends_where_nobody_can_take_it(
    {"standby_ends_where_nobody_can_take_it",
     [](Settings& s) {
         two_media(s);
         s.groups = {"alpha 10.0.0.1 web"};
         s.script_min = s.script_max = 300ms;
     },
     [](World& world) {
         for (const bool dies : {true, false}) {
             boot_all(world);
             world.host(alpha).ask(Verb::standby, Set::all);
             world.run_for(100ms);
             if (dies)
                 world.host(beta).power_cut();
             else
                 world.host(beta).set_cable(false);
             world.run_for(250ms);
             comes_to(world, alpha, world.settings.deadtime + 100ms, "alpha takes it back");
             world.settle();
             world.host(beta).power_on();
             world.host(beta).set_cable(true);
             world.settle();
             world.host(alpha).ask(Verb::takeover, Set::all);
             world.settle();
         }
     }});

// Its supervisor is gone: what must run once stays blocked, and does not keep the addresses back. (Seed 160.)
static const Teller what_is_blocked_keeps_nothing_else_back(
    {"what_is_blocked_keeps_nothing_else_back",
     [](Settings& s) {
         s.groups = {"alpha 10.0.0.1", "alpha 10.0.0.2 web"};
         s.address_lifetime = 2s;
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).freeze_supervisor();
         comes_to(world, beta, 5s, "beta serves the address");
         expect(world, !has(world, beta, 1), "and nothing that may still run at alpha");
         world.host(alpha).thaw_supervisor();
         world.settle();
     }});

// A node that is stopped gives what it has stopped to one in standby, and does not wait for its other scripts. (Seed 6873.)
static const Teller slow_stop_keeps_nothing_else_back(
    {"slow_stop_keeps_nothing_else_back",
     [](Settings& s) {
         s.groups = {"alpha 10.0.0.1", "alpha 10.0.0.2 web"};
         s.script_min = s.script_max = 5s;
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).ask(Verb::standby, Set::all);
         world.settle();
         world.host(alpha).ask(Verb::takeover, Set::all);
         world.settle();
         world.host(alpha).ask(Verb::standby, Set::all);
         world.settle();
         world.host(beta).stop_daemon();
         comes_to(world, alpha, 100ms, "alpha serves the address while the script at beta still stops");
         world.run_for(8s);
         world.host(beta).start_daemon();
         world.settle();
     }});

// Both engines are replaced within a deadtime, by a crash or to read the configuration again: the second one proves nothing
// away that the first had proven. (Seed 4306.)
static const Teller both_engines_within_a_deadtime(
    {"both_engines_within_a_deadtime", one_address, [](World& world) {
         boot_all(world);
         world.run_for(61s);
         world.host(alpha).crash_engine();
         world.run_for(world.settings.deadtime / 4);
         const unsigned before = world.host(alpha).kernel.lifetimes[0];
         world.network.quality.delay_max = 30ms;
         world.host(beta).crash_engine();
         const auto lost = [&] {
             return !has(world, alpha) || world.host(alpha).kernel.lifetimes[0] != before;
         };
         expect(world, !world.run_until(lost, 2 * world.settings.deadtime),
                "alpha keeps its address all the time");
         world.settle();
     }});

// One of three is gone, and another one comes again: it listens for the third for initdead, and gives what is its own by the
// register to the one that serves already. (Seed 8608.)
static const Teller who_still_listens_gives_it_away(
    {"who_still_listens_gives_it_away", three_nodes, [](World& world) {
         boot_all(world);
         world.host(beta).power_cut();
         world.settle();
         world.host(alpha).power_cut();
         world.run_for(world.settings.deadtime / 2);
         world.host(alpha).power_on();  // nobody has noticed
         expect(world, world.run_until([&] { return has(world, 2); }, world.settings.deadtime),
                "gamma serves meanwhile");
         world.settle();
         expect(world, owns_home(world), "and gives it back");
     }});

// Nor is what the dead one had left to the one that still listens. (Seed 20365.)
static const Teller who_still_listens_is_not_waited_for({"who_still_listens_is_not_waited_for",
                                                         [](Settings& s) {
                                                             three_nodes(s);
                                                             s.groups = {"gamma 10.0.0.1"};
                                                             s.initdead = 3s;
                                                         },
                                                         [](World& world) {
                                                             boot_all(world);
                                                             world.host(2).power_cut();
                                                             world.run_for(world.settings.deadtime / 4);
                                                             world.host(alpha).power_cut();
                                                             world.run_for(world.settings.deadtime / 4);
                                                             world.host(alpha).power_on();
                                                             comes_to(world, beta, world.settings.deadtime,
                                                                      "beta claims it at the deadtime");
                                                             world.settle();
                                                         }});

// A cable comes in again, and the first status after it is lost: who took the group meanwhile has heard nothing yet, and stops
// its script more slowly than it takes to claim. (Seed 5418 of the worlds with cables.)
static const Teller first_status_after_the_cable_is_lost({"first_status_after_the_cable_is_lost",
                                                          [](Settings& s) {
                                                              s.groups = {"alpha 10.0.0.1 web"};
                                                              s.script_min = s.script_max = 20ms;
                                                          },
                                                          [](World& world) {
                                                              for (Duration out = 800ms; out <= 1200ms;
                                                                   out += 20ms) {
                                                                  boot_all(world);
                                                                  world.host(alpha).set_cable(false);
                                                                  world.run_for(out);
                                                                  world.network.cut(alpha, beta);
                                                                  world.host(alpha).set_cable(true);
                                                                  world.run_for(world.settings.keepalive / 2);
                                                                  world.network.mend_all();
                                                                  world.settle();
                                                                  expect(world, owns_home(world),
                                                                         "the group is at home");
                                                              }
                                                          }});

// Of three, one claims beside an orphan that it could not hear, and gives the group on: who gets it asks nobody any more.
// (Seed 2230 of the worlds with lifetimes.)
static const Teller given_on_by_one_with_a_deaf_guard({"given_on_by_one_with_a_deaf_guard",
                                                       [](Settings& s) {
                                                           three_nodes(s);
                                                           s.groups = {"gamma 10.0.0.1"};
                                                           s.address_lifetime = 3s;
                                                           s.auto_failback = true;
                                                       },
                                                       [](World& world) {
                                                           boot_all(world);
                                                           world.host(2).ask(Verb::standby, Set::all);
                                                           world.settle();
                                                           world.host(alpha).pause();
                                                           world.network.cut(alpha, beta);
                                                           world.network.cut(beta, alpha);
                                                           world.host(2).set_cable(false);
                                                           comes_to(world, beta, 2 * world.settings.deadtime,
                                                                    "beta claims beside what it cannot hear");
                                                           world.network.mend_all();
                                                           world.host(2).set_cable(true);
                                                           world.run_for(7s);
                                                           world.host(alpha).resume();
                                                           world.settle();
                                                       }});

// Of three, one claims while it is cut off from the owner, whose host stands still, and dies: what the kernel of that host still
// answers is an orphan to the third one too, though the register names another dead node. (Seed 36574.)
static const Teller orphan_of_another_dead_node(
    {"orphan_of_another_dead_node",
     [](Settings& s) {
         three_nodes(s);
         s.address_lifetime = 6s;
         s.auto_failback = false;
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).pause();
         world.network.cut(alpha, beta);
         world.network.cut(beta, alpha);
         comes_to(world, beta, 2 * world.settings.deadtime, "beta claims beside what it cannot hear");
         world.run_for(world.settings.keepalive);
         world.host(beta).power_cut();
         expect(world, world.run_until([&] { return has(world, 2); }, 8s), "gamma claims in the end");
         expect(world, !has(world, alpha), "when alpha's kernel has ended the address");
         world.host(alpha).resume();
         world.network.mend_all();
         world.settle();
     }});
