// A dead node is cut off by its devices, or is heard before that.
#include "core/decide/cut.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

using News = Cut::News;
using State = Cut::State;

constexpr Duration limit = 80s;
Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

TEST(Cut, starts_the_devices_once_however_many_groups_wait) {
    Cut cut;
    EXPECT_EQ(cut.deadline(), never);
    EXPECT_TRUE(cut.want(at(0s), limit));
    EXPECT_FALSE(cut.want(at(1s), limit));
    EXPECT_EQ(cut.deadline(), at(80s));
    EXPECT_EQ(cut.ended(Outcome::ok, at(3s)), News::succeeded);
    EXPECT_TRUE(cut.is_cut_off());
    EXPECT_FALSE(cut.want(at(4s), limit));
}

TEST(Cut, is_tried_again_five_seconds_after_a_failure) {
    for (const Outcome outcome : {Outcome::failed, Outcome::timed_out}) {
        Cut cut;
        EXPECT_TRUE(cut.want(at(0s), limit));
        EXPECT_EQ(cut.ended(outcome, at(3s)), News::failed);
        EXPECT_EQ(cut.deadline(), at(8s));
        EXPECT_FALSE(cut.want(at(7s), limit));
        EXPECT_EQ(cut.on_time(at(7s)), News::nothing);
        EXPECT_EQ(cut.on_time(at(8s)), News::again);
        EXPECT_EQ(cut.deadline(), never);  // until a group asks anew
        EXPECT_TRUE(cut.want(at(8s), limit));
    }
}

TEST(Cut, has_failed_when_no_answer_comes_and_an_answer_that_comes_later_counts) {
    Cut cut;
    EXPECT_TRUE(cut.want(at(0s), limit));
    EXPECT_EQ(cut.on_time(at(79s)), News::nothing);
    EXPECT_EQ(cut.on_time(at(80s)), News::failed);
    EXPECT_FALSE(cut.is_cut_off());
    EXPECT_EQ(cut.ended(Outcome::ok, at(81s)), News::succeeded);
    EXPECT_TRUE(cut.is_cut_off());
}

TEST(Cut, of_a_node_that_came_back_meanwhile_proves_nothing_for_its_next_death) {
    Cut cut;
    EXPECT_TRUE(cut.want(at(0s), limit));
    EXPECT_TRUE(cut.forget());
    EXPECT_FALSE(cut.want(at(2s), limit));  // it is dead again, and the device of before still runs
    EXPECT_EQ(cut.ended(Outcome::ok, at(3s)), News::again);
    EXPECT_FALSE(cut.is_cut_off());
    EXPECT_TRUE(cut.want(at(3s), limit));
}

TEST(Cut, asks_anew_when_the_device_of_before_does_not_answer) {
    Cut cut;
    EXPECT_TRUE(cut.want(at(0s), limit));
    EXPECT_TRUE(cut.forget());
    EXPECT_EQ(cut.deadline(), at(80s));
    EXPECT_FALSE(cut.want(at(2s), limit));
    EXPECT_EQ(cut.on_time(at(80s)), News::again);
    EXPECT_EQ(cut.state(), State::idle);
    EXPECT_TRUE(cut.want(at(80s), limit));
}

TEST(Cut, is_forgotten_with_its_pause_when_the_node_is_heard) {
    Cut cut;
    EXPECT_TRUE(cut.want(at(0s), limit));
    EXPECT_EQ(cut.ended(Outcome::failed, at(1s)), News::failed);
    EXPECT_TRUE(cut.forget());
    EXPECT_FALSE(cut.forget());  // nobody waits any more
    EXPECT_EQ(cut.deadline(), never);
    EXPECT_TRUE(cut.want(at(2s), limit));
    EXPECT_EQ(cut.ended(Outcome::ok, at(3s)), News::succeeded);
    EXPECT_FALSE(cut.forget());
    EXPECT_FALSE(cut.is_cut_off());
}

TEST(Cut, is_confirmed_by_an_operator_whatever_a_device_still_does) {
    Cut cut;
    EXPECT_TRUE(cut.want(at(0s), limit));
    cut.confirm();
    EXPECT_TRUE(cut.is_cut_off());
    EXPECT_EQ(cut.deadline(), at(80s));
    Cut late = cut, silent = cut, heard = cut;
    EXPECT_EQ(late.ended(Outcome::failed, at(3s)), News::nothing);
    EXPECT_TRUE(late.is_cut_off());
    EXPECT_EQ(silent.on_time(at(80s)), News::nothing);
    EXPECT_EQ(silent.state(), State::cut_off);
    EXPECT_FALSE(heard.forget());
    EXPECT_EQ(heard.state(), State::outdated);
    cut = Cut{};
    cut.confirm();  // no device was ever started
    EXPECT_TRUE(cut.is_cut_off());
    EXPECT_EQ(cut.deadline(), never);
}

TEST(Cut, says_nothing_of_an_answer_that_nobody_waits_for) {
    Cut cut;
    EXPECT_EQ(cut.ended(Outcome::ok, at(0s)), News::again);
    EXPECT_FALSE(cut.is_cut_off());
    EXPECT_EQ(cut.deadline(), never);
}

}  // namespace
}  // namespace hb::core
