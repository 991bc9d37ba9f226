#include "supervisor/output.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace hb;
using namespace hb::supervisor;

namespace {

const Instant t0{100s};

struct Heard {
    std::vector<std::string> lines;
    OutputLines::Line line() {
        return [this](std::string_view text) { lines.emplace_back(text); };
    }
};

}  // namespace

TEST(OutputLines, a_line_may_come_in_pieces) {
    Heard heard;
    OutputLines output;
    output.feed("hel", t0, heard.line());
    EXPECT_TRUE(heard.lines.empty());
    output.feed("lo\nworld\n", t0, heard.line());
    EXPECT_EQ(heard.lines, (std::vector<std::string>{"hello", "world"}));
}

TEST(OutputLines, the_last_one_needs_no_newline) {
    Heard heard;
    OutputLines output;
    output.feed("end", t0, heard.line());
    output.end(t0, heard.line());
    output.end(t0, heard.line());
    EXPECT_EQ(heard.lines, (std::vector<std::string>{"end"}));
}

TEST(OutputLines, control_characters_and_nul_are_replaced) {
    Heard heard;
    OutputLines output;
    output.feed(std::string_view("a\0b\x1b[1mc\td\r\n", 12), t0, heard.line());
    EXPECT_EQ(heard.lines, (std::vector<std::string>{"a?b?[1mc d?"}));
}

TEST(OutputLines, a_long_line_is_cut_and_takes_no_memory) {
    Heard heard;
    OutputLines output;
    const std::string megabyte(1 << 20, 'x');
    output.feed(megabyte, t0, heard.line());
    output.feed("\nnext\n", t0, heard.line());
    ASSERT_EQ(heard.lines.size(), 2u);
    EXPECT_EQ(heard.lines[0].size(), OutputLines::longest_line);
    EXPECT_EQ(heard.lines[1], "next");
}

TEST(OutputLines, of_more_than_a_hundred_in_a_second_the_rest_is_counted) {
    Heard heard;
    OutputLines output;
    for (int i = 0; i < 250; ++i) output.feed("x\n", t0, heard.line());
    EXPECT_EQ(heard.lines.size(), 100u);
    EXPECT_EQ(output.take_dropped(), 150u);
    EXPECT_EQ(output.take_dropped(), 0u);
    output.feed("y\n", t0 + 1s, heard.line());
    EXPECT_EQ(heard.lines.back(), "y");
}

TEST(Status, output_decides_as_in_3_0_6) {
    using enum ScriptPlace;
    EXPECT_TRUE(says_running(resource_d, "apache is running\n", 1));
    EXPECT_TRUE(says_running(resource_d, "Running OK", 0));
    EXPECT_TRUE(says_running(resource_d, "OK", 3));
    EXPECT_FALSE(says_running(resource_d, "apache is not running", 0));
    EXPECT_FALSE(says_running(resource_d, "Not Running", 0));
    EXPECT_FALSE(says_running(resource_d, "stopped", 0));
    EXPECT_FALSE(says_running(resource_d, "", 0));
}

TEST(Status, the_exit_code_decides_where_an_init_script_says_nothing_recognisable) {
    EXPECT_TRUE(says_running(ScriptPlace::init_d, "", 0));
    EXPECT_TRUE(says_running(ScriptPlace::init_d, "active", 0));
    EXPECT_FALSE(says_running(ScriptPlace::init_d, "inactive", 3));
    EXPECT_FALSE(says_running(ScriptPlace::init_d, "apache2 is not running.", 0));
    EXPECT_TRUE(says_running(ScriptPlace::init_d, "apache2 is running", 3));
}

TEST(Status, of_a_unit_only_the_exit_code_counts) {
    EXPECT_TRUE(says_running(ScriptPlace::unit, "active", 0));
    EXPECT_FALSE(says_running(ScriptPlace::unit, "running", 3));
}
