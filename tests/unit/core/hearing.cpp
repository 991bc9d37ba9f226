// Whether a peer hears us, and what that proves.
#include "core/peer/hearing.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }
constexpr Duration keepalive = 1s;
Echo echo(Sequence sequence, Duration age) { return {.generation = 5, .sequence = sequence, .age = age}; }

TEST(Hearing, of_a_status_that_is_remembered_is_proven_for_when_that_was_sent) {
    Hearing hearing;
    EXPECT_FALSE(hearing.session());
    EXPECT_FALSE(hearing.hear(echo(7, 100ms), true, at(0s), at(150ms), keepalive));
    EXPECT_TRUE(hearing.session());
    EXPECT_TRUE(hearing.has_named_us());
    EXPECT_EQ(hearing.confirmed(), at(0s));
    EXPECT_EQ(hearing.echoed(), 7u);
    EXPECT_EQ(hearing.round_trip(), 50ms);
    EXPECT_EQ(hearing.age(), 100ms);
}

TEST(Hearing, of_a_status_that_is_not_remembered_is_proven_for_a_keepalive_before_it_was_heard) {
    Hearing hearing;
    EXPECT_FALSE(hearing.hear(echo(7, 100ms), true, std::nullopt, at(10s), keepalive));
    EXPECT_EQ(hearing.confirmed(), at(8900ms));
    EXPECT_EQ(hearing.round_trip(), 0ns);
}

TEST(Hearing, of_an_earlier_life_makes_no_session) {
    Hearing hearing;
    EXPECT_FALSE(hearing.hear(echo(7, 0s), false, std::nullopt, at(10s), keepalive));
    EXPECT_FALSE(hearing.session());
    EXPECT_FALSE(hearing.has_named_us());
    EXPECT_EQ(hearing.echoed(), 0u);
    EXPECT_EQ(hearing.confirmed(), at(9s));
}

TEST(Hearing, that_is_older_than_two_keepalives_arms) {
    Hearing hearing;
    EXPECT_FALSE(hearing.hear(echo(7, 2s), true, at(0s), at(2s), keepalive));
    EXPECT_FALSE(hearing.armed());
    EXPECT_TRUE(hearing.hear(echo(7, 2s + 1ns), true, at(0s), at(3s), keepalive));
    EXPECT_TRUE(hearing.armed());
    EXPECT_FALSE(hearing.hear(echo(7, 3s), true, at(0s), at(4s), keepalive));
    EXPECT_TRUE(hearing.hear(echo(9, 0s), true, at(4s), at(4s), keepalive));
    EXPECT_FALSE(hearing.armed());
}

TEST(Hearing, never_proves_less_than_before) {
    Hearing hearing;
    hearing.hear(echo(7, 0s), true, at(9s), at(9s), keepalive);
    hearing.hear(echo(5, 0s), true, at(7s), at(10s), keepalive);
    EXPECT_EQ(hearing.confirmed(), at(9s));
    EXPECT_EQ(hearing.echoed(), 7u);
    hearing.excuse(at(8s));
    EXPECT_EQ(hearing.confirmed(), at(9s));
    hearing.excuse(at(11s));
    EXPECT_EQ(hearing.confirmed(), at(11s));
}

TEST(Hearing, is_excused_by_one_who_claims_nothing) {
    Hearing hearing;
    hearing.hear(echo(7, 5s), true, at(0s), at(5s), keepalive);
    ASSERT_TRUE(hearing.armed());
    hearing.excuse(at(4s));
    EXPECT_FALSE(hearing.armed());
    EXPECT_EQ(hearing.confirmed(), at(4s));
    EXPECT_TRUE(hearing.session());
}

TEST(Hearing, round_trips_are_not_negative) {
    Hearing hearing;
    hearing.hear(echo(7, 1s), true, at(0s), at(500ms), keepalive);  // our clocks differ
    EXPECT_EQ(hearing.round_trip(), 0ns);
}

TEST(Hearing, is_forgotten_with_a_life_but_for_what_it_proved) {
    Hearing hearing;
    hearing.hear(echo(7, 5s), true, at(0s), at(5s), keepalive);
    hearing.end_session();
    EXPECT_FALSE(hearing.session());
    EXPECT_EQ(hearing.echoed(), 7u);
    hearing.forget();
    EXPECT_EQ(hearing.echoed(), 0u);
    EXPECT_TRUE(hearing.has_named_us());
    EXPECT_TRUE(hearing.armed());
    EXPECT_EQ(hearing.confirmed(), at(0s));
}

}  // namespace
}  // namespace hb::core
