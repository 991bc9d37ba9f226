// haresources is changed on all hosts, and read again on one after the other.
#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using Verb = core::OperatorAsked::Verb;
using Set = core::OperatorAsked::Set;

static bool has(World& world, std::size_t node, std::size_t group = 0) {
    return world.host(node).kernel.address(world.config().groups[group].first);
}

static void edit_all(World& world, std::uint32_t changed) {
    for (auto& host : world.hosts) host->edit(changed);
}

static void two_groups(Settings& s) {
    s.groups = {"alpha IPaddr::10.0.0.1/24/eth0", "alpha IPaddr::10.0.1.1/24/eth0 web"};
    s.script_min = s.script_max = 50ms;
}

// What did not change is served all the time; what did is served again as soon as the tables are equal.
static const Teller lines_change_on_one_node_after_the_other(
    {"lines_change_on_one_node_after_the_other", two_groups, [](World& world) {
         boot_all(world);
         for (const std::size_t first : {alpha, beta}) {
             edit_all(world, first == alpha ? 2 : 0);
             const auto lost = [&] { return !has(world, alpha, 0) || has(world, beta, 0); };
             world.host(first).reload();
             expect(world, !world.run_until(lost, 3s), "the other group stays where it is");
             world.host(first == alpha ? beta : alpha).reload();
             expect(world, !world.run_until(lost, 1s), "the other group stays where it is");
             expect(world, has(world, alpha, 1), "the changed group is served");
             world.settle();
         }
     }});

// Of one group, which is what most have: it is served on one node or the other all the time but for its own move.
static const Teller the_only_line_changes(
    {"the_only_line_changes", [](Settings& s) { s.groups = {"alpha IPaddr::10.0.0.1/24/eth0"}; },
     [](World& world) {
         boot_all(world);
         for (std::uint32_t text = 1; text < 5; ++text) {
             edit_all(world, text & 1);
             world.host(text & 2 ? alpha : beta).reload();
             world.run_for(300ms);
             world.host(text & 2 ? beta : alpha).reload();
             expect(world, world.run_until([&] { return has(world, alpha); }, 300ms), "it is served again");
             world.settle();
         }
     }});

// Both own in a partition, and the tables differ when it heals: registers do not tell whose claim is the later one, so both
// begin anew. (Seed 4167 of the worlds in which haresources is changed.)
static const Teller partition_while_the_tables_differ(
    {"partition_while_the_tables_differ", two_groups, [](World& world) {
         boot_all(world);
         edit_all(world, 2);
         world.host(beta).reload();
         world.run_for(200ms);
         world.network.cut(alpha, beta);
         world.network.cut(beta, alpha);
         expect(world, world.run_until([&] { return has(world, beta); }, 2s), "both own");
         world.network.mend_all();
         const auto one = [&] { return has(world, alpha) != has(world, beta); };
         expect(world, world.run_until(one, 200ms), "one of them lets go");
         world.run_for(12s);  // as long as a node of Linux-HA waits
         expect(world, one(), "one serves");
         world.host(alpha).reload();
         world.settle();
     }});

// Who is not heard gives up in time, be the tables equal or not, and does not come back beside a node that does not hear it
// yet. (Seeds 191 and 64527.)
static const Teller not_heard_while_the_tables_differ(
    {"not_heard_while_the_tables_differ", two_groups, [](World& world) {
         boot_all(world);
         edit_all(world, 2);
         world.host(beta).reload();
         world.run_for(200ms);
         world.network.cut(alpha, beta);
         const auto claimed = [&] { return has(world, beta); };
         expect(world, world.run_until(claimed, 2 * world.settings.deadtime), "beta claims");
         expect(world, !has(world, alpha), "alpha has let go");
         world.host(beta).crash_engine();
         const auto two = [&] { return has(world, alpha) && has(world, beta); };
         expect(world, !world.run_until(two, 3 * world.settings.deadtime), "alpha takes nothing back");
         world.network.mend_all();
         world.host(alpha).reload();
         world.run_for(12s);
         world.settle();
     }});

// What does not stop may run on: as another line it must not be started elsewhere.
static const Teller changed_line_of_a_group_that_does_not_stop(
    {"changed_line_of_a_group_that_does_not_stop", two_groups, [](World& world) {
         boot_all(world);
         const ResourceId web = id_of<ResourceId>(2);
         world.host(alpha).set_conduct(web, Conduct::stop_fails);
         edit_all(world, 2);
         world.host(beta).reload();
         world.host(alpha).reload();
         world.run_for(40s);
         expect(world, world.host(alpha).kernel.service(web) == Service::running, "it runs on");
         expect(world, world.host(beta).kernel.service(web) == Service::absent, "nowhere else");
         world.host(alpha).set_conduct(web, Conduct::good);
         world.host(alpha).clean_up_blocked();
         world.host(alpha).reload();
         world.run_for(12s);
         world.settle();
         expect(world, has(world, alpha, 1), "it is served again");
     }});

// The engine asks for the script while its group is released for the reload, of which it knows nothing: what starts behind the
// release is released too. (Seed 12805.)
static const Teller reload_behind_the_start_of_a_changed_group(
    {"reload_behind_the_start_of_a_changed_group",
     [](Settings& s) {
         s.groups = {"alpha IPaddr::10.0.0.1/24/eth0", "beta IPaddr::10.0.1.1/24/eth0 web"};
         s.script_min = s.script_max = 50ms;
     },
     [](World& world) {
         for (int i = 0; i < 20; ++i) {
             boot_all(world);
             world.host(alpha).freeze_supervisor();
             world.host(beta).ask(Verb::standby, Set::all);
             world.run_for(200ms);
             edit_all(world, i & 1 ? 0 : 2);
             world.host(beta).reload();
             world.host(alpha).reload();
             world.host(alpha).thaw_supervisor();
             world.run_for(12s);
             world.settle();
             expect(world, owns_home(world), "every group is at home");
         }
     }});

// The sets of the handshake are those of two nodes: of three, two would take what one gives up, and more. (Seed 13252.)
static const Teller standby_of_three_while_the_tables_differ(
    {"standby_of_three_while_the_tables_differ",
     [](Settings& s) {
         s.nodes = {"alpha", "beta", "gamma"};
         s.groups = {"gamma IPaddr::10.0.0.1/24/eth0", "beta IPaddr::10.0.1.1/24/eth0",
                     "beta IPaddr::10.0.2.1/24/eth0"};
     },
     [](World& world) {
         boot_all(world);
         edit_all(world, 1);
         world.host(2).reload();
         world.run_for(300ms);
         world.host(beta).ask(Verb::standby, Set::local);
         const auto moved = [&] {
             return !has(world, beta, 1) || has(world, alpha, 1) || has(world, 2, 1) || has(world, alpha, 0);
         };
         expect(world, !world.run_until(moved, 3s), "nobody gives and nobody takes");
         world.host(alpha).reload();
         world.host(beta).reload();
         world.run_for(12s);
         world.settle();
         expect(world, owns_home(world), "every group is at home");
     }});

static Duration until(World& world, const std::function<bool()>& true_now) {
    const Moment since = world.time.now();
    expect(world, world.run_until(true_now, 5s), "it comes to that");
    return world.time.now() - since;
}

// ha.cf is changed on one node after the other. Each is judged by the deadtime that it announced last.
static const Teller deadtime_changes_on_one_node_after_the_other(
    {"deadtime_changes_on_one_node_after_the_other", two_groups, [](World& world) {
         boot_all(world);
         const auto moved = [&] {
             return !has(world, alpha, 0) || !has(world, alpha, 1) || has(world, beta, 0);
         };
         world.host(beta).edit_times(70);
         world.host(beta).reload();
         expect(world, !world.run_until(moved, 3s), "nothing moves");
         world.host(beta).power_cut();
         const auto dead = [&] { return seen(world, alpha, beta) == core::MemberState::dead; };
         const Duration shorter = until(world, dead);
         expect(world, shorter > 590ms && shorter < 720ms, "beta is judged by what it has announced");
         world.host(beta).power_on();
         world.settle();
         world.host(alpha).power_cut();
         const Duration longer = until(world, [&] { return has(world, beta, 0); });
         expect(world, longer > 890ms && longer < 1100ms,
                "and alpha by what it has announced, not by what beta has");
         world.host(alpha).power_on();
         world.settle();
         world.host(alpha).edit_times(70);
         world.host(alpha).reload();
         expect(world, !world.run_until(moved, 3s), "nothing moves");
         world.host(alpha).power_cut();
         const Duration last = until(world, [&] { return has(world, beta, 0); });
         expect(world, last > 590ms && last < 800ms, "until alpha announces less");
     }});
