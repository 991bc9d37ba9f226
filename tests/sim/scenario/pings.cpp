// Ping nodes, quorum, and an ear that fails.
#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using core::MemberState;

static void two_pings(Settings& s) {
    s.groups = {"alpha 10.0.0.1 web"};
    s.extras.pings = 2;
}

static void with_quorum(Settings& s) {
    two_pings(s);
    s.extras.quorum = true;
}

static bool has(World& world, std::size_t node) { return world.host(node).kernel.address(ResourceId{0}); }

static void part(World& world) {
    world.network.cut(alpha, beta);
    world.network.cut(beta, alpha);
}

// The node that reaches fewer ping nodes hands over, and fetches the group when it has reached as many for a while.
static const Teller who_reaches_fewer_hands_over(
    {"who_reaches_fewer_hands_over", two_pings, [](World& world) {
         boot_all(world);
         world.pings.connect(alpha, 0, false);
         expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 5s), "beta serves");
         expect(world, !has(world, alpha), "alpha has nothing");
         world.run_for(5s);
         expect(world, owner(world, 0) == beta, "and goes on while alpha reaches fewer");
         world.pings.connect(alpha, 0, true);
         world.settle();
         expect(world, owns_home(world), "then the group goes home");
     }});

// It is lost to all: nobody is better off elsewhere.
static const Teller dead_ping_node_moves_nothing(
    {"dead_ping_node_moves_nothing", two_pings, [](World& world) {
         boot_all(world);
         world.pings.power(0, false);
         expect(world, !world.run_until([&] { return owner(world, 0) != alpha; }, 10s), "nothing moves");
         world.pings.power(1, 0, false);
         expect(world, !world.run_until([&] { return owner(world, 0) != alpha; }, 10s),
                "of a group one address suffices");
         expect(world, world.host(alpha).engine()->core().witness(1).state == core::WitnessState::up,
                "it answers");
         world.pings.power(1, false);
         expect(world, !world.run_until([&] { return owner(world, 0) != alpha; }, 10s), "nothing moves");
         world.pings.mend_all();
         world.settle();
     }});

// Who is cut off from everybody lets go before the other claims; and who is left with the ping nodes serves.
static const Teller isolated_owner_lets_go_first(
    {"isolated_owner_lets_go_first", with_quorum, [](World& world) {
         for (int i = 0; i < 5; ++i) {
             boot_all(world);
             world.run_for(world.between(0s, 200ms));
             part(world);
             for (const std::size_t w : {0u, 1u}) world.pings.connect(alpha, w, false);
             expect(world, world.run_until([&] { return has(world, beta) || !has(world, alpha); }, 5s),
                    "alpha lets go");
             expect(world, !has(world, alpha) && !has(world, beta), "before beta claims");
             expect(world, world.run_until([&] { return owner(world, 0) == beta; }, 2s), "beta serves");
             world.run_for(10s);
             expect(world, !has(world, alpha), "alpha claims nothing");
             world.network.mend_all();
             world.pings.mend_all();
             world.settle();
         }
     }});

// Nobody reaches anybody.
static const Teller without_quorum_nobody_serves(
    {"without_quorum_nobody_serves", with_quorum, [](World& world) {
         boot_all(world);
         part(world);
         for (const std::size_t w : {0u, 1u}) world.pings.power(w, false);
         world.run_for(20s);
         expect(world, !has(world, alpha) && !has(world, beta), "nobody has anything");
         world.pings.mend_all();
         expect(world, world.run_until([&] { return has(world, alpha) || has(world, beta); }, 5s),
                "one ping node suffices");
         world.network.mend_all();
         world.settle();
     }});

// The peer is dead already when the last ping node falls silent.
static const Teller last_ping_node_of_a_lone_owner(
    {"last_ping_node_of_a_lone_owner", with_quorum, [](World& world) {
         boot_all(world);
         world.host(beta).power_cut();
         world.run_for(5s);
         expect(world, has(world, alpha), "alpha serves alone");
         world.pings.power(0, false);
         world.run_for(5s);
         expect(world, has(world, alpha), "with one ping node too");
         world.pings.power(1, false);
         expect(world, world.run_until([&] { return !has(world, alpha); }, 2s), "without any it lets go");
         world.pings.mend_all();
         world.settle();
         expect(world, has(world, alpha), "and takes the group again");
     }});

// Beta's receive side fails. It must not take its own silence for alpha's death, and alpha need not fear its claim.
static const Teller deaf_standby_claims_nothing(
    {"deaf_standby_claims_nothing", two_pings, [](World& world) {
         boot_all(world);
         world.host(beta).set_deaf(true);
         const auto changes = [&] { return !has(world, alpha) || has(world, beta); };
         expect(world, !world.run_until(changes, 30s), "alpha serves on, and beta does not claim");
         expect(world, seen(world, beta, alpha) != MemberState::dead, "to beta alpha is not dead");
         world.host(beta).set_deaf(false);
         world.settle();
         expect(world, owns_home(world), "nothing has moved");
     }});

// It stood still for less than half a deadtime, so alpha gets no fresh one. All the same nothing tells yet who of them is to blame.
static const Teller deaf_standby_that_stood_still_claims_nothing(
    {"deaf_standby_that_stood_still_claims_nothing",
     [](Settings& s) {
         two_pings(s);
         s.keepalive = 1s;
         s.warntime = 4s;
         s.deadtime = 10s;
         s.initdead = 20s;
     },
     [](World& world) {
         boot_all(world);
         world.host(beta).set_deaf(true);
         world.run_for(2s);
         world.host(beta).pause();
         world.run_for(4s);
         world.host(beta).resume();
         const auto judges = [&] {
             return has(world, beta) || seen(world, beta, alpha) == MemberState::dead;
         };
         expect(world, !world.run_until(judges, 60s), "beta takes nobody for dead");
         world.host(beta).set_deaf(false);
         world.settle();
         expect(world, owns_home(world), "nothing has moved");
     }});

// When it hears again a whole deadtime passes before it judges anybody.
static const Teller deaf_node_listens_before_it_judges(
    {"deaf_node_listens_before_it_judges", two_pings, [](World& world) {
         boot_all(world);
         world.host(beta).set_deaf(true);
         world.run_for(5s);
         world.host(alpha).power_cut();
         world.run_for(5s);
         expect(world, !has(world, beta), "a deaf node claims nothing");
         world.host(beta).set_deaf(false);
         world.run_for(world.settings.deadtime - 50ms);
         expect(world, !has(world, beta), "nor before it has listened");
         expect(world, world.run_until([&] { return has(world, beta); }, 2s), "then it serves");
         world.settle();
     }});

// The owner's receive side fails: it lets go in time, for nobody tells it any more that it is heard.
static const Teller deaf_owner_lets_go(
    {"deaf_owner_lets_go", two_pings, [](World& world) {
         boot_all(world);
         world.host(alpha).set_deaf(true);
         expect(world, world.run_until([&] { return owner(world, 0) == beta && has(world, beta); }, 20s),
                "beta serves");
         expect(world, !has(world, alpha), "alpha has let go");
         world.host(alpha).set_deaf(false);
         world.settle();
         expect(world, owns_home(world), "the group goes home");
     }});
