#include "supervisor/daemon/ending.hpp"

#include <gtest/gtest.h>

namespace hb::supervisor {
namespace {

using Life = Ending::Life;
const Instant t0{1000s};

TEST(Ending, a_stop_is_asked_for_once) {
    Ending ending;
    EXPECT_FALSE(ending.is_asked());
    EXPECT_TRUE(ending.ask(t0));
    EXPECT_FALSE(ending.ask(t0 + 9s));
    EXPECT_TRUE(ending.is_asked());
    EXPECT_EQ(ending.heard_until(1s), t0 + 2200ms);
    EXPECT_EQ(ending.life(), Life::running);
}

TEST(Ending, is_heard_by_an_engine_that_has_turned_since) {
    Ending ending;
    EXPECT_TRUE(ending.is_heard(t0));
    ending.ask(t0);
    EXPECT_FALSE(ending.is_heard(t0 - 1ms));
    EXPECT_TRUE(ending.is_heard(t0));
}

TEST(Ending, an_engine_that_leaves_unasked_does_not_end_the_daemon) {
    Ending ending;
    ending.engine_leaves();
    EXPECT_FALSE(ending.may_leave());
    ending.ask(t0);
    EXPECT_TRUE(ending.may_leave());
    ending.engine_starts();
    EXPECT_FALSE(ending.may_leave());
}

TEST(Ending, starts_one_last_engine_and_no_second_one) {
    Ending ending;
    ending.ask(t0);
    EXPECT_TRUE(ending.begin_last_engine());
    EXPECT_EQ(ending.life(), Life::last_engine);
    EXPECT_FALSE(ending.begin_last_engine());
    ending.end();
    EXPECT_TRUE(ending.is_ending());
    EXPECT_FALSE(ending.begin_last_engine());
    EXPECT_EQ(ending.exit_code(), exit_code::ok);
}

TEST(Ending, in_failure_says_so_in_the_exit_code) {
    Ending ending;
    ending.end_in_failure();
    EXPECT_TRUE(ending.is_ending());
    EXPECT_FALSE(ending.is_asked());
    EXPECT_EQ(ending.exit_code(), exit_code::failed);
    ending.end();
    EXPECT_EQ(ending.exit_code(), exit_code::failed);
}

}  // namespace
}  // namespace hb::supervisor
