// What the administrator's scripts get to read, and how often.
#include "core/say/hooks.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

TEST(Hooks, are_told_lines_of_name_and_value_and_at_the_end_the_own_state) {
    Hooks hooks;
    Hooks::Text* text = hooks.begin();
    ASSERT_NE(text, nullptr);
    text->add("t", "status");
    text->add("st", "");
    text->add("sp", "two words");
    text->end("active");
    EXPECT_EQ(text->view(), "t=status\nst=\nsp=two words\nOSTATUS=active\n");
}

TEST(Hooks, are_not_told_what_would_be_a_line_of_its_own) {
    Hooks hooks;
    Hooks::Text* text = hooks.begin();
    text->add("t", "a\nOSTATUS=dead");
    text->add("x\n", "1");
    text->add("del", "\x7f");
    text->add("umlaut", "\xc3\xa4");
    text->end("up");
    EXPECT_EQ(text->view(), "umlaut=\xc3\xa4\nOSTATUS=up\n");
}

TEST(Hooks, always_have_room_for_the_own_state) {
    Hooks hooks;
    Hooks::Text* text = hooks.begin();
    const std::string most(limits::hook_text - 24 - 3, 'v');  // n, = and the end of the line
    text->add("nn", most);                                    // one too many
    EXPECT_EQ(text->view(), "");
    text->add("n", most);
    EXPECT_EQ(text->view().size(), limits::hook_text - 24);
    text->add("", "");
    EXPECT_EQ(text->view().size(), limits::hook_text - 24);
    text->end("active");
    EXPECT_TRUE(text->view().ends_with("\nOSTATUS=active\n"));
}

TEST(Hooks, find_room_for_twelve_texts_until_they_are_given_out) {
    Hooks hooks;
    for (int i = 0; i < 12; ++i) EXPECT_NE(hooks.begin(), nullptr);
    EXPECT_EQ(hooks.begin(), nullptr);
    hooks.forget();
    EXPECT_NE(hooks.begin(), nullptr);
}

TEST(Hooks, run_for_32_messages_of_peers_at_once_and_then_for_one_each_10_ms) {
    Hooks hooks;
    int ran = 0;
    for (int i = 0; i < 100; ++i) ran += hooks.may_run(at(0s));
    EXPECT_EQ(ran, 33);  // the first takes none of the time
    EXPECT_FALSE(hooks.may_run(at(9ms)));
    EXPECT_TRUE(hooks.may_run(at(10ms)));
    EXPECT_FALSE(hooks.may_run(at(10ms)));
    ran = 0;
    for (int i = 0; i < 100; ++i) ran += hooks.may_run(at(1h));
    EXPECT_EQ(ran, 33);
}

}  // namespace
}  // namespace hb::core
