#include "writer/repeats.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hb::writer {
namespace {

Envelope line(std::string_view text, std::uint16_t id = 7) {
    Envelope envelope;
    envelope.record.id = id;
    envelope.record.program = "heartbeat";
    envelope.record.text = text;
    return envelope;
}
std::string late(int ms) { return "Late heartbeat: Node b: interval " + std::to_string(ms) + " ms"; }

TEST(Repeats, let_the_first_line_of_a_condition_pass_and_keep_those_of_its_second) {
    Repeats repeats;
    EXPECT_TRUE(repeats.passes(line(late(2001)), 5000));
    for (int i = 0; i < 99; ++i) EXPECT_FALSE(repeats.passes(line(late(2002 + i)), 5000 + 10 * i));
    EXPECT_EQ(repeats.deadline(), 6000);
    EXPECT_FALSE(repeats.due(5999));
    EXPECT_EQ(repeats.due(6000)->record.text.view(), late(2100) + " (99 like it within a second)");
    EXPECT_FALSE(repeats.due(6000));
    EXPECT_FALSE(repeats.deadline());
}

TEST(Repeats, write_a_condition_that_lasts_once_a_second) {
    Repeats repeats;
    int written = 0;
    for (std::int64_t now = 0; now < 10'000; now += 10) {
        while (repeats.due(now)) ++written;
        written += repeats.passes(line(late(static_cast<int>(now))), now);
    }
    EXPECT_LE(written, 10);
    EXPECT_GE(written, 9);
}

TEST(Repeats, keep_no_line_of_another_condition) {
    Repeats repeats;
    EXPECT_TRUE(repeats.passes(line("10.0.0.1: claimed by 02:00:00:00:00:01"), 0));
    EXPECT_TRUE(repeats.passes(line("10.0.0.2: claimed by 02:00:00:00:00:01"), 0));
    EXPECT_TRUE(repeats.passes(line("10.0.0.1: claimed by 02:00:00:00:00:02"), 0));
    EXPECT_TRUE(repeats.passes(line("10.0.0.1: claimed by 02:00:00:00:00:01", 8), 0));
    EXPECT_FALSE(repeats.passes(line("10.0.0.1: claimed by 02:00:00:00:00:01"), 0));
}

TEST(Repeats, keep_the_last_line_alone_as_it_is) {
    Repeats repeats;
    EXPECT_TRUE(repeats.passes(line("medium eth0 is down"), 0));
    EXPECT_FALSE(repeats.passes(line("medium eth0 is down"), 300));
    EXPECT_EQ(repeats.due(1000)->record.text.view(), "medium eth0 is down");
}

TEST(Repeats, forget_no_count_of_lost_lines) {
    Repeats repeats;
    Envelope lossy = line("x");
    EXPECT_TRUE(repeats.passes(line("x"), 0));
    lossy.dropped = 3;
    EXPECT_FALSE(repeats.passes(lossy, 1));
    lossy.dropped = 4;
    EXPECT_FALSE(repeats.passes(lossy, 2));
    EXPECT_EQ(repeats.due(1000)->dropped, 7u);
}

TEST(Repeats, do_not_touch_what_scripts_say) {
    Repeats repeats;
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(repeats.passes(line("same", 0), 0));
}

TEST(Repeats, pass_whatever_comes_when_each_place_keeps_something) {
    Repeats repeats;
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(repeats.passes(line("node n" + std::to_string(i)), 0));
        repeats.passes(line("node n" + std::to_string(i)), 0);
    }
    EXPECT_TRUE(repeats.passes(line("one more"), 0));
}

}  // namespace
}  // namespace hb::writer
