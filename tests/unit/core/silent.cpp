#include "cluster.hpp"

namespace hb::core {
namespace {

constexpr const char* addresses = "a 10.0.0.100\n";

/// a serves; both supervisors turn.
Cluster settled(const char* haresources, Duration lifetime = 2s) {
    Cluster c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n", haresources);
    for (auto& node : c.nodes) node.config.address_lifetime = lifetime;
    c.start(0);
    c.start(1);
    c.run(2s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    return c;
}
/// The supervisor of the node turned last at this moment.
void falls_silent(Cluster& c, std::size_t node) { c.nodes[node].supervisor_turn = c.now; }

TEST(Silent, a_supervisor_that_is_gone_costs_nothing_at_first_and_later_a_peer_waits_for_the_kernel_alone) {
    Cluster c = settled(addresses);
    c.step(0, SupervisorGone{});
    EXPECT_FALSE(c.nodes[0].core->surrendered());
    c.run(900ms);
    EXPECT_EQ(c.state(0), GroupState::owned) << c.log_of(0);
    EXPECT_EQ(c.state(1), GroupState::foreign) << c.log_of(1);
    c.orphans[0] = c.nodes[0].held;  // its kernel keeps the address
    c.run(800ms);
    EXPECT_TRUE(c.nodes[0].left);
    EXPECT_LT(c.nodes[0].core->hold_until(), c.now);  // a supervisor that wakes now must not put it back
    EXPECT_TRUE(c.logged(0, "Emergency Shutdown")) << c.log_of(0);
    EXPECT_EQ(c.state(1), GroupState::foreign) << c.log_of(1);
    EXPECT_TRUE(c.logged(1, "still answers for the address")) << c.log_of(1);
    c.run(1s);  // a is counted dead by now
    EXPECT_EQ(c.state(1), GroupState::foreign) << c.log_of(1);
    c.nodes[0].held.clear();
    c.orphans[0].clear();  // its lifetime is over
    c.run(100ms);
    EXPECT_TRUE(c.serves(1)) << c.log_of(0) << c.log_of(1);
}

TEST(Silent, addresses_without_a_lifetime_are_served_on_and_nobody_is_let_beside_them) {
    Cluster c = settled(addresses, 0s);
    c.step(0, SupervisorGone{});
    c.run(100s);
    EXPECT_EQ(c.state(0), GroupState::owned) << c.log_of(0);
    EXPECT_FALSE(c.serves(1)) << c.log_of(1);
    EXPECT_FALSE(c.nodes[0].left);
}

TEST(Silent, what_must_run_once_stays_blocked_behind_a_supervisor_that_is_gone) {
    Cluster c = settled("a 10.0.0.100 web\n");
    c.step(0, SupervisorGone{});
    c.run(10s);
    EXPECT_FALSE(c.serves(1)) << c.log_of(1);
    EXPECT_EQ(c.state(0), GroupState::blocked) << c.log_of(0);
    EXPECT_TRUE(c.nodes[0].left);
}

TEST(Silent, a_supervisor_that_turns_again_is_forgiven) {
    Cluster c = settled(addresses);
    falls_silent(c, 0);
    c.run(1500ms);
    EXPECT_TRUE(c.logged(0, "the supervisor is silent")) << c.log_of(0);
    falls_silent(c, 0);
    c.run(300ms);
    EXPECT_TRUE(c.logged(0, "the supervisor turns again")) << c.log_of(0);
    EXPECT_FALSE(c.nodes[0].core->surrendered());
    EXPECT_EQ(c.state(0), GroupState::owned);
}

TEST(Silent, what_was_given_away_stays_given_away_although_the_supervisor_turns_again_at_once) {
    Cluster c = settled(addresses);
    falls_silent(c, 0);
    while (!c.logged(0, "Emergency Shutdown") && c.now < at(20s)) c.run(1ms);
    falls_silent(c, 0);
    c.run(300ms);
    EXPECT_TRUE(c.logged(0, "the supervisor turns again")) << c.log_of(0);
    EXPECT_TRUE(c.nodes[0].core->surrendered());
    EXPECT_TRUE(c.nodes[0].left) << c.log_of(0);
}

TEST(Silent, a_pause_that_excuses_no_peer_excuses_the_supervisor) {
    Cluster c("keepalive 1s\ndeadtime 10s\ninitdead 20\nbcast eth0\nauto_failback on\n", addresses);
    for (auto& node : c.nodes) node.config.address_lifetime = 5s;
    c.start(0);
    c.start(1);
    c.run(2s);
    falls_silent(c, 0);  // turns each 2 s
    c.run(1500ms);
    c.nodes[0].paused = true;  // the whole host
    c.run(3s);
    c.nodes[0].paused = false;
    c.run(1ms);
    EXPECT_FALSE(c.nodes[0].core->surrendered()) << c.log_of(0);
    falls_silent(c, 0);
    c.run(1s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
}

TEST(Silent, a_supervisor_that_waits_for_a_lock_of_the_kernel_is_not_silent) {
    Cluster c = settled(addresses);
    falls_silent(c, 0);
    c.run(900ms);
    EXPECT_FALSE(c.logged(0, "the supervisor is silent")) << c.log_of(0);
}

TEST(Silent, a_node_whose_supervisor_is_silent_claims_nothing_and_is_given_nothing) {
    Cluster c = settled(addresses);
    falls_silent(c, 1);
    c.run(1500ms);
    c.step(0,
           OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::standby, .set = OperatorAsked::Set::all});
    EXPECT_EQ(c.nodes[0].replies.back(), "refused no living peer is fit for it");
    c.crash(0);
    c.run(900ms);
    EXPECT_EQ(c.state(1), GroupState::foreign) << c.log_of(1);
}

TEST(Silent, what_a_node_in_standby_cannot_give_away_any_more_it_takes_back) {
    Cluster c = settled("a 10.0.0.100 web\n");
    const Instant stops_from = c.now + 1500ms;  // asked again each second
    c.outcome = [&](std::size_t, std::string_view verb, std::size_t) {
        return verb == "stop" && c.now < stops_from ? Outcome::failed : Outcome::ok;
    };
    c.step(0,
           OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::standby, .set = OperatorAsked::Set::all});
    c.run(500ms);
    falls_silent(c, 1);
    c.run(1700ms);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_TRUE(c.logged(0, "not-here -> acquiring (nobody else can serve it)")) << c.log_of(0);
    EXPECT_FALSE(c.serves(1));
}

TEST(Silent, a_node_whose_supervisor_is_silent_does_not_claim_from_a_dead_one) {
    Cluster c = settled(addresses);
    falls_silent(c, 1);
    c.run(700ms);
    c.crash(0);
    c.run(1100ms);
    EXPECT_TRUE(c.logged(1, "node a: is dead")) << c.log_of(1);
    EXPECT_FALSE(c.nodes[1].left) << c.log_of(1);
    EXPECT_EQ(c.state(1), GroupState::foreign) << c.log_of(1);
}

TEST(Silent, our_own_pause_is_not_the_supervisors) {
    Cluster c = settled(addresses);
    falls_silent(c, 1);
    c.nodes[1].paused = true;
    c.run(10s);
    c.nodes[1].paused = false;
    c.run(20ms);
    falls_silent(c, 1);
    c.run(500ms);
    EXPECT_FALSE(c.logged(1, "the supervisor is silent")) << c.log_of(1);
}

}  // namespace
}  // namespace hb::core
