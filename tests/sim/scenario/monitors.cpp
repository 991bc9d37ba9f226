// Services that fail their monitor.
#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;

static constexpr ResourceId web{1};

static void monitored(Settings& s) {
    s.groups = {"alpha 10.0.0.1 web"};
    s.extras.monitor = 1s;
    s.extras.status_limit = 500ms;
}

static bool runs(World& world, std::size_t node) {
    return world.host(node).kernel.service(web) == Service::running;
}

static unsigned moves_in(World& world, Duration time) {
    unsigned moves = 0;
    std::size_t last = owner(world, 0);
    const Moment end = world.time.now() + time;
    while (world.time.now() < end) {
        const auto moved = [&] { return owner(world, 0) != last && owner(world, 0) < world.size(); };
        if (!world.run_until(moved, end - world.time.now())) break;
        last = owner(world, 0);
        ++moves;
    }
    return moves;
}

// The first failure is repaired where it happens; the address stays.
static const Teller failed_service_is_restarted(
    {"failed_service_is_restarted", monitored, [](World& world) {
         boot_all(world);
         world.host(alpha).end_service(web);
         const auto gone = [&] { return !world.host(alpha).kernel.address(ResourceId{0}); };
         expect(world, !world.run_until([&] { return gone() || runs(world, alpha); }, 3s) || !gone(),
                "the address before it stays");
         expect(world, runs(world, alpha), "it runs again");
         world.settle();
         expect(world, owns_home(world), "nothing has moved");
     }});

// Again soon after: the other node has it, and keeps it although failback is on.
static const Teller service_that_fails_again_moves_and_stays(
    {"service_that_fails_again_moves_and_stays", monitored, [](World& world) {
         boot_all(world);
         world.host(alpha).set_conduct(web, Conduct::dies);
         expect(world, world.run_until([&] { return owner(world, 0) == beta && runs(world, beta); }, 20s),
                "beta has it");
         world.run_for(20min);
         expect(world, owner(world, 0) == beta, "it does not go home into the next failure");
         world.host(alpha).set_conduct(web, Conduct::good);
         world.settle();
     }});

// It fails wherever it runs: it moves no more often than was configured.
static const Teller service_that_fails_everywhere_moves_a_few_times(
    {"service_that_fails_everywhere_moves_a_few_times", monitored, [](World& world) {
         boot_all(world);
         for (auto& host : world.hosts) host->set_conduct(web, Conduct::dies);
         const unsigned moves = moves_in(world, 3h);
         expect(world, moves <= 3 * 6, "no more than six moves an hour");
         expect(world, moves >= 4, "but it does move");
     }});

static const Teller no_moves_where_none_are_wanted(
    {"no_moves_where_none_are_wanted",
     [](Settings& s) {
         monitored(s);
         s.extras.moves_per_hour = 0;
     },
     [](World& world) {
         boot_all(world);
         world.host(alpha).set_conduct(web, Conduct::dies);
         expect(world, moves_in(world, 1h) == 0, "it stays at alpha");
         world.host(alpha).set_conduct(web, Conduct::good);
         expect(world, world.run_until([&] { return runs(world, alpha); }, 11min), "and is restarted there");
     }});

// Nobody else is there.
static const Teller lone_node_restarts_later_and_later(
    {"lone_node_restarts_later_and_later", monitored, [](World& world) {
         boot_all(world);
         world.host(beta).power_cut();
         world.host(alpha).set_conduct(web, Conduct::dies);
         world.run_for(30min);
         expect(world,
                owner(world, 0) == alpha || world.host(alpha).group(0).state == core::GroupState::acquiring,
                "it stays at alpha");
         world.host(alpha).set_conduct(web, Conduct::good);
         expect(world, world.run_until([&] { return runs(world, alpha); }, 11min),
                "and is restarted in the end");
         world.settle();
     }});

// No answer within the limit is a failure as well.
static const Teller status_that_hangs_is_a_failure(
    {"status_that_hangs_is_a_failure", monitored, [](World& world) {
         boot_all(world);
         world.host(alpha).set_conduct(web, Conduct::status_hangs);
         expect(world, world.run_until([&] { return owner(world, 0) == beta && runs(world, beta); }, 20s),
                "beta has it");
         world.host(alpha).set_conduct(web, Conduct::good);
         world.settle();
     }});

// Its peer is fit again for it when the failing node dies.
static const Teller failing_node_is_taken_when_the_other_dies(
    {"failing_node_is_taken_when_the_other_dies", monitored, [](World& world) {
         boot_all(world);
         world.host(alpha).set_conduct(web, Conduct::dies);
         expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 20s), "beta has it");
         world.host(alpha).set_conduct(web, Conduct::good);
         world.host(beta).power_cut();
         expect(world, world.run_until([&] { return owner(world, 0) == alpha; }, 5s),
                "alpha takes it all the same");
         world.settle();
     }});
