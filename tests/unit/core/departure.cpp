// How this node leaves.
#include "core/self/departure.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

TEST(Departure, goes_from_letting_go_over_its_farewell_to_the_end) {
    Departure d;
    EXPECT_FALSE(d.leaving());
    EXPECT_EQ(d.deadline(), never);
    EXPECT_TRUE(d.begin());
    EXPECT_FALSE(d.begin());
    EXPECT_TRUE(d.leaving());
    EXPECT_FALSE(d.has_said());
    d.said(42, at(0s));
    EXPECT_TRUE(d.has_said());
    EXPECT_FALSE(d.gone());
    EXPECT_EQ(d.last_message(), 42u);
    EXPECT_EQ(d.deadline(), at(2s));
    d.go();
    EXPECT_TRUE(d.gone());
    EXPECT_TRUE(d.leaving());
    EXPECT_TRUE(d.has_said());
}

TEST(Departure, of_a_node_without_a_supervisor_is_a_departure_too) {
    Departure d;
    d.surrender();
    EXPECT_TRUE(d.surrendered());
    EXPECT_TRUE(d.leaving());
    EXPECT_FALSE(d.begin());
}

TEST(Departure, that_is_under_way_goes_on_without_the_supervisor) {
    Departure d;
    EXPECT_TRUE(d.begin());
    EXPECT_FALSE(d.surrendered());
    d.said(42, at(0s));
    d.surrender();
    EXPECT_TRUE(d.surrendered());
    EXPECT_TRUE(d.has_said());
}

TEST(Departure, forgets_the_number_of_a_message_of_an_earlier_generation) {
    Departure d;
    EXPECT_TRUE(d.begin());
    d.said(42, at(0s));
    d.renumbered();
    EXPECT_EQ(d.last_message(), 0u);
    EXPECT_EQ(d.deadline(), at(2s));
}

}  // namespace
}  // namespace hb::core
