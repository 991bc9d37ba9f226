#include "engine/ear.hpp"

#include <gtest/gtest.h>

namespace hb::engine {
namespace {

constexpr Instant start{1000s};
constexpr auto a = id_of<NodeId>(0), b = id_of<NodeId>(1), c = id_of<NodeId>(2);

struct Firewall : testing::Test {
    FirewallWatch watch{3, 1s, start};
    void seen(NodeId node, int times) {
        while (times-- > 0) watch.seen_on_wire(node);
    }
};

TEST_F(Firewall, is_named_after_ten_keepalives_in_which_only_the_wire_had_a_node) {
    seen(b, 10);
    EXPECT_FALSE(watch.dropped_by_firewall(start + 9999ms).exists());
    EXPECT_EQ(watch.dropped_by_firewall(start + 10s), b);
    EXPECT_FALSE(watch.dropped_by_firewall(start + 10s).exists());
}

TEST_F(Firewall, is_not_named_when_one_heartbeat_came_through) {
    seen(b, 10);
    watch.heard(b);
    EXPECT_FALSE(watch.dropped_by_firewall(start + 10s).exists());
}

TEST_F(Firewall, is_not_named_for_a_node_that_is_silent_or_was_seen_once) {
    seen(c, 1);
    EXPECT_FALSE(watch.dropped_by_firewall(start + 10s).exists());
}

TEST_F(Firewall, is_named_once_for_each_node) {
    seen(a, 10);
    seen(c, 10);
    EXPECT_EQ(watch.dropped_by_firewall(start + 10s), a);
    EXPECT_EQ(watch.dropped_by_firewall(start + 10s), c);
    EXPECT_FALSE(watch.dropped_by_firewall(start + 10s).exists());
    seen(a, 10);
    EXPECT_FALSE(watch.dropped_by_firewall(start + 20s).exists());
}

TEST_F(Firewall, is_not_named_after_an_overflow_but_in_the_window_behind_it) {
    seen(b, 10);
    watch.overflowed();
    EXPECT_FALSE(watch.dropped_by_firewall(start + 10s).exists());
    seen(b, 10);
    EXPECT_EQ(watch.dropped_by_firewall(start + 20s), b);
}

TEST_F(Firewall, is_judged_over_at_least_three_seconds) {
    FirewallWatch fast{2, 5ms, start};
    for (int i = 0; i < 100; ++i) fast.seen_on_wire(b);
    EXPECT_FALSE(fast.dropped_by_firewall(start + 2999ms).exists());
    EXPECT_EQ(fast.dropped_by_firewall(start + 3s), b);
}

}  // namespace
}  // namespace hb::engine
