// The right to hold and the right to claim, at their edges.
#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using core::MemberState;

static bool has(World& world, std::size_t node, std::size_t group) {
    return world.host(node).kernel.address(world.config().groups[group].first);
}

// A pause takes a node past initdead before it has heard anybody. It was not listening: the peer gets a fresh deadtime,
// in which it learns that it is not heard, and lets go. (Seed 514 of the strict oracle.)
static const Teller pause_at_start_judges_nobody(
    {"pause_at_start_judges_nobody", nullptr, [](World& world) {
         boot_all(world);
         world.host(alpha).power_cut();
         world.settle();
         world.network.cut(beta, alpha);
         world.host(alpha).power_on();
         world.run_for(20ms);
         world.host(alpha).freeze_engine();
         world.run_for(world.settings.initdead);
         world.host(alpha).thaw_engine();
         const auto claimed = [&] { return has(world, alpha, 0); };
         expect(world, !world.run_until(claimed, world.settings.deadtime / 2),
                "alpha waits a fresh deadtime");
         expect(world, world.run_until(claimed, world.settings.deadtime), "then it claims");
         expect(world, !has(world, beta, 0), "and beta has let go");
         world.network.mend_all();
         world.settle();
     }});

// The evidence of the engine before limits the next one: a crash between two cuts does not make a new right.
static const Teller crash_between_two_cuts(
    {"crash_between_two_cuts", [](Settings& s) { s.groups = {"alpha 10.0.0.1"}; },
     [](World& world) {
         boot_all(world);
         world.network.cut(alpha, beta);
         world.run_for(world.settings.keepalive * 7 / 2);  // alpha knows by now that it is not heard
         world.network.cut(beta, alpha);
         world.host(alpha).crash_engine();
         const auto claimed = [&] { return has(world, beta, 0); };
         expect(world, world.run_until(claimed, 2 * world.settings.deadtime), "beta claims");
         expect(world, !has(world, alpha, 0), "alpha has let go");
         world.run_for(world.settings.deadtime);
         world.network.mend_all();
         world.settle();
     }});

// Frames of a life of the peer in which it owned nothing, sent again to a node that has just started and does not hear the
// peer itself: it may wait because of them, but it takes nothing.
static const Teller recording_gives_no_right({"recording_gives_no_right",
                                              [](Settings& s) {
                                                  s.groups = {"alpha 10.0.0.1", "alpha 10.0.0.2 web"};
                                              },
                                              [](World& world) {
                                                  boot_all(world);
                                                  world.run_for(10 * world.settings.deadtime);
                                                  world.network.recording = false;
                                                  world.host(alpha).power_cut();
                                                  world.settle();
                                                  expect(world, owns_all(world, beta), "beta owns all");
                                                  world.network.cut(beta, alpha);
                                                  world.host(alpha).power_on();
                                                  for (int i = 0; i < 10; ++i) {
                                                      world.run_for(world.settings.initdead / 20);
                                                      world.network.replay(beta, 64);
                                                  }
                                                  expect(world, !has(world, alpha, 0),
                                                         "alpha has claimed nothing");
                                                  world.run_for(4 * world.settings.deadtime);
                                                  world.network.mend_all();
                                                  world.settle();
                                                  expect(world, owns_home(world), "every group is at home");
                                              }});

// Both processes stood still past the right to hold. Whichever runs first afterwards: the addresses go before
// anything is heard.
static const Teller slept_past_the_right({"slept_past_the_right",
                                          [](Settings& s) { s.groups = {"alpha 10.0.0.1"}; },
                                          [](World& world) {
                                              boot_all(world);
                                              for (int i = 0; i < 8; ++i) {
                                                  world.network.cut(alpha, beta);
                                                  world.network.cut(beta, alpha);
                                                  world.host(alpha).pause();
                                                  world.run_for(3 * world.settings.deadtime);
                                                  world.host(alpha).resume();
                                                  const auto dropped = [&] { return !has(world, alpha, 0); };
                                                  expect(world, world.run_until(dropped, 5ms),
                                                         "alpha drops at once");
                                                  world.network.mend_all();
                                                  world.settle();
                                              }
                                          }});

// Who let go because it is not heard does not take it back as long as it is not heard.
static const Teller yields_once(
    {"yields_once", [](Settings& s) { s.groups = {"alpha 10.0.0.1"}; },
     [](World& world) {
         boot_all(world);
         world.host(beta).ask(core::OperatorAsked::Verb::standby, core::OperatorAsked::Set::all);
         world.network.cut(alpha, beta);
         const auto dropped = [&] { return !has(world, alpha, 0); };
         expect(world, world.run_until(dropped, world.settings.deadtime),
                "alpha lets go before beta may claim");
         expect(world, !world.run_until([&] { return has(world, alpha, 0); }, 3 * world.settings.deadtime),
                "alpha does not take it again");
         expect(world, has(world, beta, 0), "beta has it");
         world.network.mend_all();
         world.settle();
     }});

// A slow script stops for a hand-over when the peer goes deaf and the engine hangs: the address that still stands behind the
// script is a holding, and goes with the right to hold. (Seed 3411.)
static const Teller hand_over_is_still_a_holding(
    {"hand_over_is_still_a_holding",
     [](Settings& s) {
         s.groups = {"alpha 10.0.0.1 web"};
         s.script_min = s.script_max = 5s;
     },
     [](World& world) {
         boot_all(world);
         world.network.cut(alpha, beta);
         world.run_for(world.settings.keepalive / 2);
         world.host(beta).ask(core::OperatorAsked::Verb::takeover, core::OperatorAsked::Set::all);
         world.host(alpha).ask(core::OperatorAsked::Verb::standby, core::OperatorAsked::Set::all);
         world.run_for(world.settings.deadtime / 2);
         expect(world, has(world, alpha, 0), "the script still stops");
         world.host(alpha).freeze_engine();
         const auto claimed = [&] { return has(world, beta, 0); };
         expect(world, world.run_until(claimed, 2 * world.settings.deadtime), "beta claims");
         expect(world, !has(world, alpha, 0), "alpha has let go");
         world.network.mend_all();
         world.settle();
     }});

// A new engine that one peer confirms has not proven itself to the other one. (Seeds 3620, 3889.)
static const Teller crash_beside_a_deaf_and_a_hearing_peer(
    {"crash_beside_a_deaf_and_a_hearing_peer",
     [](Settings& s) {
         s.nodes = {"alpha", "beta", "gamma"};
         s.groups = {"alpha 10.0.0.1"};
     },
     [](World& world) {
         boot_all(world);
         world.network.cut(alpha, beta);
         world.run_for(world.settings.deadtime / 2);
         world.network.cut(beta, alpha);
         world.host(alpha).crash_engine();
         const auto served = [&] { return has(world, beta, 0) || has(world, 2, 0); };
         expect(world, world.run_until(served, world.settings.deadtime), "beta claims, or gamma is given it");
         expect(world, !has(world, alpha, 0), "alpha has let go");
         world.run_for(world.settings.deadtime);
         world.network.mend_all();
         world.settle();
     }});
