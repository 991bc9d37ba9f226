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

}  // namespace
}  // namespace hb::core
