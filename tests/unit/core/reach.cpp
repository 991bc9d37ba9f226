// Whether a peer steadily reaches more ping nodes than we do.
#include "core/peer/reach.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

struct Compared {
    Reach reach;
    std::size_t own = 1;
    bool comparable = true;
    Reach::News when(Duration time) { return reach.compare(comparable, own, at(time), 2s); }
};

TEST(Reach, is_more_when_it_was_more_for_long_enough_without_a_break) {
    Compared c;
    c.reach.said(2, 2);
    EXPECT_FALSE(c.when(0s).more);
    EXPECT_FALSE(c.when(1999ms).more);
    c.own = 2;
    EXPECT_FALSE(c.when(1999ms).more);
    c.own = 1;
    EXPECT_FALSE(c.when(2s).more);  // it begins anew
    EXPECT_FALSE(c.when(3999ms).more);
    EXPECT_TRUE(c.when(4s).more);
    EXPECT_TRUE(c.reach.more());
    EXPECT_FALSE(c.when(5s).more);  // said once
    EXPECT_TRUE(c.reach.more());
}

TEST(Reach, is_not_more_when_it_cannot_be_compared_any_longer) {
    Compared c;
    c.reach.said(2, 2);
    (void)c.when(0s);
    EXPECT_TRUE(c.when(2s).more);
    c.comparable = false;
    EXPECT_FALSE(c.when(3s).more);
    EXPECT_FALSE(c.reach.more());
}

TEST(Reach, that_was_less_keeps_groups_away_until_it_was_not_for_a_while) {
    Compared c;
    c.reach.said(0, 2);
    EXPECT_FALSE(c.reach.fewer_lately(at(0s)));
    EXPECT_FALSE(c.when(0s).settled);
    EXPECT_TRUE(c.reach.fewer_lately(at(1999ms)));
    c.reach.said(1, 2);
    EXPECT_FALSE(c.when(1s).settled);
    EXPECT_TRUE(c.when(2s).settled);
    EXPECT_FALSE(c.reach.fewer_lately(at(2s)));
    EXPECT_FALSE(c.when(3s).settled);
}

TEST(Reach, of_another_number_of_ping_nodes_is_said_once) {
    Reach reach;
    reach.said(1, 2);
    EXPECT_FALSE(reach.warn(2));
    EXPECT_TRUE(reach.warn(3));
    EXPECT_FALSE(reach.warn(3));
}

}  // namespace
}  // namespace hb::core
