// Until when a node may hold what it holds.
#include "core/decide/right.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

TEST(Right, is_a_lease_behind_the_last_turn_where_nobody_else_tells_anything) {
    const Right right{at(0s), 1s, 12s};
    EXPECT_EQ(right.until(), at(9s));
}

TEST(Right, is_a_lease_behind_what_each_living_peer_has_heard) {
    Right right{at(8s), 1s, 12s};
    right.ask(at(6s), false);
    EXPECT_EQ(right.until(), at(15s));
    right.ask(at(4s), false);
    EXPECT_EQ(right.until(), at(13s));
    right.ask(at(7s), false);
    EXPECT_EQ(right.until(), at(13s));
}

TEST(Right, of_an_unproven_turn_is_two_pulses) {
    Right right{at(100s), 1s, 12s};
    right.ask(at(0s), false);
    EXPECT_EQ(right.until(), at(102s));
    Right rare{at(100s), 5s, 12s};  // a pulse is a third of the lease at most
    rare.ask(at(0s), false);
    EXPECT_EQ(rare.until(), at(106s));
}

TEST(Right, ends_with_what_was_heard_when_a_peer_says_that_it_hears_us_no_more) {
    Right right{at(8s), 1s, 12s};
    right.ask(at(0s), true);
    EXPECT_EQ(right.until(), at(9s));
    Right late{at(100s), 1s, 12s};
    late.ask(at(0s), true);
    EXPECT_EQ(late.until(), at(9s));  // it has passed
}

TEST(Right, is_never_longer_than_the_turn_is_good_for) {
    Right right{at(0s), 1s, 12s};
    right.ask(at(5s), false);
    EXPECT_EQ(right.until(), at(9s));
}

TEST(Right, is_limited_by_anything_else) {
    Right right{at(0s), 1s, 12s};
    right.limit(at(10s));
    EXPECT_EQ(right.until(), at(9s));
    right.limit(at(3s));
    EXPECT_EQ(right.until(), at(3s));
    right.limit(never);
    EXPECT_EQ(right.until(), at(3s));
}

}  // namespace
}  // namespace hb::core
