// Addresses that end by themselves, and supervisors that stop, die and come again.
#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using core::MemberState;

static bool has(World& world, std::size_t node) { return world.host(node).kernel.address(ResourceId{0}); }

static void with_lifetimes(Settings& s) {
    s.address_lifetime = 2s;
    s.groups = {"alpha 10.0.0.1"};
}

// The kernel goes on answering for a host that stands still; the guard waits for it, and no longer than needed.
static const Teller kernel_answers_for_a_still_host(
    {"kernel_answers_for_a_still_host", with_lifetimes, [](World& world) {
         boot_all(world);
         world.host(alpha).pause();
         world.run_for(world.settings.deadtime);
         expect(world, has(world, alpha) && !has(world, beta), "the guard holds beta back");
         expect(world, world.run_until([&] { return !has(world, alpha); }, 2500ms),
                "the address ends by itself");
         expect(world, world.run_until([&] { return has(world, beta); }, 100ms), "then beta claims");
         world.host(alpha).resume();
         world.settle();
         expect(world, owns_home(world), "the group goes home");
     }});

// As long as it said that its addresses live, and not less: the guard waits for the last of it.
static const Teller kernel_answers_for_as_long_as_was_said(
    {"kernel_answers_for_as_long_as_was_said",
     [](Settings& s) {
         with_lifetimes(s);
         s.address_lifetime = 6s;
     },
     [](World& world) {
         for (int i = 0; i < 4; ++i) {
             boot_all(world);
             world.run_for(world.between(0s, 3s));
             world.host(alpha).pause();
             expect(world, world.run_until([&] { return has(world, beta); }, 8s), "beta claims in the end");
             expect(world, !has(world, alpha), "when the kernel has ended the address");
             world.host(alpha).resume();
             world.settle();
         }
     }});

// The whole daemon stands still until its address has ended and the peer serves. Whichever of its processes wakes first: the
// supervisor puts nothing back beside the new owner. (On real daemons one time in ten, before it asked.)
static const Teller woken_beside_the_new_owner(
    {"woken_beside_the_new_owner",
     [](Settings& s) {
         with_lifetimes(s);
         s.auto_failback = false;
     },
     [](World& world) {
         for (int i = 0; i < 20; ++i) {
             boot_all(world);
             const std::size_t sleeper = has(world, alpha) ? alpha : beta, other = 1 - sleeper;
             world.host(sleeper).pause();
             expect(world, world.run_until([&] { return has(world, other); }, 4s), "the other one claims");
             world.run_for(world.between(0ms, 300ms));
             world.host(sleeper).resume();
             const auto two = [&] { return has(world, alpha) && has(world, beta); };
             expect(world, !world.run_until(two, world.settings.deadtime), "never two owners");
             world.settle();
         }
     }});

// Its supervisor alone stands still: the engine goes on beating for a while, then it gives the group away; the guard waits for the
// address.
static const Teller supervisor_stands_still(
    {"supervisor_stands_still",
     [](Settings& s) {
         with_lifetimes(s);
         s.auto_failback = false;
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).freeze_supervisor();
         world.run_for(1500ms);
         expect(world, seen(world, beta, alpha) == MemberState::active, "alpha is heard");
         expect(world, !has(world, beta), "beta claims nothing beside the address");
         expect(world, world.run_until([&] { return has(world, beta); }, 2s), "beta is given the group");
         expect(world, !has(world, alpha), "after the lifetime of the address");
         world.host(alpha).thaw_supervisor();
         world.run_for(20ms);
         expect(world, !has(world, alpha), "who wakes late puts nothing back");
         world.settle();
     }});

// It wakes in time: what expired meanwhile is there again, and nothing has moved.
static const Teller supervisor_wakes_in_time(
    {"supervisor_wakes_in_time",
     [](Settings& s) {
         with_lifetimes(s);
         s.keepalive = 1s, s.warntime = 5s, s.deadtime = 10s, s.initdead = 20s;
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).freeze_supervisor();
         expect(world, world.run_until([&] { return !has(world, alpha); }, 2500ms),
                "the address ends by itself");
         world.host(alpha).thaw_supervisor();
         expect(world, world.run_until([&] { return has(world, alpha); }, 10ms), "it is there again at once");
         expect(world, !has(world, beta), "nothing has moved");
         world.settle();
     }});

// The engine outlives its supervisor, and keeps the peer away until the next supervisor has released what was held.
static const Teller supervisor_dies(
    {"supervisor_dies",
     [](Settings& s) {
         with_lifetimes(s);
         s.groups = {"alpha 10.0.0.1 web"};
         s.script_min = s.script_max = 400ms;
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).crash_supervisor();
         world.run_for(90ms);
         expect(world, world.host(alpha).engine() != nullptr && has(world, alpha), "the engine goes on");
         world.run_for(60ms);
         expect(world, !has(world, alpha) && !has(world, beta), "the next supervisor releases first");
         expect(world, seen(world, beta, alpha) == MemberState::active, "the old engine still beats");
         world.settle();
         expect(world, owns_home(world), "the group is at home");
     }});

// All of a daemon is killed, and its script stops for longer than a deadtime: the next engine beats meanwhile, and says so.
static const Teller killed_whole_beside_a_slow_stop(
    {"killed_whole_beside_a_slow_stop",
     [](Settings& s) {
         with_lifetimes(s);
         s.groups = {"alpha 10.0.0.1 web"};
         s.script_min = s.script_max = 4 * s.deadtime;
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).crash_supervisor();
         world.host(alpha).crash_engine();
         for (int part = 0; part < 35; ++part) {
             world.run_for(world.settings.deadtime / 10);
             expect(world, world.host(beta).kernel.services[1] == Service::absent,
                    "beta waits for the script");
             expect(world, seen(world, beta, alpha) != MemberState::dead,
                    "and hears that there is something to wait for");
         }
         expect(world, !has(world, alpha), "the address went first");
         expect(world, world.host(alpha).kernel.services[1] != Service::absent,
                "the script has not stopped yet");
         world.settle();
         expect(world, owns_home(world), "the group is at home");
     }});

// Woken in the moment in which the engine may still prove that the right lasts: what expired waits for that, and comes
// back. (Seed 83 of the first worlds with lifetimes.)
static const Teller expired_while_the_right_is_unsure({"expired_while_the_right_is_unsure",
                                                       [](Settings& s) {
                                                           with_lifetimes(s);
                                                           s.keepalive = 500ms, s.warntime = 2s,
                                                           s.deadtime = 5s, s.initdead = 10s;
                                                       },
                                                       [](World& world) {
                                                           for (Duration late = 3300ms; late < 3800ms;
                                                                late += 5ms) {
                                                               boot_all(world);
                                                               world.run_for(world.between(0ms, 700ms));
                                                               world.host(alpha).pause();
                                                               world.run_for(late);
                                                               world.host(alpha).resume();
                                                               world.settle();
                                                           }
                                                       }});

// Frozen and dead at once: nobody has ever heard alpha here, and its kernel still answers. It may be alpha that answers.
// (Seed 522 of the first worlds with lifetimes.)
static const Teller orphan_of_a_node_that_was_never_heard(
    {"orphan_of_a_node_that_was_never_heard",
     [](Settings& s) {
         with_lifetimes(s);
         s.address_lifetime = 6s;  // its last half outlasts initdead
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).pause();
         world.host(beta).power_cut();
         world.run_for(20ms);
         world.host(beta).power_on();
         expect(world, world.run_until([&] { return has(world, beta); }, world.settings.initdead + 5s),
                "beta claims");
         world.host(alpha).resume();
         world.settle();
     }});

// Its supervisor stands still when the group is to come home: it goes home as soon as that supervisor turns again. (Seed 220 of
// the first worlds with supervisors that stop.)
static const Teller given_when_the_supervisor_turns_again(
    {"given_when_the_supervisor_turns_again",
     [](Settings& s) {
         with_lifetimes(s);
         s.media = 2;
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).set_cable(false);
         expect(world, world.run_until([&] { return has(world, beta); }, 2s), "beta serves");
         world.run_for(2 * world.settings.deadtime);
         world.host(alpha).set_cable(true);
         world.run_for(3600ms);
         world.host(alpha).freeze_supervisor();
         world.run_for(1800ms);  // meanwhile alpha says that it could serve
         expect(world, has(world, beta), "nothing goes to a node that can start nothing");
         world.host(alpha).thaw_supervisor();
         expect(world, world.run_until([&] { return has(world, alpha); }, 50ms), "it goes home at once");
         world.settle();
         expect(world, owns_home(world), "the group is at home");
     }});
