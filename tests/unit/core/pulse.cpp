// When a status goes out.
#include "core/say/pulse.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

struct Said {
    Pulse pulse{at(0s)};
    bool unknown = true;
    bool repeat(Duration when) {
        return pulse.repeat(at(when), [this] { return unknown; });
    }
};

TEST(Pulse, begins_at_once_and_comes_each_keepalive) {
    Said s;
    EXPECT_TRUE(s.pulse.due(at(0s)));
    s.pulse.said(1, false, at(0s), 1s);
    EXPECT_FALSE(s.pulse.due(at(999ms)));
    EXPECT_TRUE(s.pulse.due(at(1s)));
    EXPECT_EQ(s.pulse.deadline(), at(1s));
    EXPECT_EQ(s.pulse.last(), at(0s));
    EXPECT_EQ(s.pulse.change(), 0u);
}

TEST(Pulse, of_a_change_is_said_again_after_5_20_and_80_ms) {
    Said s;
    s.pulse.said(7, true, at(0s), 1s);
    EXPECT_EQ(s.pulse.change(), 7u);
    EXPECT_EQ(s.pulse.deadline(), at(5ms));
    EXPECT_FALSE(s.repeat(4ms));
    EXPECT_TRUE(s.repeat(5ms));
    s.pulse.said(8, false, at(5ms), 1s);
    EXPECT_EQ(s.pulse.change(), 7u);
    EXPECT_FALSE(s.repeat(19ms));
    EXPECT_TRUE(s.repeat(20ms));
    EXPECT_TRUE(s.pulse.repeats());
    EXPECT_FALSE(s.repeat(79ms));
    EXPECT_TRUE(s.repeat(80ms));
    EXPECT_FALSE(s.pulse.repeats());
    EXPECT_FALSE(s.repeat(500ms));
}

TEST(Pulse, is_not_repeated_when_the_change_is_echoed) {
    Said s;
    s.pulse.said(7, true, at(0s), 1s);
    EXPECT_TRUE(s.repeat(5ms));
    s.unknown = false;
    EXPECT_FALSE(s.repeat(20ms));
    s.unknown = true;
    EXPECT_FALSE(s.repeat(80ms));
    EXPECT_FALSE(s.pulse.repeats());
}

TEST(Pulse, of_the_next_change_begins_its_repeats_anew) {
    Said s;
    s.pulse.said(7, true, at(0s), 1s);
    for (const Duration when : {5ms, 20ms, 80ms}) EXPECT_TRUE(s.repeat(when));
    s.pulse.said(9, true, at(100ms), 1s);
    EXPECT_EQ(s.pulse.change(), 9u);
    for (const Duration when : {105ms, 120ms, 180ms}) EXPECT_TRUE(s.repeat(when));
    EXPECT_FALSE(s.pulse.repeats());
}

TEST(Pulse, stops_where_nobody_listens) {
    Said s;
    s.pulse.stop();
    EXPECT_FALSE(s.pulse.due(at(100s)));
    EXPECT_EQ(s.pulse.deadline(), never);
}

TEST(Pulse, forgets_which_status_carried_the_change_when_numbers_begin_anew) {
    Said s;
    s.pulse.said(7, true, at(0s), 1s);
    s.pulse.forget();
    EXPECT_EQ(s.pulse.change(), 0u);
    EXPECT_TRUE(s.repeat(5ms));
}

}  // namespace
}  // namespace hb::core
