#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using core::MemberState;

// A crash of ours costs no outage: the address never leaves the kernel, the peer claims nothing.
static const Teller engine_crash_keeps_addresses(
    {"engine_crash_keeps_addresses", nullptr, [](World& world) {
         boot_all(world);
         world.host(alpha).crash_engine();
         const auto address = world.config().groups[0].first;
         const bool lost = world.run_until([&] { return !world.host(alpha).kernel.address(address); },
                                           5 * world.settings.deadtime);
         expect(world, !lost, "the address stays");
         world.settle();
         expect(world, owns_home(world), "every group is at home");
     }});

// The supervisor takes the addresses down before the peer may claim; the peer serves after the deadtime or,
// if the new engine is quicker, the group stays at home.
static const Teller engine_hang_is_judged(
    {"engine_hang_is_judged", nullptr, [](World& world) {
         boot_all(world);
         const auto address = world.config().groups[0].first;
         world.host(alpha).freeze_engine();
         const bool removed = world.run_until([&] { return !world.host(alpha).kernel.address(address); },
                                              world.settings.deadtime);
         expect(world, removed, "the address is gone within a deadtime");
         expect(world, !world.host(beta).kernel.address(address), "and beta does not have it yet");
         world.settle();
     }});

// Twice within a minute: everything is released, and another engine comes later.
static const Teller engine_crashes_twice({"engine_crashes_twice", nullptr, [](World& world) {
                                              boot_all(world);
                                              world.host(alpha).crash_engine();
                                              world.run_for(2 * world.settings.deadtime);
                                              world.host(alpha).crash_engine();
                                              world.settle();
                                              expect(world, owns_home(world), "every group is at home");
                                          }});

static const Teller standby_engine_crashes(
    {"standby_engine_crashes", [](Settings& s) { s.groups = {"alpha 10.0.0.1 web"}; },
     [](World& world) {
         boot_all(world);
         world.host(beta).crash_engine();
         world.settle();
         expect(world, owner(world, 0) == alpha, "alpha goes on");
         world.host(beta).freeze_engine();
         world.run_for(2 * world.settings.deadtime);
         expect(world, seen(world, alpha, beta) == MemberState::dead, "a hung standby is dead");
         expect(world, owner(world, 0) == alpha, "which costs nothing");
         world.host(beta).thaw_engine();
         world.settle();
     }});

// An engine that was away for less than its right to hold goes on as if nothing had been.
static const Teller engine_pause_is_no_death({"engine_pause_is_no_death", nullptr, [](World& world) {
                                                  boot_all(world);
                                                  for (int i = 0; i < 5; ++i) {
                                                      world.host(alpha).freeze_engine();
                                                      world.run_for(world.settings.keepalive);
                                                      world.host(alpha).thaw_engine();
                                                      world.run_for(world.settings.deadtime);
                                                      expect(world, owns_home(world),
                                                             "every group stays at home");
                                                  }
                                              }});

// A node that slept does not blame its peer.
static const Teller host_paused_is_not_dead_peer(
    {"host_paused_is_not_dead_peer", nullptr, [](World& world) {
         boot_all(world);
         world.host(beta).pause();
         world.run_for(3 * world.settings.deadtime);
         world.host(beta).resume();
         bool blamed = false;
         world.run_until(
             [&] {
                 blamed |= seen(world, beta, alpha) == MemberState::dead;
                 return blamed;
             },
             world.settings.deadtime);
         expect(world, !blamed, "beta never takes alpha for dead");
         world.settle();
         expect(world, owns_home(world), "every group is at home");
     }});

// Stamps of frames are of the wall clock. It is set forward and back by hours, also between the coming of a frame and its
// reading: nobody is dead, nothing moves.
static const Teller wall_clock_steps_change_nothing(
    {"wall_clock_steps_change_nothing", nullptr, [](World& world) {
         boot_all(world);
         world.oracle.watch(true);
         for (int i = 0; i < 50; ++i) {
             Host& host = world.host(world.random.below(2));
             if (i % 2) host.freeze_engine();
             world.run_for(world.between(0ms, world.settings.deadtime / 3));
             host.step_clock(i % 4 < 2 ? 3h : -3h);
             host.thaw_engine();
             world.run_for(world.between(0ms, world.settings.deadtime));
             expect(world, seen(world, alpha, beta) == MemberState::active, "beta lives");
             expect(world, seen(world, beta, alpha) == MemberState::active, "alpha lives");
             expect(world, owns_home(world), "nothing has moved");
         }
         world.oracle.watch(false);
         world.settle();
     }});
