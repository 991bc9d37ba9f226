// What peers of 3.0.6's dialect were told that we hold.
#include "core/say/holding.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }
constexpr Holding local{.local = true, .foreign = false}, all{.local = true, .foreign = true};

TEST(SaidHolding, tells_what_was_said_last) {
    SaidHolding s;
    EXPECT_FALSE(s.tells(Holding{}));  // nothing was said yet
    s.said(local, 7, at(1s));
    EXPECT_TRUE(s.tells(local));
    EXPECT_FALSE(s.tells(all));
    EXPECT_EQ(s.number(), 7u);
    EXPECT_EQ(s.at(), at(1s));
}

TEST(SaidHolding, that_was_old_and_was_sent_again_is_to_be_said_once_more) {
    SaidHolding s;
    s.said(local, 7, at(1s));
    s.said(all, 9, at(2s));
    s.said_again(9, true);
    EXPECT_FALSE(s.take_past());  // the newest one
    s.said_again(8, false);
    EXPECT_FALSE(s.take_past());  // another message
    s.said_again(7, true);
    s.said_again(9, true);
    EXPECT_TRUE(s.take_past());
    EXPECT_FALSE(s.take_past());
}

TEST(SaidHolding, of_an_earlier_generation_has_no_number) {
    SaidHolding s;
    s.said(local, 7, at(1s));
    s.renumbered();
    EXPECT_EQ(s.number(), 0u);
    EXPECT_TRUE(s.tells(local));
}

}  // namespace
}  // namespace hb::core
