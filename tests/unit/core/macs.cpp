// Which MACs are a node's: signed frames say so, answers only seem to.
#include "core/peer/macs.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Mac mac(unsigned n) { return Mac{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(n)}}; }

TEST(Macs, are_learned_from_signed_frames_and_the_oldest_is_pushed_out) {
    Macs macs;
    macs.signed_with(Mac{});  // not known
    EXPECT_TRUE(macs.in_doubt());
    EXPECT_EQ(macs.in_turn(0), Mac{});
    for (unsigned n = 1; n <= 7; ++n) macs.signed_with(mac(n));
    macs.signed_with(mac(7));
    EXPECT_FALSE(macs.signs_with(mac(1)));
    for (unsigned n = 2; n <= 7; ++n) EXPECT_TRUE(macs.signs_with(mac(n))) << n;
    EXPECT_FALSE(macs.in_doubt());
}

TEST(Macs, that_answer_are_kept_beside_them_and_too_many_leave_a_doubt) {
    Macs macs;
    macs.signed_with(mac(1));
    for (unsigned n = 11; n <= 16; ++n) macs.answered_from(mac(n));
    macs.answered_from(mac(16));
    macs.answered_from(mac(1));
    macs.answered_from(Mac{});
    EXPECT_FALSE(macs.in_doubt());
    EXPECT_TRUE(macs.seems_to_answer_from(mac(11)));
    EXPECT_FALSE(macs.seems_to_answer_from(mac(1)));
    EXPECT_TRUE(macs.has(mac(1)));
    macs.answered_from(mac(17));
    EXPECT_TRUE(macs.in_doubt());
    EXPECT_FALSE(macs.has(mac(17)));
    EXPECT_TRUE(macs.has(mac(11)));  // the first ones stay
}

TEST(Macs, are_asked_in_turn_the_first_that_answered_first) {
    Macs macs;
    macs.signed_with(mac(1));
    macs.signed_with(mac(2));
    EXPECT_EQ(macs.in_turn(0), mac(1));  // none has answered yet
    EXPECT_EQ(macs.in_turn(3), mac(2));
    macs.answered_from(mac(9));
    EXPECT_EQ(macs.in_turn(0), mac(9));
    EXPECT_EQ(macs.in_turn(1), mac(1));
    EXPECT_EQ(macs.in_turn(2), mac(2));
    EXPECT_EQ(macs.in_turn(3), mac(9));
}

TEST(Macs, are_asked_for_until_one_that_signs_answers_and_sixteen_times_a_life) {
    Macs macs;
    macs.signed_with(mac(1));
    for (int i = 0; i < 16; ++i) {
        EXPECT_TRUE(macs.wants_question());
        macs.asked();
    }
    EXPECT_FALSE(macs.wants_question());
    macs.begin_life();
    EXPECT_TRUE(macs.wants_question());
    macs.answered_from(mac(5));
    EXPECT_TRUE(macs.wants_question());  // anybody can answer
    macs.answered_from(mac(1));
    EXPECT_FALSE(macs.wants_question());
    macs.begin_life();
    EXPECT_FALSE(macs.wants_question());
}

}  // namespace
}  // namespace hb::core
