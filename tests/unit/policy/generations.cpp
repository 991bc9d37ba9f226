#include "hb/policy/generations.hpp"

#include <gtest/gtest.h>

namespace hb::policy {
namespace {

const Instant t0{1000s};

Generations from(Generation first) {
    Generations generations;
    generations.begin(first);
    return generations;
}

TEST(Generations, that_are_on_the_disk_are_taken_one_after_the_other) {
    Generations generations = from(7);
    EXPECT_TRUE(generations.look(t0, 8).reserved);
    EXPECT_EQ(generations.take(), 7u);
    EXPECT_TRUE(generations.look(t0, 8).reserved);
    EXPECT_EQ(generations.take(), 8u);
    EXPECT_FALSE(generations.look(t0, 8).reserved);
}

TEST(Generations, of_which_one_is_missing_is_asked_for_at_once_and_then_every_second) {
    Generations generations = from(9);
    const auto first = generations.look(t0, 8);
    EXPECT_TRUE(first.ask);
    EXPECT_TRUE(first.is_news);
    EXPECT_FALSE(generations.look(t0 + 999ms, 8).ask);
    const auto again = generations.look(t0 + 1s, 8);
    EXPECT_TRUE(again.ask);
    EXPECT_FALSE(again.is_news);
    EXPECT_FALSE(again.reserved);
}

TEST(Generations, another_number_that_is_missing_is_news) {
    Generations generations = from(9);
    generations.look(t0, 8);
    generations.used(11);
    EXPECT_EQ(generations.next(), 12u);
    EXPECT_TRUE(generations.look(t0 + 1ms, 8).is_news);
}

TEST(Generations, never_go_back) {
    Generations generations = from(9);
    generations.used(3);
    EXPECT_EQ(generations.next(), 9u);
    EXPECT_EQ(generations.first(), 9u);
}

}  // namespace
}  // namespace hb::policy
