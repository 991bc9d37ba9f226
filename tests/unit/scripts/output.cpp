#include "hb/scripts/output.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace hb;
using namespace hb::scripts;

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

TEST(Status, output_decides_as_in_3_0_6_where_the_exit_code_is_zero) {
    using enum ScriptPlace;
    for (const ScriptPlace place : {resource_d, init_d}) {
        EXPECT_TRUE(says_running(place, "apache is running\n", 0));
        EXPECT_TRUE(says_running(place, "Running OK", 0));
        EXPECT_TRUE(says_running(place, "[ \x1b[32mOK\x1b[0m ]", 0));
        EXPECT_TRUE(says_running(place, "not stopped, running", 0));
        EXPECT_FALSE(says_running(place, "apache is not running", 0));
        EXPECT_FALSE(says_running(place, "Not Running", 0));
        EXPECT_FALSE(says_running(place, "one is running\ntwo is not running\n", 0));
        EXPECT_FALSE(says_running(place, "stopped", 0));
        EXPECT_FALSE(says_running(place, "", 0)) << "it is started";
    }
}

TEST(Status, a_code_other_than_zero_is_never_running) {
    using enum ScriptPlace;
    for (const ScriptPlace place : {resource_d, init_d})
        for (const int code : {1, 2, 3, 4, 7, 126, 127, 137, 255})
            for (const char* said : {"Apache2 is NOT running.", "not currently running", "OK to start",
                                     "BROKEN", "Running as root", "running", "OK"})
                EXPECT_FALSE(says_running(place, said, code)) << said << " " << code;
}

TEST(Status, what_is_said_not_to_run_does_not_run_in_any_words) {
    using enum ScriptPlace;
    for (const char* said :
         {"Apache2 is NOT running.", "web is not currently running", "web isn't running", "no longer running",
          "NOT OK", "not yet up running", "\x1b[31mnot \x1b[1mrunning", "BROKEN", "is token"})
        EXPECT_EQ(judge_status(resource_d, said, 0), Answer::stopped) << said;
}

TEST(Status, some_codes_say_nothing_of_the_service) {
    using enum ScriptPlace;
    for (const ScriptPlace place : {resource_d, init_d})
        for (const int code : {4, 126, 127, 128 + 9})
            EXPECT_EQ(judge_status(place, "", code), Answer::unknown) << code;
    EXPECT_EQ(judge_status(init_d, "", 0), Answer::unknown) << "by LSB it runs, by 3.0.6's rule it does not";
    EXPECT_EQ(judge_status(resource_d, "", 0), Answer::stopped);
    EXPECT_EQ(judge_status(init_d, "dead", 1), Answer::stopped);
    EXPECT_EQ(judge_status(nowhere, "running", 0), Answer::unknown);
}

TEST(Status, of_a_unit_the_state_counts_and_one_that_changes_is_unknown) {
    using enum ScriptPlace;
    for (const ScriptPlace place : {unit, oneshot}) {
        EXPECT_EQ(judge_status(place, "active\n", 0), Answer::running);
        EXPECT_EQ(judge_status(place, "inactive\n", 3), Answer::stopped);
        EXPECT_EQ(judge_status(place, "failed\n", 3), Answer::stopped);
        for (const char* state :
             {"activating\n", "deactivating\n", "reloading\n", "refreshing\n", "unknown\n"})
            EXPECT_EQ(judge_status(place, state, 3), Answer::unknown) << state;
        EXPECT_EQ(judge_status(place, "reloading\n", 0), Answer::unknown);
        EXPECT_EQ(judge_status(place, "", 1), Answer::unknown) << "Failed to connect to bus";
        EXPECT_EQ(judge_status(place, "", 128 + 9), Answer::unknown);
        EXPECT_FALSE(says_running(place, "running", 3));
    }
}
