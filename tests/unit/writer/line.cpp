#include "writer/line.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hb::writer {
namespace {

Entry entry(Level level, std::string_view program, std::string_view text) {
    Entry e;
    e.level = level;
    e.program = program;
    e.text = text;
    e.pid = 21;
    e.local.tm_year = 126;
    e.local.tm_mon = 10;
    e.local.tm_mday = 2;
    e.local.tm_hour = 8;
    e.local.tm_min = 49;
    e.local.tm_sec = 4;
    return e;
}
std::string text(const Line& line) { return std::string{line.view()}; }

TEST(Line, has_the_form_of_syslog_with_syslogmsgfmt) {
    EXPECT_EQ(text(file_line(entry(Level::info, "heartbeat", "Link b:eth0 up."), true, "a")),
              "Nov 02 08:49:04 a heartbeat: [21]: info: Link b:eth0 up.\n");
}

TEST(Line, has_the_dated_form_without_syslogmsgfmt) {
    EXPECT_EQ(text(file_line(entry(Level::warning, "heartbeat", "node b: is dead"), false, "a")),
              "heartbeat[21]: 2026/11/02_08:49:04 WARN: node b: is dead\n");
}

TEST(Line, of_a_script_has_its_own_form_whatever_syslogmsgfmt_says) {
    const auto e = entry(Level::info, "ResourceManager(default)", "Acquiring resource group: a 10.0.0.1");
    const std::string expected =
        "2026/11/02_08:49:04\t ResourceManager(default)[21]:    info: Acquiring resource group: a 10.0.0.1\n";
    EXPECT_EQ(text(file_line(e, true, "a")), expected);
    EXPECT_EQ(text(file_line(e, false, "a")), expected);
}

TEST(Line, of_an_agent_has_its_level_in_capitals) {
    EXPECT_EQ(text(file_line(entry(Level::info, "IPaddr(default)", "Running OK"), true, "a")),
              "2026/11/02_08:49:04\t IPaddr(default)[21]:    INFO:  Running OK\n");
}

TEST(Line, keeps_the_level_that_a_script_names_itself) {
    EXPECT_EQ(text(file_line(entry(Level::info, "Filesystem(default)", "ERROR: no such device"), true, "a")),
              "2026/11/02_08:49:04\t Filesystem(default)[21]:    ERROR: no such device\n");
}

TEST(Line, for_syslog_carries_priority_tag_and_process) {
    EXPECT_EQ(text(syslog_line(entry(Level::warning, "heartbeat", "node b: is dead"), 16)),
              "<132>Nov  2 08:49:04 heartbeat: [21]: WARN: node b: is dead");
    EXPECT_EQ(text(syslog_line(entry(Level::info, "IPaddr(default)", "Running OK"), 3)),
              "<30>Nov  2 08:49:04 IPaddr(default)[21]: INFO:  Running OK");
}

TEST(Line, is_one_line_whatever_is_in_its_text) {
    const auto line = text(file_line(entry(Level::error, "heart\nbeat", "a\nb\tc\x1b[31m\x7f"), true, "a"));
    EXPECT_EQ(line, "Nov 02 08:49:04 a heart beat: [21]: ERROR: a b c [31m \n");
}

TEST(Line, keeps_its_newline_when_it_is_cut) {
    const std::string node(600, 'n');
    const auto line = text(file_line(entry(Level::error, "heartbeat", std::string(400, 'x')), true, node));
    EXPECT_EQ(line.size(), 640u);
    EXPECT_EQ(line.back(), '\n');
    EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(Line, uses_the_eight_words_for_levels) {
    std::string words;
    for (int i = 0; i < 8; ++i) words += std::string{to_text(static_cast<Level>(i))} + " ";
    EXPECT_EQ(words, "EMERG ALERT CRIT ERROR WARN notice info debug ");
}

}  // namespace
}  // namespace hb::writer
