// Our own pauses: how long they were, and what they excuse.
#include "core/self/pause.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

TEST(Pause, is_none_as_long_as_the_turns_come_in_time) {
    Pause pause{at(0s), 1s, 10s};
    const Pause::Slept slept = pause.notice(at(1250ms));
    EXPECT_EQ(slept.gap, 1250ms);
    EXPECT_FALSE(slept.excuses);
    EXPECT_EQ(pause.last_turn(), at(1250ms));
    EXPECT_EQ(pause.awake_since(), Instant{});
    EXPECT_EQ(pause.excused(), Instant{});
}

TEST(Pause, that_is_short_is_one_for_others_that_did_not_turn_perhaps) {
    Pause pause{at(0s), 100ms, 10s};
    EXPECT_FALSE(pause.notice(at(500ms)).excuses);
    EXPECT_EQ(pause.awake_since(), Instant{});
    EXPECT_FALSE(pause.notice(at(1001ms)).excuses);
    EXPECT_EQ(pause.awake_since(), at(1001ms));
    EXPECT_EQ(pause.excused(), Instant{});
}

TEST(Pause, of_more_than_half_a_deadtime_excuses_the_silence_of_others) {
    Pause pause{at(0s), 1s, 10s};
    EXPECT_FALSE(pause.notice(at(5s)).excuses);
    const Pause::Slept slept = pause.notice(at(10s + 1ns));
    EXPECT_TRUE(slept.excuses);
    EXPECT_FALSE(slept.beyond_right);
    EXPECT_EQ(pause.excused(), at(10s + 1ns));
    EXPECT_EQ(pause.awake_since(), at(10s + 1ns));
    EXPECT_EQ(pause.distrusted_before(), Instant{});
}

TEST(Pause, beyond_three_quarters_of_a_deadtime_ends_the_right_and_older_echoes_prove_nothing) {
    Pause pause{at(0s), 1s, 10s};
    EXPECT_FALSE(pause.notice(at(7500ms)).beyond_right);
    EXPECT_TRUE(pause.notice(at(15s + 1ns)).beyond_right);
    EXPECT_EQ(pause.distrusted_before(), at(15s + 1ns));
}

TEST(Pause, is_measured_against_the_keepalive_where_the_deadtime_is_short) {
    Pause pause{at(0s), 1s, 2s};  // half a deadtime is the time between two turns
    EXPECT_FALSE(pause.notice(at(1250ms)).excuses);
    EXPECT_TRUE(pause.notice(at(2501ms)).excuses);
    Pause shorter{
        at(0s), 1s,
        1200ms};  // the right to hold is shorter than that time: a turn that comes in time is no pause
    EXPECT_FALSE(shorter.notice(at(1s)).beyond_right);
    EXPECT_TRUE(shorter.notice(at(2251ms)).beyond_right);
}

TEST(Pause, can_be_assumed) {
    Pause pause{at(0s), 1s, 10s};
    pause.excuse(at(3s));
    EXPECT_EQ(pause.excused(), at(3s));
    EXPECT_EQ(pause.awake_since(), Instant{});
}

}  // namespace
}  // namespace hb::core
