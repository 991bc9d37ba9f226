#include "cluster.hpp"

namespace hb::core {
namespace {

/// Two nodes with a group at home on `a` (deadtime 800 ms, so the right to hold lasts 600 ms behind the evidence).
class Carrier : public testing::Test {
protected:
    Carrier() {
        c.start(0);
        c.start(1);
        c.run(1s);
        EXPECT_TRUE(c.serves(0));
    }
    /// The service interface of that node; its heartbeats go another way.
    void carrier(std::size_t node, bool there) {
        c.step(node, CarrierChanged{.first = ResourceId{0}, .last = ResourceId{1}, .carrier = there});
    }
    /// The only cable of that node: heartbeats are lost with it.
    void cable(std::size_t node, bool there) {
        c.lost = [=](std::size_t from, std::size_t to) { return !there && (from == node || to == node); };
        carrier(node, there);
    }
    std::string logs() { return "a:\n" + c.log_of(0) + "b:\n" + c.log_of(1); }

    Cluster c;
};

TEST_F(Carrier, an_owner_without_it_hands_over_at_once_where_a_peer_is_reached_another_way) {
    carrier(0, false);
    c.run(20ms);
    EXPECT_TRUE(c.serves(1)) << logs();
    EXPECT_EQ(c.state(0), GroupState::not_here);
    EXPECT_EQ(c.most_owners, 1u);
    EXPECT_TRUE(c.logged(0, "owned -> releasing (no carrier)"));
}

TEST_F(Carrier, after_that_the_group_goes_home_when_the_cable_has_been_in_for_a_while) {
    carrier(0, false);
    c.run(1s);
    carrier(0, true);
    c.run(1s);
    carrier(0, false);  // a loose contact
    c.run(1s);
    carrier(0, true);
    c.run(4900ms);
    EXPECT_TRUE(c.serves(1));
    c.run(300ms);
    EXPECT_TRUE(c.serves(0)) << logs();
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(Carrier, an_owner_keeps_the_group_while_its_peer_cannot_serve_it_either) {
    carrier(1, false);
    c.run(100ms);
    carrier(0, false);
    c.run(5s);
    EXPECT_TRUE(c.serves(0)) << logs();
    carrier(1, true);
    c.run(6s);
    EXPECT_TRUE(c.serves(1)) << logs();
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(Carrier, an_owner_that_reaches_nobody_gives_up_before_the_peer_claims) {
    cable(0, false);
    c.run(450ms);
    EXPECT_TRUE(c.serves(0));
    c.run(160ms);
    EXPECT_FALSE(c.serves(0)) << logs();
    EXPECT_FALSE(c.serves(1));
    c.run(250ms);
    EXPECT_TRUE(c.serves(1)) << logs();
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(Carrier, that_is_gone_for_less_than_the_right_to_hold_changes_nothing_and_is_announced) {
    c.run(20s);  // the announcements of the start are over
    const auto announced = [this] {
        return std::count(c.nodes[0].operations.begin(), c.nodes[0].operations.end(), "announce 0-0");
    };
    const auto before = announced();
    cable(0, false);
    c.run(300ms);
    EXPECT_EQ(announced(), before);
    cable(0, true);
    c.run(3s);
    EXPECT_TRUE(c.serves(0)) << logs();
    EXPECT_EQ(c.nodes[1].operations.size(), 0u);
    EXPECT_EQ(std::count(c.nodes[0].operations.begin(), c.nodes[0].operations.end(), "stop 0-0"), 0);
    EXPECT_GE(announced(), before + 4);
}

TEST_F(Carrier, back_between_giving_up_and_the_claim_of_the_peer_the_holder_takes_it_again) {
    cable(0, false);
    c.run(650ms);
    ASSERT_FALSE(c.serves(0));
    cable(0, true);
    c.run(20ms);
    EXPECT_TRUE(c.serves(0)) << logs();
    c.run(3s);
    EXPECT_TRUE(c.serves(0)) << logs();
    EXPECT_EQ(c.nodes[1].operations.size(), 0u);
}

TEST_F(Carrier,
       back_after_the_claim_of_the_peer_there_is_never_a_second_owner_and_the_group_comes_home_later) {
    for (const Duration out : {790ms, 800ms, 810ms, 900ms, 3000ms}) {
        cable(0, false);
        c.run(out);
        cable(0, true);
        c.run(20ms);
        EXPECT_EQ(c.owners(), 1u) << out / 1ms << " ms\n" << logs();
        c.run(6s);
        EXPECT_TRUE(c.serves(0)) << logs();
        EXPECT_EQ(c.most_owners, 1u) << out / 1ms << " ms\n" << logs();
    }
}

TEST_F(Carrier, a_standby_without_it_claims_nothing_of_a_silent_owner_and_says_so) {
    cable(1, false);
    c.run(5s);
    EXPECT_FALSE(c.serves(1)) << logs();
    EXPECT_EQ(c.state(1), GroupState::not_here);
    EXPECT_TRUE(c.logged(1, "1 resource groups of a are not claimed here: no carrier"));
    cable(1, true);
    c.run(10s);
    EXPECT_TRUE(c.serves(0)) << logs();
    EXPECT_EQ(c.state(1), GroupState::foreign);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(
    Carrier,
    of_a_standby_that_is_back_without_a_sign_of_the_owner_leads_to_a_claim_after_a_deadtime_and_a_keepalive) {
    cable(1, false);
    c.run(2s);
    c.crash(0);
    carrier(1, true);
    c.run(890ms);
    EXPECT_FALSE(c.serves(1));
    c.run(20ms);
    EXPECT_TRUE(c.serves(1)) << logs();
}

TEST_F(Carrier, a_node_that_stands_alone_takes_its_groups_back_a_deadtime_and_a_keepalive_after_it_returned) {
    c.crash(1);
    c.run(2s);
    carrier(0, false);
    c.run(1s);
    EXPECT_FALSE(c.serves(0));  // the peer may come up and claim meanwhile, unheard
    carrier(0, true);
    c.run(890ms);
    EXPECT_FALSE(c.serves(0));
    c.run(20ms);
    EXPECT_TRUE(c.serves(0)) << logs();
}

TEST_F(Carrier, an_operator_cannot_ask_for_what_could_not_be_served) {
    carrier(1, false);
    c.step(1,
           OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::takeover, .set = OperatorAsked::Set::all});
    EXPECT_EQ(c.nodes[1].replies.back(),
              "refused the interface of its address has no carrier here, or is down");
    c.run(1s);
    EXPECT_TRUE(c.serves(0));
}

/// x0 is a cable from a to b, eth0 the network; heartbeats go over eth0. a serves an address on each, and a script.
class Cable : public testing::Test {
protected:
    Cable()
        : c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n",
            "a 10.0.0.100 10.9.0.100 web\n") {}
    void up() {
        c.start(0);
        c.start(1);
        c.run(1s);
        ASSERT_TRUE(c.serves(0, 2)) << c.log_of(0);
    }
    void x0(std::size_t node, bool there) {
        c.step(node, CarrierChanged{.first = ResourceId{1}, .last = ResourceId{1}, .carrier = there});
    }
    void takeover(std::size_t node) {
        c.step(node, OperatorAsked{
                         .client = 1, .verb = OperatorAsked::Verb::takeover, .set = OperatorAsked::Set::all});
    }
    Cluster c;
};

TEST_F(Cable, to_a_standby_that_loses_power_takes_nothing_from_the_owner) {
    up();
    c.crash(1);
    x0(0, false);
    for (int i = 0; i < 300; ++i) {
        c.run(100ms);
        ASSERT_TRUE(c.serves(0, 0) && c.serves(0, 1) && c.serves(0, 2)) << c.log_of(0);
    }
    c.start(1);
    x0(1, true);
    x0(0, true);
    c.run(5s);
    EXPECT_TRUE(c.serves(0, 2)) << c.log_of(0);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(Cable, to_an_owner_that_loses_power_keeps_nobody_from_the_claim) {
    up();
    c.crash(0);
    x0(1, false);
    c.run(1s);
    EXPECT_TRUE(c.serves(1, 0) && c.serves(1, 1) && c.serves(1, 2)) << c.log_of(1);
    EXPECT_FALSE(c.logged(1, "are not claimed here"));
}

TEST_F(Cable, that_is_the_only_way_of_the_heartbeats_lets_the_owner_serve_again_when_nobody_claimed) {
    up();
    c.step(0, MediumChanged{MediumId{0}, false});
    c.crash(1);
    x0(0, false);
    c.run(790ms);
    EXPECT_FALSE(c.serves(0, 0)) << "b may live, and claim";
    c.run(3s);
    EXPECT_TRUE(c.serves(0, 2)) << c.log_of(0);
}

TEST_F(Cable, that_is_the_only_way_of_the_heartbeats_makes_no_second_owner_while_the_peer_answers) {
    up();
    c.lost = [](std::size_t, std::size_t) { return true; };
    c.step(0, MediumChanged{MediumId{0}, false});
    x0(0, false);
    c.run(60s);
    EXPECT_TRUE(c.serves(1, 2)) << c.log_of(1);
    EXPECT_FALSE(c.serves(0, 0)) << c.log_of(0);
    EXPECT_EQ(c.most_owners, 1u);
    c.crash(1);
    c.run(3s);
    EXPECT_TRUE(c.serves(0, 2)) << c.log_of(0);
}

TEST_F(Cable, that_is_out_while_both_live_moves_nothing_and_keeps_nobody_from_a_start) {
    up();
    x0(0, false);
    x0(1, false);
    c.run(5s);
    EXPECT_TRUE(c.serves(0, 2)) << c.log_of(0);
    c.crash(0);
    c.crash(1);
    for (const std::size_t i : {0u, 1u}) {
        c.start(i);
        x0(i, false);
    }
    c.run(5s);
    EXPECT_TRUE(c.serves(0, 2)) << c.log_of(0) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(Cable, of_the_owner_alone_moves_the_group_to_the_peer_that_has_all) {
    up();
    x0(0, false);
    c.run(100ms);
    EXPECT_TRUE(c.serves(1, 2)) << c.log_of(0);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(Cable, that_is_out_does_not_hide_a_start_that_fails) {
    up();
    c.outcome = [](std::size_t, std::string_view verb, std::size_t resource) {
        return verb == "start" && resource == 2 ? Outcome::failed : Outcome::ok;
    };
    c.crash(0);
    x0(1, false);
    c.run(20s);
    const auto& all = c.nodes[1].operations;
    EXPECT_LE(std::count(all.begin(), all.end(), "start 2-2"), 2) << c.log_of(1);
}

TEST_F(Cable, an_operator_is_obeyed_when_no_peer_could_serve_it) {
    up();
    c.crash(1);
    c.step(0, MediumChanged{MediumId{0}, false});
    c.step(0, CarrierChanged{.first = ResourceId{0}, .last = ResourceId{1}, .carrier = false});
    c.run(5s);
    ASSERT_FALSE(c.serves(0, 0));
    takeover(0);
    EXPECT_EQ(c.nodes[0].replies.back(), "ok accepted");
    c.run(10s);
    EXPECT_TRUE(c.serves(0, 2)) << c.log_of(0);
}

TEST_F(Cable, an_operator_is_obeyed_on_a_standby_whose_owner_is_dead) {
    up();
    c.step(1, MediumChanged{MediumId{0}, false});
    c.step(1, CarrierChanged{.first = ResourceId{0}, .last = ResourceId{1}, .carrier = false});
    c.crash(0);
    c.run(5s);
    ASSERT_FALSE(c.serves(1, 0));
    takeover(1);
    EXPECT_EQ(c.nodes[1].replies.back(), "ok accepted");
    c.run(10s);
    EXPECT_TRUE(c.serves(1, 2)) << c.log_of(1);
}

TEST(CarrierOfThree, without_it_the_next_in_preference_is_passed_over) {
    Cluster c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n",
              "a 10.0.0.100 web\n", 3);
    for (std::size_t i = 0; i < 3; ++i) c.start(i);
    c.run(1s);
    c.step(1, CarrierChanged{.first = ResourceId{0}, .last = ResourceId{0}, .carrier = false});
    c.run(200ms);
    c.crash(0);
    c.run(1s);
    EXPECT_TRUE(c.serves(2)) << c.log_of(1) << c.log_of(2);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(CarrierAtStart, is_waited_for_and_nothing_is_started_before) {
    Cluster c;
    c.start(0);
    c.step(0, CarrierChanged{.first = ResourceId{0}, .last = ResourceId{1}, .carrier = false});
    c.run(5s);
    EXPECT_EQ(c.nodes[0].operations.size(), 0u);
    c.step(0, CarrierChanged{.first = ResourceId{0}, .last = ResourceId{1}, .carrier = true});
    c.run(1s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
}

}  // namespace
}  // namespace hb::core
