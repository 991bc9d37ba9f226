// A start that failed is not tried again beside a peer that serves.
#include "cluster.hpp"

namespace hb::core {
namespace {

constexpr auto failback_off = "keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback off\n";

class FailedStart : public testing::Test {
protected:
    /// The service does not start on these nodes.
    void break_on(std::set<std::size_t> nodes) {
        c.outcome = [nodes](std::size_t node, std::string_view verb, std::size_t resource) {
            return nodes.contains(node) && verb == "start" && resource == 1 ? Outcome::failed : Outcome::ok;
        };
    }
    void mend() { break_on({}); }
    void start_both() {
        c.start(0);
        c.start(1);
        c.run(1s);
    }
    std::ptrdiff_t count(std::size_t node, std::string_view operation) {
        return std::count(c.nodes[node].operations.begin(), c.nodes[node].operations.end(), operation);
    }
    void ask(std::size_t node, OperatorAsked::Verb verb) {
        c.step(node, OperatorAsked{.client = 1, .verb = verb, .set = OperatorAsked::Set::all});
    }
    Cluster c;
};

TEST_F(FailedStart, the_group_does_not_go_home_by_itself_while_the_peer_serves_it) {
    break_on({0});
    start_both();
    c.run(2h);
    EXPECT_TRUE(c.serves(1)) << c.log_of(0);
    EXPECT_EQ(count(0, "start 0-0"), 1) << c.log_of(0);
    EXPECT_EQ(count(1, "stop 0-0"), 0) << c.log_of(1);
    EXPECT_EQ(c.state(0), GroupState::not_here);
}

TEST_F(FailedStart, it_goes_home_when_an_operator_asks_for_it_there) {
    break_on({0});
    start_both();
    c.run(2min);
    mend();
    ask(0, OperatorAsked::Verb::takeover);
    c.run(1s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(FailedStart, asked_for_too_early_it_fails_once_more_and_the_peer_has_it_again) {
    break_on({0});
    start_both();
    c.run(2min);
    ask(0, OperatorAsked::Verb::takeover);
    c.run(1h);
    EXPECT_TRUE(c.serves(1)) << c.log_of(0) << c.log_of(1);
    EXPECT_EQ(count(0, "start 0-0"), 2) << c.log_of(0);
}

TEST_F(FailedStart, it_is_tried_again_when_the_peer_dies) {
    break_on({0});
    start_both();
    c.run(2min);
    mend();
    c.crash(1);
    c.run(2s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
}

TEST_F(FailedStart, it_is_tried_again_when_the_peers_operator_wants_to_be_rid_of_it) {
    break_on({0});
    start_both();
    c.run(2min);
    mend();
    ask(1, OperatorAsked::Verb::standby);
    c.run(1s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(FailedStart, where_no_node_can_start_it_each_tries_again_less_and_less_often_until_one_can) {
    break_on({0, 1});
    start_both();
    c.run(1h);
    EXPECT_EQ(c.owners(1), 0u);
    EXPECT_GE(count(0, "start 0-0"), 6) << c.log_of(0);
    EXPECT_LE(count(0, "start 0-0"), 24) << c.log_of(0);
    mend();
    c.run(11min);
    EXPECT_EQ(c.owners(1), 1u) << c.log_of(0) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(FailedStart, a_lonely_node_tries_again_by_itself) {
    break_on({0});
    c.start(0);
    c.run(10s);
    EXPECT_FALSE(c.serves(0, 1));
    mend();
    c.run(40s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
}

TEST_F(FailedStart, a_daemon_that_is_started_anew_knows_nothing_of_it_and_is_given_its_group) {
    break_on({0});
    start_both();
    c.run(2min);
    mend();
    c.crash(0);
    c.run(2s);
    c.start(0);
    c.run(2s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0) << c.log_of(1);
}

TEST(FailedStartWithoutFailback, the_peer_keeps_it) {
    Cluster c(failback_off);
    c.outcome = [](std::size_t node, std::string_view verb, std::size_t resource) {
        return node == 0 && verb == "start" && resource == 1 ? Outcome::failed : Outcome::ok;
    };
    c.start(0);
    c.start(1);
    c.run(2h);
    EXPECT_TRUE(c.serves(1)) << c.log_of(0);
    EXPECT_EQ(std::count(c.nodes[0].operations.begin(), c.nodes[0].operations.end(), "start 0-0"), 1);
}

}  // namespace
}  // namespace hb::core
