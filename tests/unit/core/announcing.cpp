// When the addresses of a group are announced.
#include "core/act/announcing.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

std::vector<Instant> all_of(Announcing a) {
    std::vector<Instant> all;
    while (a.deadline() != never) {
        all.push_back(a.deadline());
        EXPECT_FALSE(a.take(all.back() - 1ns));
        EXPECT_TRUE(a.take(all.back()));
    }
    return all;
}

TEST(Announcing, is_at_once_and_seven_times_more_within_a_minute) {
    Announcing a;
    EXPECT_TRUE(all_of(a).empty());
    a.begin(at(0s), false);
    EXPECT_EQ(all_of(a), (std::vector<Instant>{at(0s), at(100ms), at(300ms), at(1s), at(3s), at(10s), at(30s),
                                               at(60s)}));
    a.begin(at(0s), true);
    EXPECT_EQ(all_of(a).size(), 7u);
    EXPECT_EQ(all_of(a)[0], at(100ms));
    a.end();
    EXPECT_TRUE(all_of(a).empty());
}

TEST(Announcing, of_a_defence_that_came_too_soon_is_made_up_for) {
    Announcing a;
    EXPECT_FALSE(a.is_put_off());
    a.put_off_defence(at(5s));
    EXPECT_TRUE(a.is_put_off());
    EXPECT_EQ(all_of(a), (std::vector<Instant>{at(5s)}));
    a.end_defence();
    EXPECT_FALSE(a.is_put_off());
    EXPECT_EQ(a.deadline(), never);
}

TEST(Announcing, that_is_due_makes_up_for_a_defence) {
    Announcing a;
    a.begin(at(0s), true);
    a.put_off_defence(at(5s));
    EXPECT_TRUE(a.take(at(100ms)));
    EXPECT_FALSE(a.is_put_off());
    EXPECT_EQ(a.deadline(), at(300ms));
}

}  // namespace
}  // namespace hb::core
