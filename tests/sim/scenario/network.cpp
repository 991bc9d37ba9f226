#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using core::MemberState;

static void cut_both_ways(World& world) {
    world.network.cut(alpha, beta);
    world.network.cut(beta, alpha);
}

// Both sides own; at the heal the later claim stays, nobody restarts, and failback brings each group home.
static const Teller partition_and_heal(
    {"partition_and_heal", nullptr, [](World& world) {
         boot_all(world);
         cut_both_ways(world);
         world.run_for(3 * world.settings.deadtime);
         for (const auto& host : world.hosts)
             for (std::size_t g = 0; g < 2; ++g)
                 expect(world, host->group(g).state == core::GroupState::owned, "both own all");
         const Engine *a = world.host(alpha).engine(), *b = world.host(beta).engine();
         world.network.mend_all();
         const auto single = [&] {
             return !world.host(alpha).kernel.addresses[0] || !world.host(beta).kernel.addresses[0];
         };
         expect(world, world.run_until(single, 3 * world.settings.keepalive),
                "one has dropped the address within three keepalives");
         world.settle();
         expect(world, owns_home(world), "every group is at home");
         expect(world, world.host(alpha).engine() == a && world.host(beta).engine() == b, "nobody restarts");
     }});

static void one_way(World& world, std::size_t from, std::size_t to) {
    boot_all(world);
    world.network.cut(from, to);
    world.run_for(3 * world.settings.deadtime);
    world.network.mend_all();
    world.settle();
    expect(world, owns_home(world), "every group is at home");
}
static const Teller one_way_cut({"one_way_cut", nullptr, [](World& world) { one_way(world, alpha, beta); }});
static const Teller one_way_cut_reversed({"one_way_cut_reversed", nullptr,
                                          [](World& world) { one_way(world, beta, alpha); }});

static const Teller short_cut_changes_nothing({"short_cut_changes_nothing", nullptr, [](World& world) {
                                                   boot_all(world);
                                                   for (int i = 0; i < 5; ++i) {
                                                       cut_both_ways(world);
                                                       world.run_for(world.settings.deadtime -
                                                                     2 * world.settings.keepalive);
                                                       world.network.mend_all();
                                                       world.run_for(3 * world.settings.keepalive);
                                                       expect(world, owns_home(world),
                                                              "every group stays at home");
                                                   }
                                               }});

static const Teller cable_pulled_during_failback(
    {"cable_pulled_during_failback",
     [](Settings& s) {
         s.script_min = s.script_max = 200ms;
         s.groups = {"alpha 10.0.0.1 web base"};
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).power_cut();
         world.settle();
         expect(world, owner(world, 0) == beta, "beta owns the group");
         world.host(alpha).power_on();
         const auto releasing = [&] {
             return world.host(beta).group(0).state == core::GroupState::releasing;
         };
         expect(world, world.run_until(releasing, 2s), "beta releases it for alpha");
         world.run_for(50ms);
         cut_both_ways(world);
         world.run_for(3 * world.settings.deadtime);
         world.network.mend_all();
         world.settle();
         expect(world, owner(world, 0) == alpha, "it is at home in the end");
     }});

static const Teller medium_down_one_of_two(
    {"medium_down_one_of_two", [](Settings& s) { s.media = 2; },
     [](World& world) {
         boot_all(world);
         world.host(alpha).set_interface(1, false);
         world.run_for(3 * world.settings.deadtime);
         expect(world, owns_home(world), "the other medium is enough");
         expect(world, seen(world, beta, alpha) == MemberState::active, "alpha is alive for beta");
         const core::LinkState lost =
             world.host(beta).engine()->core().link(id_of<NodeId>(alpha), id_of<MediumId>(1)).state;
         expect(world, lost == core::LinkState::lost, "the link over the second is lost");
         world.host(alpha).set_interface(1, true);
         world.run_for(2 * world.settings.keepalive + 20ms);
         const core::LinkState back =
             world.host(beta).engine()->core().link(id_of<NodeId>(alpha), id_of<MediumId>(1)).state;
         expect(world, back == core::LinkState::up, "and up again");
         world.settle();
     }});

// A recording changes nothing at a node that knows better, and makes a fresh node wait at most.
static const Teller replayed_recording({"replayed_recording", nullptr, [](World& world) {
                                            boot_all(world);
                                            world.host(alpha).power_cut();
                                            world.settle();
                                            for (int i = 0; i < 3; ++i) {
                                                world.network.replay(alpha, 64);
                                                world.run_for(world.settings.keepalive);
                                            }
                                            expect(world, seen(world, beta, alpha) == MemberState::dead,
                                                   "alpha stays dead");
                                            expect(world, owns_all(world, beta), "beta owns all");
                                            world.host(beta).power_cut();
                                            world.run_for(100ms);
                                            world.host(beta).power_on();
                                            world.run_for(world.settings.deadtime / 2);
                                            world.network.replay(alpha, 64);
                                            world.settle();
                                            expect(world, owns_all(world, beta), "beta owns all in the end");
                                            world.host(alpha).power_on();
                                            world.settle();
                                            expect(world, owns_home(world), "every group is at home");
                                        }});

// A fifth of all frames is lost, others come twice, late, out of order or damaged: for ten minutes nothing
// moves.
static const Teller bad_network_moves_nothing(
    {"bad_network_moves_nothing",
     [](Settings& s) {
         s.media = 2;
         s.quality = {.loss = 200, .duplicate = 200, .corrupt = 50, .delay_min = 50us, .delay_max = 20ms};
     },
     [](World& world) {
         boot_all(world);
         world.oracle.watch(true);
         world.run_for(10min);
         expect(world, owns_home(world), "every group stays at home");
     }});

static const Teller three_nodes_one_cut_off(
    {"three_nodes_one_cut_off",
     [](Settings& s) {
         s.nodes = {"alpha", "beta", "gamma"};
         s.groups = {"alpha 10.0.0.1", "beta 10.0.0.2 web", "gamma 10.0.0.3"};
     },
     [](World& world) {
         boot_all(world);
         expect(world, owns_home(world), "every group is at home");
         for (const std::size_t other : {beta, std::size_t{2}})
             world.network.cut(alpha, other), world.network.cut(other, alpha);
         world.run_for(3 * world.settings.deadtime);
         world.network.mend_all();
         world.settle();
         expect(world, owns_home(world), "every group is at home again");
     }});

// Who starts while the network is down takes the others for dead before it has ever met them. When it can hear them each has to
// name the other before it believes it, and one of them begins.
static void start_apart(World& world, std::size_t cut_off) {
    for (std::size_t other = 0; other < world.size(); ++other)
        if (other != cut_off) world.network.cut(cut_off, other), world.network.cut(other, cut_off);
    for (std::size_t n = 0; n < world.size(); ++n) world.host(n).power_on();
    world.run_for(world.settings.initdead + 3 * world.settings.deadtime);
    expect(world,
           seen(world, alpha, beta) == MemberState::dead && seen(world, beta, alpha) == MemberState::dead,
           "each takes the other for dead");
    world.network.mend_all();
    world.settle();
    expect(world, owns_home(world), "every group is at home");
}
static const Teller started_apart_and_meet({"started_apart_and_meet", nullptr,
                                            [](World& world) { start_apart(world, alpha); }});
static const Teller one_of_three_started_apart_and_meets(
    {"one_of_three_started_apart_and_meets",
     [](Settings& s) {
         s.nodes = {"alpha", "beta", "gamma"};
         s.groups = {"alpha 10.0.0.1", "beta 10.0.0.2 web", "gamma 10.0.0.3"};
     },
     [](World& world) { start_apart(world, beta); }});
