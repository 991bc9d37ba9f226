#include "hb/policy/lifetimes.hpp"

#include <gtest/gtest.h>

using namespace hb;
using policy::Lifetimes;

namespace {
const Instant t0{100s};
}

TEST(Lifetimes, are_given_again_after_half_of_the_oldest_one) {
    Lifetimes lifetimes;
    EXPECT_EQ(lifetimes.due(), never);
    EXPECT_EQ(lifetimes.begin(t0, 10s), t0 + 10s);
    EXPECT_EQ(lifetimes.begin(t0 + 2s, 10s), t0 + 12s);
    EXPECT_EQ(lifetimes.due(), t0 + 5s);
}

TEST(Lifetimes, of_zero_last_for_ever) {
    Lifetimes lifetimes;
    EXPECT_EQ(lifetimes.begin(t0, 0s), never);
    EXPECT_EQ(lifetimes.due(), never);
    EXPECT_FALSE(Lifetimes::lapsed(never, t0));
}

TEST(Lifetimes, have_lapsed_a_little_before_the_kernel_may_end_them) {
    EXPECT_FALSE(Lifetimes::lapsed(t0 + 100ms, t0));
    EXPECT_TRUE(Lifetimes::lapsed(t0 + 50ms, t0));
    EXPECT_TRUE(Lifetimes::lapsed(t0 - 1s, t0));
}

TEST(Lifetimes, that_could_not_be_prolonged_are_looked_at_again_before_they_end) {
    Lifetimes lifetimes;
    lifetimes.begin(t0, 8s);
    lifetimes.begin_round();
    EXPECT_EQ(lifetimes.due(), never);
    lifetimes.due_soon(t0 + 4s, 8s);
    EXPECT_EQ(lifetimes.due(), t0 + 6s);
    lifetimes.due_soon(t0 + 4s, 0s);
    EXPECT_EQ(lifetimes.due(), t0 + 6s);
}
