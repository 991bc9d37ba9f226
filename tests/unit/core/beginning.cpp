// How an engine began, and since when it can hear.
#include "core/self/beginning.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

Origin origin_of(bool restarted, GroupState state) {
    Origin origin;
    origin.restarted = restarted;
    origin.hold_until = at(3s);
    origin.groups = {Inherited{.state = GroupState::foreign, .holder = {}, .epoch = 1},
                     Inherited{.state = state, .holder = {}, .epoch = 1}};
    return origin;
}

TEST(Beginning, of_a_first_engine_waits_for_initdead_and_has_no_right_of_before) {
    const Beginning b{origin_of(false, GroupState::foreign), at(0s)};
    EXPECT_FALSE(b.restarted());
    EXPECT_FALSE(b.goes_on());
    EXPECT_EQ(b.started(), at(0s));
    EXPECT_EQ(b.right_before(), never);
    EXPECT_EQ(b.patience(1s, 30s), 30s);
    EXPECT_EQ(b.patience_ends(30s), at(30s));
}

TEST(Beginning, of_a_next_engine_waits_for_a_deadtime_and_has_the_right_of_the_one_before) {
    const Beginning b{origin_of(true, GroupState::releasing), at(0s)};
    EXPECT_TRUE(b.restarted());
    EXPECT_FALSE(b.goes_on());  // what is being released is not served any more
    EXPECT_EQ(b.right_before(), at(3s));
    EXPECT_EQ(b.patience(1s, 30s), 1s);
}

TEST(Beginning, without_a_medium_waits_until_there_is_one) {
    Beginning b{origin_of(false, GroupState::foreign), at(0s)};
    EXPECT_FALSE(b.listen(true, at(1s)));
    EXPECT_EQ(b.patience_ends(30s), at(30s));  // it could hear all the time
    EXPECT_TRUE(b.listen(false, at(2s)));
    EXPECT_EQ(b.patience_ends(30s), never);
    EXPECT_FALSE(b.listen(false, at(3s)));  // that is said once
    EXPECT_FALSE(b.listen(true, at(4s)));
    EXPECT_EQ(b.patience_ends(30s), at(34s));
}

TEST(Beginning, of_one_that_goes_on_does_not_wait_for_a_medium) {
    Beginning b{origin_of(true, GroupState::owned), at(0s)};
    EXPECT_TRUE(b.goes_on());
    EXPECT_FALSE(b.listen(false, at(2s)));
    EXPECT_EQ(b.patience_ends(1s), at(1s));
}

}  // namespace
}  // namespace hb::core
