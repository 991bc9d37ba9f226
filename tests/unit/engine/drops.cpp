#include "engine/drops.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hb::engine {
namespace {

using wire::DropReason;
constexpr Instant start{1000s};

TEST(Drops, are_said_a_second_after_the_first_with_the_count_of_each_reason) {
    Drops drops;
    for (int i = 0; i < 36; ++i) drops.count(DropReason::bad_signature, start);
    drops.count(DropReason::unknown_node, start);
    EXPECT_FALSE(drops.summary(start + 999ms));
    const auto said = drops.summary(start + 1s);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->count, 37u);
    EXPECT_EQ(said->seconds, 1u);
    const std::string reasons{said->reasons.view()};
    EXPECT_EQ(reasons, std::string{wire::to_text(DropReason::bad_signature)} + " 36, " +
                           std::string{wire::to_text(DropReason::unknown_node)} + " 1");
}

TEST(Drops, cost_one_line_a_minute_in_a_flood) {
    Drops drops;
    int lines = 0;
    std::uint64_t told = 0;
    for (Instant now = start; now < start + 10min; now += 10ms) {
        drops.count(DropReason::short_datagram, now);
        if (const auto said = drops.summary(now)) ++lines, told += said->count;
    }
    EXPECT_EQ(lines, 10);
    EXPECT_GT(told, 54'000u);
}

TEST(Drops, are_not_said_again_when_nothing_new_was_dropped) {
    Drops drops;
    drops.count(DropReason::bad_signature, start);
    ASSERT_TRUE(drops.summary(start + 1s));
    EXPECT_FALSE(drops.summary(start + 1h));
    EXPECT_EQ(drops.total(), 1u);
}

TEST(Drops, of_our_own_frames_are_counted_but_no_fault) {
    Drops drops;
    drops.count(DropReason::own, start);
    EXPECT_FALSE(drops.summary(start + 1min));
    EXPECT_EQ(drops.total(DropReason::own), 1u);
    EXPECT_EQ(drops.total(), 0u);
}

TEST(Drops, fit_into_one_line_even_if_every_reason_occurs) {
    Drops drops;
    for (std::size_t i = 1; i < drop_reasons; ++i) drops.count(static_cast<DropReason>(i), start);
    const auto said = drops.summary(start + 1s);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->count, drop_reasons - 2);
    EXPECT_LT(said->reasons.size(), 320u);
}

TEST(FloodBrake, pulls_from_the_hundred_and_first_within_a_tenth_of_a_second_until_it_is_over) {
    FloodBrake brake;
    for (int i = 0; i < 100; ++i) brake.count(start);
    EXPECT_FALSE(brake.pulls(start));
    brake.count(start + 50ms);
    EXPECT_TRUE(brake.pulls(start + 50ms));
    EXPECT_TRUE(brake.pulls(start + 150ms));
    EXPECT_FALSE(brake.pulls(start + 300ms));
}

TEST(FloodBrake, leaves_ordinary_noise_alone) {
    FloodBrake brake;
    for (int i = 0; i < 1000; ++i) {
        brake.count(start + i * 2ms);
        EXPECT_FALSE(brake.pulls(start + i * 2ms));
    }
}

TEST(Once, lets_the_first_through_and_the_next_after_its_interval) {
    Once once{1h};
    EXPECT_TRUE(once.permits(start));
    EXPECT_FALSE(once.permits(start + 59min));
    EXPECT_TRUE(once.permits(start + 1h));
}

TEST(Overflow, without_a_loss_everything_is_judged) {
    Overflow overflow{10s};
    EXPECT_EQ(overflow.judged_until(start), never);
    EXPECT_FALSE(overflow.summary(start));
}

TEST(Overflow, excuses_what_came_after_the_first_loss_until_a_deadtime_without_one) {
    Overflow overflow{10s};
    overflow.lost(7, start, start + 1s);
    overflow.lost(7, start + 4s, start + 5s);
    EXPECT_EQ(overflow.judged_until(start + 5s), start);
    EXPECT_EQ(overflow.judged_until(start + 15s - 1ns), start);
    EXPECT_EQ(overflow.judged_until(start + 15s), never);
}

TEST(Overflow, of_another_flood_excuses_again_after_a_deadtime_without_a_loss) {
    Overflow overflow{10s};
    overflow.lost(7, start, start + 1s);
    overflow.lost(7, start + 60s, start + 61s);
    EXPECT_EQ(overflow.judged_until(start + 62s), start + 60s);
}

TEST(Overflow, hides_no_death_for_more_than_three_deadtimes_however_long_frames_are_lost) {
    Overflow overflow{10s};
    for (Instant now = start; now < start + 1h; now += 1s) {
        overflow.lost(7, now, now + 1s);
        EXPECT_EQ(overflow.judged_until(now + 1s), now + 1s < start + 30s ? start : never);
    }
}

TEST(Overflow, of_floods_with_pauses_of_less_than_a_deadtime_counts_as_one) {
    Overflow overflow{10s};
    for (Instant now = start; now < start + 1h; now += 9s) overflow.lost(7, now, now + 1s);
    EXPECT_EQ(overflow.judged_until(start + 1h), never);
}

TEST(Overflow, between_two_floods_leaves_an_instant_at_which_every_silence_is_judged) {
    Overflow overflow{10s};
    overflow.lost(7, start, start + 1s);
    overflow.lost(7, start + 11s - 1ms,
                  start + 11s);  // the first turn after the pause is the first of the next flood
    EXPECT_EQ(overflow.judged_until(start + 11s), start + 11s - 1ms);
}

TEST(Overflow, is_said_a_second_after_the_first_loss_and_then_once_a_minute) {
    Overflow overflow{10s};
    overflow.lost(7, start, start + 1ms);
    EXPECT_FALSE(overflow.summary(start + 1s));
    overflow.lost(100, start + 500ms, start + 501ms);
    const auto first = overflow.summary(start + 1001ms);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->frames, 107u);
    EXPECT_EQ(first->seconds, 2u);
    EXPECT_FALSE(overflow.summary(start + 2min));  // no more were lost
    int lines = 0;
    std::uint64_t said = 0;
    for (Instant now = start + 3min; now < start + 13min; now += 10ms) {
        overflow.lost(1, now - 10ms, now);
        if (const auto line = overflow.summary(now)) ++lines, said += line->frames;
    }
    EXPECT_EQ(lines, 10);
    EXPECT_GT(said, 54'000u);
}

}  // namespace
}  // namespace hb::engine
