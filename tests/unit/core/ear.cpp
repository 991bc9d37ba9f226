// Whether we are deaf, or all others dead.
#include "core/self/ear.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

using News = Ear::News;

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

struct Deaf {
    Ear ear{10s};
    Instant seen = at(0s), answered = at(0s), awake_since;
    bool in_vain = true;
    News judge(Duration when) { return ear.judge(at(when), seen, answered, in_vain, awake_since); }
};

TEST(Ear, is_deaf_when_nothing_comes_for_half_a_deadtime_and_ping_nodes_are_asked_in_vain) {
    Deaf d;
    EXPECT_EQ(d.judge(4999ms), News::nothing);
    EXPECT_EQ(d.ear.deadline(at(4999ms), d.answered, d.awake_since), at(5s));
    EXPECT_EQ(d.judge(5s), News::deaf);
    EXPECT_EQ(d.ear.silence(), 5s);
    EXPECT_TRUE(d.ear.deaf());
    EXPECT_EQ(d.judge(6s), News::nothing);
    EXPECT_EQ(d.ear.deadline(at(6s), d.answered, d.awake_since), never);
    d.seen = at(6500ms);
    EXPECT_EQ(d.judge(7s), News::hears);
    EXPECT_FALSE(d.ear.deaf());
}

TEST(Ear, hears_again_also_by_an_answer) {
    Deaf d;
    EXPECT_EQ(d.judge(5s), News::deaf);
    d.answered = at(5s);  // not behind the moment when it was found deaf
    EXPECT_EQ(d.judge(6s), News::nothing);
    d.answered = at(5s + 1ns);
    EXPECT_EQ(d.judge(6s), News::hears);
}

TEST(Ear, is_not_deaf_while_some_ping_node_need_not_answer_or_none_did_within_a_minute) {
    Deaf d;
    d.in_vain = false;
    EXPECT_EQ(d.judge(9s), News::nothing);
    d.in_vain = true;
    EXPECT_EQ(d.judge(60s + 1ns), News::nothing);
    d.answered = Instant{};
    EXPECT_EQ(d.judge(9s), News::nothing);
    d.answered = at(0s);
    EXPECT_EQ(d.judge(60s), News::deaf);
}

TEST(Ear, is_not_judged_for_the_time_in_which_we_did_not_run) {
    Deaf d;
    d.awake_since = at(3s);
    EXPECT_EQ(d.judge(7999ms), News::nothing);
    EXPECT_EQ(d.ear.deadline(at(7s), d.answered, d.awake_since), at(8s));
    EXPECT_EQ(d.judge(8s), News::deaf);
}

TEST(Ear, is_not_judged_where_nobody_tells_when_frames_come) {
    Deaf d;
    d.seen = never;
    EXPECT_EQ(d.judge(30s), News::nothing);
    EXPECT_EQ(d.ear.deadline(at(30s), d.answered, d.awake_since), never);
}

TEST(Ear, has_no_deadline_that_lies_in_the_past) {
    Deaf d;
    d.in_vain = false;
    EXPECT_EQ(d.judge(8s), News::nothing);
    EXPECT_EQ(d.ear.deadline(at(8s), d.answered, d.awake_since), never);
}

TEST(Ear, that_heard_nothing_since_this_node_stood_still_is_not_judged_yet_and_nor_are_the_others) {
    Deaf d;
    d.awake_since = at(3s);
    const auto until = [&d](Duration when) {
        return d.ear.undecided_until(at(when), d.answered, d.awake_since);
    };
    EXPECT_EQ(until(4s), Instant{});  // nobody has told it yet whether anything came
    EXPECT_EQ(d.judge(4s), News::nothing);
    EXPECT_EQ(until(4s), at(8s));
    d.answered = at(3s);
    EXPECT_EQ(until(4s), Instant{});  // it hears
    d.answered = at(0s);
    d.seen = at(3s);
    EXPECT_EQ(d.judge(5s), News::nothing);
    EXPECT_EQ(until(5s), Instant{});
    d.seen = at(2s);
    EXPECT_EQ(d.judge(6s), News::nothing);
    EXPECT_EQ(until(60s), at(8s));
    EXPECT_EQ(until(60s + 1ns), Instant{});  // no ping node has answered for a minute: nothing tells
    EXPECT_EQ(d.judge(8s), News::deaf);
    EXPECT_EQ(until(8s), Instant{});
}

}  // namespace
}  // namespace hb::core
