// Whether our supervisor still turns, and how long it is waited for.
#include "core/self/supervisor.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

using News = Supervisor::News;

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

TEST(Supervisor, is_not_judged_before_it_has_turned) {
    Supervisor supervisor{at(0s), 2s};
    EXPECT_FALSE(supervisor.is_judged());
    EXPECT_EQ(supervisor.judge(at(100s), Instant{}), News::nothing);
    EXPECT_FALSE(supervisor.lost());
}

TEST(Supervisor, is_lost_a_second_behind_its_beat_and_back_when_it_turns) {
    Supervisor supervisor{at(0s), 2s};
    supervisor.turned(at(10s));
    EXPECT_EQ(supervisor.judge(at(13s), Instant{}), News::nothing);
    EXPECT_EQ(supervisor.judge(at(13s + 1ns), Instant{}), News::lost);
    EXPECT_TRUE(supervisor.lost());
    EXPECT_EQ(supervisor.judge(at(14s), Instant{}), News::nothing);
    EXPECT_EQ(supervisor.waited_for(Instant{}, 0s, 0s), at(14s));  // two beats
    EXPECT_EQ(supervisor.waited_for(Instant{}, 6s, 500ms),
              at(16500ms));  // until the kernel has taken down what it had
    supervisor.turned(at(14s));
    EXPECT_EQ(supervisor.judge(at(14s), Instant{}), News::back);
    EXPECT_FALSE(supervisor.lost());
}

TEST(Supervisor, is_given_two_seconds_at_least) {
    Supervisor supervisor{at(0s), 10ms};
    supervisor.turned(at(10s));
    EXPECT_EQ(supervisor.waited_for(Instant{}, 0s, 0s), at(12s));
}

TEST(Supervisor, was_not_silent_before_we_woke_or_began) {
    Supervisor supervisor{at(5s), 2s};
    supervisor.turned(at(0s));
    EXPECT_EQ(supervisor.silent_since(Instant{}), at(5s));
    EXPECT_EQ(supervisor.silent_since(at(9s)), at(9s));
    EXPECT_EQ(supervisor.judge(at(11s), at(9s)), News::nothing);
}

TEST(Supervisor, whose_channel_has_ended_is_lost_at_once_and_stays_so) {
    Supervisor supervisor{at(0s), 2s};
    supervisor.turned(at(10s));
    EXPECT_TRUE(supervisor.gone(at(11s)));
    EXPECT_FALSE(supervisor.gone(at(12s)));
    EXPECT_EQ(supervisor.judge(at(11s), Instant{}), News::lost);
    EXPECT_EQ(supervisor.waited_for(Instant{}, 0s, 0s), at(12s));  // a new one that init starts
    supervisor.turned(at(12s));
    EXPECT_EQ(supervisor.judge(at(12s), Instant{}), News::nothing);
    EXPECT_EQ(supervisor.silent_since(at(20s)), at(11s));

    Supervisor never_turned{at(0s), 2s};
    EXPECT_TRUE(never_turned.gone(at(1s)));
    EXPECT_EQ(never_turned.judge(at(1s), Instant{}), News::lost);
}

}  // namespace
}  // namespace hb::core
