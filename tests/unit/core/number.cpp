// Under which generation this node speaks.
#include "core/self/number.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

TEST(Number, that_is_wanted_is_begun_when_it_is_on_the_disk) {
    Number number{7};
    EXPECT_EQ(number.due(7, 100, at(0s)), 0u);
    number.want(12, 7, at(0s));
    EXPECT_EQ(number.wanted(7), 12u);
    EXPECT_EQ(number.due(7, 100, at(0s)), 0u);
    number.reserve(11);
    EXPECT_EQ(number.due(7, 100, at(1s)), 0u);
    number.reserve(12);
    EXPECT_EQ(number.due(7, 100, at(1s)), 12u);
    EXPECT_EQ(number.wanted(12), 0u);
    EXPECT_EQ(number.due(12, 1, at(1s)), 0u);
}

TEST(Number, that_the_disk_does_not_take_is_begun_after_two_seconds) {
    Number number{7};
    number.want(12, 7, at(0s));
    EXPECT_EQ(number.due(7, 100, at(1999ms)), 0u);
    EXPECT_EQ(number.due(7, 100, at(2s)), 12u);
}

TEST(Number, is_wanted_for_as_long_as_its_first_wish_is_old) {
    Number number{7};
    number.want(12, 7, at(0s));
    number.want(12, 7, at(1s));
    number.want(9, 7, at(1s));  // less than what is wanted
    EXPECT_EQ(number.due(7, 100, at(2s)), 12u);
    number.want(13, 7, at(2s));
    EXPECT_EQ(number.due(7, 100, at(3999ms)), 0u);
    EXPECT_EQ(number.due(7, 100, at(4s)), 13u);
}

TEST(Number, below_the_present_one_is_not_wanted) {
    Number number{7};
    number.want(7, 7, at(0s));
    EXPECT_EQ(number.wanted(7), 0u);
}

TEST(Number, is_followed_by_the_next_one_when_its_messages_run_out) {
    Number number{7};
    EXPECT_EQ(number.due(7, bounds::sequence - 1, at(0s)), 0u);
    EXPECT_EQ(number.wanted(7), 0u);
    EXPECT_EQ(number.due(7, bounds::sequence, at(0s)), 0u);
    EXPECT_EQ(number.wanted(7), 8u);
    EXPECT_EQ(number.due(7, 0xfffffeff, at(1s)), 0u);
    EXPECT_EQ(number.due(7, 0xffffff00, at(1s)), 8u);  // no more time for the disk
}

TEST(Number, that_follows_without_a_wait_has_to_be_on_the_disk_and_comes_once_in_a_while) {
    Number number{7};
    EXPECT_EQ(number.next(7, at(0s), 1s), 0u);
    number.reserve(9);
    EXPECT_EQ(number.next(7, at(0s), 1s), 8u);
    EXPECT_EQ(number.next(8, at(999ms), 1s), 0u);
    EXPECT_EQ(number.next(8, at(1s), 1s), 9u);
    EXPECT_EQ(number.next(9, at(5s), 1s), 0u);
    number.reserve(8);  // never less
    EXPECT_EQ(number.next(8, at(9s), 1s), 9u);
}

TEST(Number, was_ours_since_this_engine_began) {
    const Number number{7};
    EXPECT_FALSE(number.was_ours(6, 9));
    EXPECT_TRUE(number.was_ours(7, 9));
    EXPECT_TRUE(number.was_ours(8, 9));
    EXPECT_FALSE(number.was_ours(9, 9));
}

TEST(Number, that_was_too_low_is_not_known_to_be_ours_and_nor_are_those_that_were_left_out) {
    Number number{7};
    number.reserve(20);
    number.want(12, 7, at(0s));
    EXPECT_EQ(number.due(7, 100, at(0s)), 12u);
    EXPECT_FALSE(number.was_ours(7, 12));  // an earlier life of this node may have had it
    EXPECT_FALSE(number.was_ours(11, 12));
    EXPECT_EQ(number.next(12, at(0s), 1s), 13u);
    EXPECT_TRUE(number.was_ours(12, 13));
}

}  // namespace
}  // namespace hb::core
