#include "hb/control/command.hpp"

#include <gtest/gtest.h>

namespace hb::control {
namespace {

using core::OperatorAsked;

TEST(Command, status_is_one_word) {
    const auto command = parse_command("status");
    ASSERT_TRUE(command);
    EXPECT_EQ(command->verb, Command::Verb::status);
}

TEST(Command, parameter_has_a_name) {
    const auto command = parse_command("parameter keepalive");
    ASSERT_TRUE(command);
    EXPECT_EQ(command->verb, Command::Verb::parameter);
    EXPECT_EQ(command->name, "keepalive");
    EXPECT_FALSE(parse_command("parameter"));
}

TEST(Command, of_each_verb_and_set_is_understood) {
    const struct {
        std::string_view line;
        OperatorAsked::Verb verb;
        OperatorAsked::Set set;
    } cases[] = {{"standby all", OperatorAsked::Verb::standby, OperatorAsked::Set::all},
                 {"standby local", OperatorAsked::Verb::standby, OperatorAsked::Set::local},
                 {"takeover foreign", OperatorAsked::Verb::takeover, OperatorAsked::Set::foreign},
                 {"unblock all", OperatorAsked::Verb::unblock, OperatorAsked::Set::all}};
    for (const auto& c : cases) {
        const auto command = parse_command(c.line);
        ASSERT_TRUE(command) << c.line;
        EXPECT_EQ(command->verb, Command::Verb::operate);
        EXPECT_EQ(command->operation.verb, c.verb);
        EXPECT_EQ(command->operation.set, c.set);
    }
}

TEST(Command, fenced_names_a_node_and_who_says_so) {
    const auto command = parse_command("fenced node-b alice on tty1");
    ASSERT_TRUE(command);
    EXPECT_EQ(command->verb, Command::Verb::operate);
    EXPECT_EQ(command->operation.verb, OperatorAsked::Verb::fenced);
    EXPECT_EQ(command->operation.node, "node-b");
    EXPECT_EQ(command->operation.who, "alice on tty1");
    for (const std::string_view line : {"fenced", "fenced ", "fenced b", "fenced b ", "fenced  alice"})
        EXPECT_FALSE(parse_command(line)) << line;
}

TEST(Command, is_nothing_else) {
    using namespace std::string_view_literals;
    for (const std::string_view line :
         {""sv, " "sv, "status "sv, "STATUS"sv, "standby"sv, "standby "sv, "standby  all"sv, "standby all "sv,
          "standby everything"sv, "reboot all"sv, "standby all\0"sv, "status\r"sv, "\xff\xfe"sv})
        EXPECT_FALSE(parse_command(line)) << line;
    EXPECT_FALSE(parse_command(std::string(100000, 's')));
}

}  // namespace
}  // namespace hb::control
