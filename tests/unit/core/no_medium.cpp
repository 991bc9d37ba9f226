#include "cluster.hpp"

namespace hb::core {
namespace {

MediumChanged medium(bool usable) { return {MediumId{0}, usable}; }

/// A node that starts without any medium, alone.
Cluster deaf_from_the_start() {
    Cluster c;
    c.lost = [](std::size_t, std::size_t) { return true; };
    c.start(0);
    c.step(0, medium(false));
    return c;
}

TEST(NoMedium, at_the_start_keeps_a_node_from_claiming_for_ever) {
    Cluster c = deaf_from_the_start();
    c.run(60s);
    EXPECT_FALSE(c.serves(0)) << c.log_of(0);
    EXPECT_TRUE(c.logged(
        0,
        "no medium can be used yet, so no peer can be heard: nothing is claimed until initdead (3000 ms) after one can"));
}

TEST(NoMedium, at_the_start_begins_initdead_when_one_comes) {
    Cluster c = deaf_from_the_start();
    c.run(60s);
    c.step(0, medium(true));
    c.run(2900ms);
    EXPECT_FALSE(c.serves(0)) << c.log_of(0);
    c.run(300ms);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
}

TEST(NoMedium, that_goes_again_before_initdead_is_over_begins_it_anew) {
    Cluster c = deaf_from_the_start();
    c.step(0, medium(true));
    c.run(2s);
    c.step(0, medium(false));
    c.run(10s);
    EXPECT_FALSE(c.serves(0)) << c.log_of(0);
    c.step(0, medium(true));
    c.run(3200ms);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
}

TEST(NoMedium, takes_nothing_from_a_node_that_is_active) {
    Cluster c = deaf_from_the_start();
    c.step(0, medium(true));
    c.run(4s);
    c.step(0, medium(false));
    c.run(60s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
}

TEST(NoMedium, takes_nothing_from_an_engine_that_goes_on_with_what_is_held) {
    Cluster c;
    c.lost = [](std::size_t, std::size_t) { return true; };
    c.start(0, {{.state = GroupState::owned, .holder = NodeId{0}, .epoch = 3}}, true, c.now + 600ms);
    c.step(0, medium(false));
    c.run(10s);
    EXPECT_EQ(c.state(0), GroupState::owned) << c.log_of(0);
}

}  // namespace
}  // namespace hb::core
