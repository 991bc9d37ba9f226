// When an address is announced because somebody else claims it.
#include "core/act/defence.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }
constexpr ResourceId one = id_of<ResourceId>(0), other = id_of<ResourceId>(1);

TEST(Defence, of_each_address_is_at_once_and_then_after_the_pause) {
    Defence d{2};
    EXPECT_TRUE(d.at_once(one, 10s, at(0s)));
    EXPECT_FALSE(d.at_once(one, 10s, at(9999ms)));
    EXPECT_TRUE(d.at_once(other, 10s, at(9999ms)));
    EXPECT_TRUE(d.at_once(one, 10s, at(10s)));
}

TEST(Defence, that_came_too_early_is_made_up_for_and_counts_from_then) {
    Defence d{2};
    EXPECT_TRUE(d.at_once(one, 10s, at(0s)));
    EXPECT_FALSE(d.at_once(one, 10s, at(1s)));
    EXPECT_EQ(d.later(one, 10s), at(10s));
    EXPECT_FALSE(d.at_once(one, 10s, at(19s)));
    EXPECT_TRUE(d.at_once(one, 10s, at(20s)));
}

TEST(Defence, is_a_line_of_the_log_each_ten_seconds_with_the_number_of_claims) {
    Defence d{2};
    EXPECT_EQ(d.seen(at(0s)), 1u);
    EXPECT_FALSE(d.seen(at(1s)));
    EXPECT_FALSE(d.seen(at(9999ms)));
    EXPECT_EQ(d.seen(at(10s)), 3u);
    EXPECT_EQ(d.seen(at(20s)), 1u);
}

}  // namespace
}  // namespace hb::core
