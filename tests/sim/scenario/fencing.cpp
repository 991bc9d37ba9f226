// Devices that cut a node off before what must run once is claimed from it.
#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using core::MemberState;

static constexpr std::size_t gamma_ = 2;

// Group 0 must run once, group 1 may run twice.
static void devices(Settings& s) {
    s.groups = {"alpha 10.0.0.1 web", "alpha 10.0.0.2"};
    s.extras.fencing = true;
}

static bool dead(World& world, std::size_t by, std::size_t peer) {
    return seen(world, by, peer) == MemberState::dead;
}

// Its host stands still, so its service may go on at any time: first it is switched off.
static const Teller silent_node_is_cut_off_before_the_claim(
    {"silent_node_is_cut_off_before_the_claim", devices, [](World& world) {
         boot_all(world);
         world.host(alpha).pause();
         expect(world,
                world.run_until([&] { return owner(world, 1) == beta || !world.host(alpha).powered(); }, 5s),
                "beta acts");
         expect(world, world.run_until([&] { return !world.host(alpha).powered(); }, 5s), "alpha is cut off");
         expect(world, owner(world, 0) != beta, "and only then claimed from");
         expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 1s), "beta serves");
         world.settle();
     }});

static const Teller without_an_answer_of_the_device_nothing_is_claimed(
    {"without_an_answer_of_the_device_nothing_is_claimed", devices, [](World& world) {
         for (const Device conduct : {Device::fails, Device::hangs}) {
             boot_all(world);
             world.devices.set(alpha, conduct);
             world.host(alpha).power_cut();
             world.run_for(150s);
             expect(world, dead(world, beta, alpha), "alpha is dead");
             expect(world, owner(world, 0) == world.size(), "what must run once waits");
             expect(world, owner(world, 1) == beta, "what may run twice does not");
             world.devices.all_good();
             expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 8s), "beta tries again");
             world.settle();
         }
     }});

static const Teller late_answer_of_a_device_counts(
    {"late_answer_of_a_device_counts", devices, [](World& world) {
         boot_all(world);
         world.devices.set(alpha, Device::late);
         world.host(alpha).pause();
         expect(world, world.run_until([&] { return !world.host(alpha).powered(); }, 5s), "alpha is cut off");
         world.run_for(1s);
         expect(world, owner(world, 0) == world.size(), "but nobody has said so yet");
         expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 60s),
                "the answer comes, and beta serves");
         world.settle();
     }});

// The device was asked before alpha was heard again. It cuts alpha off while alpha lives: of the next death this says nothing.
static const Teller answer_from_before_the_return_proves_nothing(
    {"answer_from_before_the_return_proves_nothing", devices, [](World& world) {
         boot_all(world);
         world.devices.set(alpha, Device::hangs);
         world.host(alpha).pause();
         expect(world, world.run_until([&] { return dead(world, beta, alpha); }, 5s), "alpha is dead");
         world.run_for(2s);
         world.host(alpha).resume();
         expect(world, world.run_until([&] { return !dead(world, beta, alpha); }, 2s), "alpha is back");
         world.run_for(500ms);
         world.devices.set(alpha, Device::good);
         expect(world, world.run_until([&] { return !world.host(alpha).powered(); }, 1s),
                "it is cut off all the same");
         world.devices.set(alpha, Device::fails);
         world.run_for(30s);
         expect(world, dead(world, beta, alpha), "alpha is dead again");
         expect(world, owner(world, 0) == world.size(), "beta waits for another answer");
         world.devices.all_good();
         expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 8s), "and gets it");
         world.settle();
     }});

// The success of one death is not good for the next one.
static const Teller each_death_needs_its_own_answer(
    {"each_death_needs_its_own_answer", devices, [](World& world) {
         boot_all(world);
         world.host(alpha).power_cut();
         expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 8s), "beta serves");
         world.host(alpha).power_on();
         world.settle();
         expect(world, owns_home(world), "alpha serves again");
         world.devices.set(alpha, Device::fails);
         world.host(alpha).power_cut();
         world.run_for(30s);
         expect(world, owner(world, 0) == world.size(), "this time nobody has cut it off");
     }});

static const Teller operator_stands_in_for_a_device(
    {"operator_stands_in_for_a_device", devices, [](World& world) {
         boot_all(world);
         world.devices.set(alpha, Device::fails);
         world.host(beta).ask_fenced(alpha);
         world.run_for(1s);
         expect(world, owns_home(world), "nobody says that of a node that is heard");
         world.host(alpha).pause();
         world.run_for(10s);
         expect(world, owner(world, 0) != beta, "what must run once waits");
         world.host(beta).ask_fenced(alpha);
         expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 1s), "beta serves");
         world.settle();
     }});

static const Teller who_left_in_order_is_not_cut_off(
    {"who_left_in_order_is_not_cut_off", devices, [](World& world) {
         boot_all(world);
         world.devices.set(alpha, Device::fails);
         world.host(alpha).stop_daemon();
         expect(world, world.run_until([&] { return owns_all(world, beta); }, 2s), "beta serves at once");
         world.run_for(10s);
         expect(world, world.host(alpha).powered(), "alpha has power");
         world.settle();
     }});

// Nor later, when another one is claimed from.
static const Teller who_left_long_ago_is_not_cut_off(
    {"who_left_long_ago_is_not_cut_off",
     [](Settings& s) {
         devices(s);
         s.nodes = {"alpha", "beta", "gamma"};
     },
     [](World& world) {
         boot_all(world);
         world.devices.set(alpha, Device::fails);
         world.host(alpha).stop_daemon();
         expect(world, world.run_until([&] { return owns_all(world, beta); }, 2s), "beta serves");
         world.run_for(5s);
         world.host(beta).power_cut();
         expect(world, world.run_until([&] { return owns_all(world, gamma_); }, 8s), "gamma serves");
         world.settle();
     }});

// A standby that dies had nothing: its device is left alone.
static const Teller dead_standby_is_not_cut_off(
    {"dead_standby_is_not_cut_off", devices, [](World& world) {
         boot_all(world);
         world.host(beta).pause();
         world.run_for(10s);
         expect(world, dead(world, alpha, beta) && world.host(beta).powered(), "beta is dead, and has power");
         world.host(beta).resume();
         world.settle();
     }});

// Of three, the silent ones may have claimed from each other: all are cut off, not only the holder.
static const Teller all_silent_nodes_are_cut_off(
    {"all_silent_nodes_are_cut_off",
     [](Settings& s) {
         devices(s);
         s.nodes = {"alpha", "beta", "gamma"};
     },
     [](World& world) {
         boot_all(world);
         for (const std::size_t other : {alpha, beta}) {
             world.network.cut(other, gamma_);
             world.network.cut(gamma_, other);
         }
         world.devices.set(beta, Device::fails);    // of which gamma's register says nothing
         world.devices.set(gamma_, Device::fails);  // so that alpha and beta live on
         expect(world,
                world.run_until([&] { return dead(world, gamma_, alpha) && dead(world, gamma_, beta); }, 8s),
                "both are dead to gamma");
         world.host(alpha).power_cut();
         world.run_for(20s);
         expect(world, !world.host(gamma_).holds_anything() || owner(world, 0) != gamma_,
                "gamma waits for both");
     }});

// Both cut each other off, and whoever is left serves alone.
static const Teller two_that_part_do_not_both_serve(
    {"two_that_part_do_not_both_serve", devices, [](World& world) {
         for (int i = 0; i < 10; ++i) {
             boot_all(world);
             world.run_for(world.between(0s, 1s));
             world.network.cut(alpha, beta);
             world.network.cut(beta, alpha);
             world.run_for(10s);
             expect(world, !world.host(alpha).powered() || !world.host(beta).powered(),
                    "one is off at least");
             for (const std::size_t node : {alpha, beta}) {
                 expect(world, !world.host(node).powered() || owner(world, 0) == node, "the other serves");
                 world.host(node).power_cut();
             }
             world.network.mend_all();
         }
     }});
