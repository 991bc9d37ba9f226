// Which ping nodes answer.
#include "core/self/witnesses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hb::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

struct Asked {
    Witnesses witnesses{2, at(0s)};
    std::vector<std::size_t> dead(Duration when, Duration awake_since = -1000s) {
        std::vector<std::size_t> out;
        witnesses.judge(at(when), at(awake_since), 4s, [&](std::size_t one) { out.push_back(one); });
        return out;
    }
};

TEST(Witnesses, are_asked_once_in_an_interval) {
    Asked a;
    EXPECT_TRUE(a.witnesses.ask(at(0s), 1s));
    EXPECT_FALSE(a.witnesses.ask(at(999ms), 1s));
    EXPECT_TRUE(a.witnesses.ask(at(1s), 1s));
    Witnesses none{0, at(0s)};
    EXPECT_TRUE(none.none());
    EXPECT_FALSE(none.ask(at(0s), 1s));
}

TEST(Witnesses, are_up_when_they_answer_and_dead_after_two_questions_and_deadping) {
    Asked a;
    EXPECT_EQ(a.witnesses.status(0).state, WitnessState::unknown);
    EXPECT_TRUE(a.witnesses.ask(at(0s), 1s));
    EXPECT_TRUE(a.witnesses.heard(0, at(10ms), at(11ms)));
    EXPECT_FALSE(a.witnesses.heard(0, at(5ms), at(12ms)));
    EXPECT_EQ(a.witnesses.status(0).last_heard, at(10ms));
    EXPECT_EQ(a.witnesses.status(0).since, at(11ms));
    EXPECT_EQ(a.witnesses.reached(), 1u);
    EXPECT_THAT(a.dead(10s), IsEmpty());  // one lost datagram proves nothing
    EXPECT_TRUE(a.witnesses.ask(at(1s), 1s));
    EXPECT_THAT(a.dead(3999ms), IsEmpty());
    EXPECT_THAT(a.dead(4s), ElementsAre(1));  // it never answered; the other one was asked once since it did
    EXPECT_THAT(a.dead(5s), IsEmpty());
    EXPECT_TRUE(a.witnesses.ask(at(2s), 1s));
    EXPECT_THAT(a.dead(5s), ElementsAre(0));
    EXPECT_TRUE(a.witnesses.all_dead());
    EXPECT_TRUE(a.witnesses.heard(1, at(6s), at(6s)));
    EXPECT_FALSE(a.witnesses.all_dead());
    EXPECT_EQ(a.witnesses.newest_answer(), at(6s));
}

TEST(Witnesses, are_not_dead_for_what_was_asked_before_we_woke) {
    Asked a;
    EXPECT_TRUE(a.witnesses.ask(at(0s), 1s));
    EXPECT_TRUE(a.witnesses.ask(at(1s), 1s));
    EXPECT_THAT(a.dead(10s, 7s), IsEmpty());
    EXPECT_THAT(a.dead(11s, 7s), ElementsAre(0, 1));
}

TEST(Witnesses, are_asked_in_vain_when_none_has_answered_two_questions_for_a_while) {
    Asked a;
    EXPECT_TRUE(a.witnesses.ask(at(0s), 1s));
    EXPECT_FALSE(a.witnesses.ask_in_vain(at(9s), 2s));
    EXPECT_TRUE(a.witnesses.ask(at(1s), 1s));
    EXPECT_FALSE(a.witnesses.ask_in_vain(at(1999ms), 2s));
    EXPECT_TRUE(a.witnesses.ask_in_vain(at(2s), 2s));
    EXPECT_TRUE(a.witnesses.heard(1, at(2s), at(2s)));
    EXPECT_FALSE(a.witnesses.ask_in_vain(at(9s), 2s));
}

}  // namespace
}  // namespace hb::core
