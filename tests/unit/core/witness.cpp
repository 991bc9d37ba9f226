#include "cluster.hpp"

namespace hb::core {
namespace {

constexpr const char* with_ping =
    "keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\nping 10.9.9.1\n";

std::string quorum(const char* value) { return std::string(with_ping) + "quorum " + value + "\n"; }

/// Two nodes; both serve nothing yet, or a serves.
Cluster settled(const std::string& ha_cf) {
    Cluster c(ha_cf);
    c.start(0);
    c.start(1);
    c.run(2s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    return c;
}
void cut_off(Cluster& c, std::size_t node) {
    c.nodes[node].deaf_to = {0};
    c.lost = [node](std::size_t from, std::size_t to) { return from == node || to == node; };
}

TEST(Witness, that_answers_is_said_to_be_up_and_after_deadping_to_be_dead) {
    Cluster c = settled(with_ping);
    EXPECT_TRUE(c.logged(0, "Status update for node 10.9.9.1: status ping")) << c.log_of(0);
    EXPECT_TRUE(c.logged(0, "Link 10.9.9.1:10.9.9.1 up."));
    EXPECT_EQ(c.nodes[0].core->witness(0).state, WitnessState::up);
    c.nodes[0].deaf_to = {0};
    c.run(700ms);
    EXPECT_EQ(c.nodes[0].core->witness(0).state, WitnessState::up);
    c.run(400ms);
    EXPECT_EQ(c.nodes[0].core->witness(0).state, WitnessState::dead);
    EXPECT_TRUE(c.logged(0, "node 10.9.9.1: is dead"));
    EXPECT_TRUE(c.logged(0, "Link 10.9.9.1:10.9.9.1 dead."));
    c.nodes[0].deaf_to = {};
    c.run(200ms);
    EXPECT_EQ(c.nodes[0].core->witness(0).state, WitnessState::up);
}

TEST(Witness, is_asked_like_each_other_one) {
    Cluster c = settled(std::string(with_ping) + "ping 10.9.9.2\n");
    EXPECT_EQ(c.nodes[0].core->witness(0).state, WitnessState::up);
    EXPECT_EQ(c.nodes[0].core->witness(1).state, WitnessState::up);
}

TEST(Witness, lost_by_the_owner_alone_moves_the_group_which_comes_home_when_it_is_back) {
    Cluster c = settled(with_ping);
    c.nodes[0].deaf_to = {0};
    c.run(3s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(0) << c.log_of(1);
    EXPECT_FALSE(c.serves(0));
    EXPECT_TRUE(c.logged(0, "node b reaches 1 of 1 ping nodes, this node only 0")) << c.log_of(0);
    c.run(10s);
    EXPECT_TRUE(c.serves(1)) << "no failback to a node that reaches fewer\n" << c.log_of(1);
    c.nodes[0].deaf_to = {};
    c.run(3s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Witness, lost_by_both_at_different_times_moves_nothing) {
    Cluster c = settled(with_ping);
    c.nodes[0].deaf_to = {0};
    c.run(250ms);
    c.nodes[1].deaf_to = {0};
    c.run(10s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_FALSE(c.logged(0, "releasing")) << c.log_of(0);
}

TEST(Witness, that_only_one_node_asks_moves_nothing_and_is_said) {
    Cluster c(with_ping);
    c.nodes[1].config.witnesses.push_back({"10.9.9.2", {*parse_ipv4("10.9.9.2")}, false});
    c.start(0);
    c.start(1);
    c.run(5s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_TRUE(c.logged(0, "node b asks 2 ping nodes, this node 1")) << c.log_of(0);
}

TEST(Witness, in_standby_by_an_operator_stays_the_operators_word) {
    Cluster c = settled(with_ping);
    c.nodes[1].deaf_to = {0};
    c.run(3s);
    c.step(0,
           OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::standby, .set = OperatorAsked::Set::all});
    c.run(1s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(0) << c.log_of(1);
}

TEST(Witness, missing_at_a_death_forbids_no_claim_without_quorum) {
    Cluster c = settled(with_ping);
    cut_off(c, 1);
    c.run(3s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
}

TEST(Quorum, a_standby_that_hears_nobody_claims_nothing_and_the_owner_goes_on) {
    Cluster c = settled(quorum("on"));
    cut_off(c, 1);
    c.run(10s);
    EXPECT_FALSE(c.serves(1)) << c.log_of(1);
    EXPECT_TRUE(c.logged(1, "neither a node nor a ping node is heard: nothing is claimed here"))
        << c.log_of(1);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Quorum, an_owner_that_hears_nobody_gives_up_before_the_other_claims) {
    Cluster c = settled(quorum("on"));
    cut_off(c, 0);
    c.run(680ms);
    EXPECT_FALSE(c.serves(0)) << c.log_of(0);
    EXPECT_FALSE(c.serves(1)) << c.log_of(1);
    c.run(1s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
    c.run(5s);
    EXPECT_EQ(c.most_owners, 1u);
    EXPECT_TRUE(c.logged(0, "giving up everything (quorum on)")) << c.log_of(0);
}

TEST(Quorum,
     a_lone_node_keeps_what_it_has_as_long_as_the_ping_node_answers_and_takes_it_back_when_it_answers_again) {
    Cluster c = settled(quorum("on"));
    c.crash(1);
    c.run(5s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    c.nodes[0].deaf_to = {0};
    c.run(700ms);
    EXPECT_TRUE(c.serves(0)) << "a ping node is lost after deadping, not before\n" << c.log_of(0);
    c.run(1s);
    EXPECT_FALSE(c.serves(0)) << c.log_of(0);
    c.nodes[0].deaf_to = {};
    c.run(1s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
}

TEST(Quorum, starts_a_cluster_without_the_ping_node_if_the_nodes_hear_each_other) {
    Cluster c(quorum("on"));
    c.nodes[0].deaf_to = c.nodes[1].deaf_to = {0};
    c.start(0);
    c.start(1);
    c.run(5s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
}

/// Both count what comes in on their media.
Cluster counting(const std::string& ha_cf) {
    Cluster c(ha_cf);
    c.nodes[0].counts_frames = c.nodes[1].counts_frames = true;
    c.nodes[0].frame_seen = c.nodes[1].frame_seen = c.now;
    c.start(0);
    c.start(1);
    c.run(2s);
    return c;
}
void deafen(Cluster& c, std::size_t node) {
    c.nodes[node].deaf_to = {0};
    c.lost = [node](std::size_t, std::size_t to) { return to == node; };
}

TEST(Deaf, a_standby_claims_nothing_and_the_owner_need_not_fear_it) {
    Cluster c = counting(with_ping);
    deafen(c, 1);
    c.run(100s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_FALSE(c.serves(1)) << c.log_of(1);
    EXPECT_FALSE(c.logged(0, "releasing")) << c.log_of(0);
    EXPECT_TRUE(c.logged(1, "this node is deaf")) << c.log_of(1);
    EXPECT_EQ(c.nodes[1].core->group(GroupId{0}).cause, "nothing at all is received here: deaf");
    EXPECT_EQ(c.most_owners, 1u);
    c.nodes[1].deaf_to = {};
    c.lost = [](std::size_t, std::size_t) { return false; };
    c.run(2s);
    EXPECT_TRUE(c.logged(1, "this node hears again")) << c.log_of(1);
    c.crash(0);
    c.run(2s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
}

TEST(Deaf, an_owner_hands_over_because_it_reaches_fewer_ping_nodes) {
    Cluster c = counting(with_ping);
    deafen(c, 0);
    c.run(4s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(0) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Deaf, a_silent_peer_is_dead_as_long_as_anything_else_is_heard) {
    Cluster c = counting(with_ping);
    c.crash(0);
    c.run(1s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
    EXPECT_FALSE(c.logged(1, "deaf"));
}

TEST(Deaf, a_silent_peer_is_dead_where_frames_come_in_although_the_ping_node_died_with_it) {
    Cluster c = counting(with_ping);
    c.crash(0);
    c.nodes[1].deaf_to = {0};
    for (int i = 0; i < 40; ++i) {
        c.run(50ms);
        c.nodes[1].frame_seen = c.now;  // clients
    }
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
}

TEST(Deaf, without_a_ping_node_there_is_no_evidence_and_a_silent_peer_is_dead) {
    Cluster c = counting("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n");
    deafen(c, 1);
    c.run(2s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
}

}  // namespace
}  // namespace hb::core
