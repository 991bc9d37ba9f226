// A deadline in the past is followed by a change (Cluster asks that after each turn), and a 3.0.6 peer is not asked for ever.
#include "linux_ha.hpp"

namespace hb::core {
namespace {

constexpr const char* alone_it_gives_up =
    "keepalive 100ms\ndeadtime 800ms\ninitdead 3\ndeadping 2\nbcast eth0\nping 10.0.0.254\nquorum on\nauto_failback on\n";

/// The only node that runs; all its operations are answered until `answers` is false.
struct Alone {
    explicit Alone(const std::string& haresources) : c(alone_it_gives_up, haresources) {
        c.start(0);
        c.run(6s);
        EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    }
    void loses_everybody() {
        c.nodes[0].deaf_to = {0};
        c.run(10s);
    }
    Cluster c;
};

TEST(Turns, an_isolated_node_with_a_slow_stop_lets_its_addresses_go_and_waits_for_the_script) {
    Alone alone("a 10.0.0.100 web\n");
    alone.c.stays_unanswered = [](std::string_view verb, std::size_t resource) {
        return verb == "stop" && resource == 1;
    };
    alone.c.step(0, StopAsked{});
    alone.loses_everybody();
    EXPECT_EQ(alone.c.state(0), GroupState::releasing);
    EXPECT_FALSE(alone.c.serves(0)) << "the address waits for no script\n" << alone.c.log_of(0);
}

TEST(Turns, an_isolated_node_lets_the_addresses_of_a_blocked_group_go_once) {
    Alone alone("a 10.0.0.100 web\n");
    alone.c.outcome = [](std::size_t, std::string_view verb, std::size_t resource) {
        return verb == "stop" && resource == 1 ? Outcome::failed : Outcome::ok;
    };
    alone.c.step(0, AddressGone{.resource = ResourceId{0}, .restored = false});
    alone.c.run(15s);
    ASSERT_EQ(alone.c.state(0), GroupState::blocked) << alone.c.log_of(0);
    alone.c.nodes[0].operations.clear();
    alone.loses_everybody();
    alone.c.run(30s);
    const auto& all = alone.c.nodes[0].operations;
    EXPECT_LE(std::count(all.begin(), all.end(), "stop 0-0"), 1);
}

TEST(Turns, who_is_not_heard_with_a_slow_stop_lets_its_addresses_go_and_waits_for_the_script) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    ASSERT_TRUE(c.serves(0));
    c.stays_unanswered = [](std::string_view verb, std::size_t resource) {
        return verb == "stop" && resource == 1;
    };
    c.step(0, OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::standby});
    c.run(50ms);
    c.lost = [](std::size_t from, std::size_t) { return from == 0; };
    c.run(790ms);
    EXPECT_FALSE(c.serves(0)) << c.log_of(0);
    EXPECT_EQ(c.state(0), GroupState::releasing);
    c.run(10s);
}

TEST_F(LinuxHa, is_asked_for_its_nodes_no_more_by_a_node_that_is_stopped_before_it_was_active) {
    status("up");
    pass(300ms);
    status("up");
    step(StopAsked{});
    std::size_t turns = 0;
    for (const Instant end = now_ + 3s; now_ < end && !left_; ++turns) {
        now_ = std::min(end, std::max(core_->deadline(), now_));
        step(Tick{});
        ASSERT_LT(turns, 500u) << "its deadline stays in the past";
    }
    EXPECT_TRUE(left_);
    std::size_t asked = 0;
    for (const auto& line : said()) asked += line == "reqnodes b";
    EXPECT_EQ(asked, 1u);
}

}  // namespace
}  // namespace hb::core
