#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using Verb = core::OperatorAsked::Verb;
using Set = core::OperatorAsked::Set;

static void one_group(Settings& s) { s.groups = {"alpha 10.0.0.1 web base"}; }

// A script that does not start: what was started is stopped, and the other node serves.
static const Teller start_fails(
    {"start_fails", one_group, [](World& world) {
         world.host(alpha).set_conduct(id_of<ResourceId>(2), Conduct::start_fails);
         for (auto& host : world.hosts) host->power_on();
         expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 10s), "beta owns the group");
         expect(world, !world.host(alpha).holds_anything(), "nothing is left at alpha");
         world.settle();
         expect(world, owner(world, 0) == beta, "it stays there");
         world.oracle.watch(true);
         world.run_for(2h);
         world.oracle.watch(false);
         expect(world, owner(world, 0) == beta, "it is not tried again beside the node that serves");
         world.host(alpha).set_conduct(id_of<ResourceId>(2), Conduct::good);
         world.host(alpha).ask(Verb::takeover, Set::local);
         expect(world, world.run_until([&] { return owner(world, 0) == alpha; }, 10s),
                "it comes home when asked for");
         world.settle();
     }});

// It failed once only: it comes back when there is nobody else.
static const Teller start_failed_and_peer_dies(
    {"start_failed_and_peer_dies", one_group, [](World& world) {
         world.host(alpha).set_conduct(id_of<ResourceId>(2), Conduct::start_fails);
         for (auto& host : world.hosts) host->power_on();
         expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 10s), "beta owns the group");
         world.settle();
         world.host(alpha).set_conduct(id_of<ResourceId>(2), Conduct::good);
         world.host(beta).power_cut();
         expect(world, world.run_until([&] { return owner(world, 0) == alpha; }, 10s),
                "alpha takes it after all");
         world.settle();
     }});

static const Teller start_fails_everywhere(
    {"start_fails_everywhere", one_group, [](World& world) {
         for (auto& host : world.hosts) host->set_conduct(id_of<ResourceId>(1), Conduct::start_fails);
         for (auto& host : world.hosts) host->power_on();
         world.run_for(20s);
         for (auto& host : world.hosts) {
             expect(world, host->group(0).state != core::GroupState::owned, "nobody owns the group");
             host->set_conduct(id_of<ResourceId>(1), Conduct::good);
         }
         expect(world, world.run_until([&] { return owner(world, 0) < world.size(); }, 10min + 30s),
                "it is tried again");
         world.settle();
     }});

static const Teller start_hangs({"start_hangs", one_group, [](World& world) {
                                     world.host(alpha).set_conduct(id_of<ResourceId>(2),
                                                                   Conduct::start_hangs);
                                     for (auto& host : world.hosts) host->power_on();
                                     expect(world,
                                            world.run_until([&] { return owner(world, 0) == beta; }, 30min),
                                            "beta owns the group after the limit");
                                     expect(world, !world.host(alpha).holds_anything(),
                                            "nothing is left at alpha");
                                 }});

// Worse than a failed start: the group is blocked, and nobody else starts it beside what still runs.
static const Teller stop_fails_blocks(
    {"stop_fails_blocks", one_group, [](World& world) {
         boot_all(world);
         world.host(alpha).set_conduct(id_of<ResourceId>(2), Conduct::stop_fails);
         world.host(alpha).ask(Verb::standby, Set::all);
         const auto blocked = [&] { return world.host(alpha).group(0).state == core::GroupState::blocked; };
         expect(world, world.run_until(blocked, 10min), "the group is blocked");
         world.run_for(5 * world.settings.deadtime);
         expect(world, world.host(beta).group(0).state == core::GroupState::foreign,
                "beta does not touch it");
         world.host(beta).ask(Verb::takeover, Set::all);
         world.run_for(5 * world.settings.deadtime);
         expect(world, world.host(beta).group(0).state != core::GroupState::owned, "not even when asked");
         world.host(alpha).set_conduct(id_of<ResourceId>(2), Conduct::good);
         world.host(alpha).clean_up_blocked();
         world.settle();
         expect(world, owner(world, 0) < world.size(), "somebody owns it when the operator has freed it");
     }});

// The group stays blocked over a crash of the engine and a stop of the daemon.
static const Teller blocked_survives_engine_crash(
    {"blocked_survives_engine_crash", one_group, [](World& world) {
         boot_all(world);
         world.host(alpha).set_conduct(id_of<ResourceId>(2), Conduct::stop_fails);
         world.host(alpha).ask(Verb::standby, Set::all);
         const auto blocked = [&] { return world.host(alpha).group(0).state == core::GroupState::blocked; };
         expect(world, world.run_until(blocked, 10min), "the group is blocked");
         world.host(alpha).crash_engine();
         world.run_for(5 * world.settings.deadtime);
         expect(world, blocked(), "it is blocked for the next engine too");
         expect(world, world.host(beta).group(0).state != core::GroupState::owned, "beta does not touch it");
     }});

static const Teller deleted_address_comes_back(
    {"deleted_address_comes_back", one_group, [](World& world) {
         boot_all(world);
         world.host(alpha).delete_address(id_of<ResourceId>(0));
         world.run_for(world.settings.keepalive);
         expect(world, world.host(alpha).kernel.address(id_of<ResourceId>(0)), "it is back");
         world.settle();
         expect(world, owner(world, 0) == alpha, "the group stays");
     }});

// An engine dies between two scripts: what was begun is released before anybody starts it again.
static const Teller engine_crash_during_acquisition(
    {"engine_crash_during_acquisition",
     [](Settings& s) {
         one_group(s);
         s.script_min = s.script_max = 300ms;
     },
     [](World& world) {
         for (auto& host : world.hosts) host->power_on();
         const auto acquiring = [&] {
             return world.host(alpha).group(0).state == core::GroupState::acquiring;
         };
         expect(world, world.run_until(acquiring, 5s), "alpha acquires the group");
         world.run_for(450ms);
         world.host(alpha).crash_engine();
         world.settle();
         expect(world, owner(world, 0) == alpha, "alpha owns it in the end");
     }});
