#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;

/// Runs for that long; two nodes must not have an address at once in any moment of it.
static void run_with_one_owner(World& world, Duration time) {
    const auto two = [&world] {
        const Kernel &a = world.host(alpha).kernel, &b = world.host(beta).kernel;
        for (std::size_t r = 0; r < a.addresses.size(); ++r)
            if (a.addresses[r] && b.addresses[r]) return true;
        return false;
    };
    expect(world, !world.run_until(two, time), "never two owners");
}

static void give_time_to_come_home(World& world) {
    run_with_one_owner(world, 6s + world.settings.deadtime);
    world.settle();
    expect(world, owns_home(world), "every group is at home");
}

// One cable: the owner is gone from its interface before the peer counts it dead, and waits for its word
// afterwards.
static const Teller cable_of_the_owner_out_and_in(
    {"cable_of_the_owner_out_and_in", nullptr, [](World& world) {
         boot_all(world);
         const Duration deadtime = world.settings.deadtime, keepalive = world.settings.keepalive;
         for (const Duration out :
              {deadtime / 4, deadtime / 2, deadtime * 3 / 4, deadtime * 7 / 8, deadtime - keepalive / 2,
               deadtime, deadtime + keepalive / 2, 3 * deadtime}) {
             world.host(alpha).set_cable(false);
             run_with_one_owner(world, out);
             world.host(alpha).set_cable(true);
             give_time_to_come_home(world);
         }
     }});

static const Teller cable_of_the_owner_of_scripts_out_and_in(
    {"cable_of_the_owner_of_scripts_out_and_in",
     [](Settings& s) {
         s.script_min = s.script_max = 20ms;
         s.groups = {"alpha 10.0.0.1 web base"};
     },
     [](World& world) {
         boot_all(world);
         for (int eighths = 4; eighths <= 16; ++eighths) {
             world.host(alpha).set_cable(false);
             run_with_one_owner(world, world.settings.deadtime * eighths / 8);
             world.host(alpha).set_cable(true);
             give_time_to_come_home(world);
         }
     }});

static const Teller cable_of_the_owner_beside_a_crossover_link(
    {"cable_of_the_owner_beside_a_crossover_link", [](Settings& s) { s.media = 2; },
     [](World& world) {
         boot_all(world);
         world.host(alpha).set_cable(false);
         run_with_one_owner(world, 2 * world.settings.keepalive);
         expect(world, owns_all(world, beta), "beta owns all long before a deadtime");
         world.host(alpha).set_cable(true);
         run_with_one_owner(world, 4s);
         expect(world, owns_all(world, beta), "a cable that may be loose moves nothing back");
         give_time_to_come_home(world);
     }});

static const Teller both_cables_beside_a_crossover_link(
    {"both_cables_beside_a_crossover_link", [](Settings& s) { s.media = 2; },
     [](World& world) {
         boot_all(world);
         world.host(beta).set_cable(false);
         world.run_for(world.settings.keepalive);
         world.host(alpha).set_cable(false);
         run_with_one_owner(world, 2 * world.settings.deadtime);
         expect(world, owner(world, 0) == alpha, "alpha keeps what nobody could serve better");
         world.host(beta).set_cable(true);
         run_with_one_owner(world, 6s);
         expect(world, owns_all(world, beta), "beta serves");
         world.host(alpha).set_cable(true);
         give_time_to_come_home(world);
     }});

static const Teller standby_without_a_cable_claims_nothing(
    {"standby_without_a_cable_claims_nothing", nullptr, [](World& world) {
         boot_all(world);
         world.host(alpha).ask(core::OperatorAsked::Verb::takeover, core::OperatorAsked::Set::all);
         world.run_for(2 * world.settings.deadtime);
         world.host(beta).set_cable(false);
         run_with_one_owner(world, 3 * world.settings.deadtime);
         expect(world, !world.host(beta).holds_anything(), "beta has nothing");
         world.host(beta).set_cable(true);
         run_with_one_owner(world, 6s);
         world.settle();
     }});

static const Teller owner_dies_while_the_cable_of_the_standby_is_out(
    {"owner_dies_while_the_cable_of_the_standby_is_out", [](Settings& s) { s.media = 2; },
     [](World& world) {
         boot_all(world);
         world.host(beta).set_cable(false);
         world.run_for(world.settings.deadtime);
         world.host(alpha).power_cut();
         world.run_for(3 * world.settings.deadtime / 2);
         expect(world, !world.host(beta).holds_anything(), "beta claims nothing that it could not serve");
         world.host(beta).set_cable(true);
         world.run_for(world.settings.deadtime + 2 * world.settings.keepalive);
         expect(world, owns_all(world, beta), "beta serves a deadtime after its cable is in");
         world.settle();
     }});

static const Teller engine_dies_while_the_cable_is_out(
    {"engine_dies_while_the_cable_is_out", nullptr, [](World& world) {
         boot_all(world);
         world.host(alpha).set_cable(false);
         run_with_one_owner(world, world.settings.deadtime / 4);
         world.host(alpha).crash_engine();
         run_with_one_owner(world, 2 * world.settings.deadtime);
         world.host(alpha).set_cable(true);
         give_time_to_come_home(world);
     }});
