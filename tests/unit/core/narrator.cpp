// Changes of groups that are alike are one line.
#include "core/say/narrator.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hb::core {
namespace {

using enum GroupState;

TEST(Narrator, joins_neighbours_that_do_the_same_for_the_same_cause) {
    Narrator narrator;
    EXPECT_EQ(narrator.take_change().count, 0u);
    EXPECT_FALSE(narrator.joins(foreign, acquiring, "its owner is dead"));
    narrator.begin(GroupId{4}, foreign, acquiring, "its owner is dead");
    const std::string same = "its owner is dead";  // the words decide, not where they lie
    EXPECT_TRUE(narrator.joins(foreign, acquiring, same));
    EXPECT_FALSE(narrator.joins(foreign, acquiring, "its owner left"));
    EXPECT_FALSE(narrator.joins(foreign, owned, "its owner is dead"));
    EXPECT_FALSE(narrator.joins(wanted, acquiring, "its owner is dead"));
    const Narrator::Change change = narrator.take_change();
    EXPECT_EQ(change.count, 2u);
    EXPECT_EQ(change.first, GroupId{4});
    EXPECT_EQ(change.was, foreign);
    EXPECT_EQ(change.now, acquiring);
    EXPECT_EQ(change.cause, "its owner is dead");
    EXPECT_EQ(narrator.take_change().count, 0u);
    EXPECT_FALSE(narrator.joins(foreign, acquiring, "its owner is dead"));
}

TEST(Narrator, joins_what_is_given_to_one_node) {
    Narrator narrator;
    EXPECT_TRUE(narrator.granted(GroupId{1}, NodeId{0}));
    EXPECT_TRUE(narrator.granted(GroupId{2}, NodeId{0}));
    EXPECT_FALSE(narrator.granted(GroupId{3}, NodeId{1}));
    const Narrator::Grant grant = narrator.take_grant();
    EXPECT_EQ(grant.count, 2u);
    EXPECT_EQ(grant.first, GroupId{1});
    EXPECT_EQ(grant.to, NodeId{0});
    EXPECT_EQ(narrator.take_grant().count, 0u);
    EXPECT_TRUE(narrator.granted(GroupId{3}, NodeId{1}));
}

TEST(Narrator, joins_what_one_other_node_had_as_well) {
    Narrator narrator;
    EXPECT_TRUE(narrator.both(GroupId{1}, NodeId{0}, true));
    EXPECT_TRUE(narrator.both(GroupId{2}, NodeId{0}, true));
    EXPECT_FALSE(narrator.both(GroupId{3}, NodeId{0}, false));
    EXPECT_FALSE(narrator.both(GroupId{3}, NodeId{1}, true));
    const Narrator::Both both = narrator.take_both();
    EXPECT_EQ(both.count, 2u);
    EXPECT_EQ(both.first, GroupId{1});
    EXPECT_EQ(both.other, NodeId{0});
    EXPECT_TRUE(both.kept);
    EXPECT_EQ(narrator.take_both().count, 0u);
}

TEST(Narrator, joins_answers_of_one_kind_and_one_mac) {
    Narrator narrator;
    const Mac one{{2, 0, 0, 0, 0, 1}}, other{{2, 0, 0, 0, 0, 2}};
    EXPECT_TRUE(narrator.answered(GroupId{1}, log::orphan_answers, one, 70));
    EXPECT_TRUE(narrator.answered(GroupId{2}, log::orphan_answers, one, 80));
    EXPECT_FALSE(narrator.answered(GroupId{3}, log::stranger_answers, one, 80));
    EXPECT_FALSE(narrator.answered(GroupId{3}, log::orphan_answers, other, 80));
    const Narrator::Answer answer = narrator.take_answer();
    EXPECT_EQ(answer.count, 2u);
    EXPECT_EQ(answer.first, GroupId{1});
    EXPECT_EQ(answer.kind, &log::orphan_answers);
    EXPECT_EQ(answer.mac, one);
    EXPECT_EQ(answer.ms, 70);
    EXPECT_EQ(narrator.take_answer().count, 0u);
}

}  // namespace
}  // namespace hb::core
