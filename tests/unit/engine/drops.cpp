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

}  // namespace
}  // namespace hb::engine
