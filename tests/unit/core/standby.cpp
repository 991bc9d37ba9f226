// The handshake in which one of two nodes gives a set of groups to the other.
#include "core/decide/standby.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

using State = Standby::State;
Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }
constexpr Holding foreign{.local = false, .foreign = true};
constexpr NodeId beta = id_of<NodeId>(1);

TEST(Standby, of_the_node_that_gives_has_four_steps) {
    Standby s;
    EXPECT_TRUE(s.none());
    s.ask(foreign, beta, at(0s));
    EXPECT_EQ(s.state(), State::asking);
    EXPECT_EQ(s.set(), foreign);
    EXPECT_EQ(s.peer(), beta);
    EXPECT_EQ(s.deadline(), at(10s));
    s.let_go(at(1s));
    EXPECT_EQ(s.state(), State::letting_go);
    EXPECT_EQ(s.deadline(), at(3601s));
    s.hand_over();
    EXPECT_EQ(s.state(), State::handed_over);
    s.end();
    EXPECT_TRUE(s.none());
    EXPECT_EQ(s.deadline(), never);
}

TEST(Standby, of_the_node_that_takes_waits_for_an_hour_once_the_peer_lets_go) {
    Standby s;
    s.promise(foreign, beta, at(0s));
    EXPECT_EQ(s.state(), State::promised);
    EXPECT_EQ(s.deadline(), at(10s));
    s.peer_lets_go(at(2s));
    EXPECT_EQ(s.deadline(), at(3602s));
    s.peer_lets_go(at(3s));  // said again
    EXPECT_EQ(s.deadline(), at(3602s));
    s.take();
    EXPECT_EQ(s.state(), State::taking);
    s.end();
    EXPECT_TRUE(s.none());
}

TEST(Standby, hears_that_the_peer_lets_go_also_while_it_takes) {
    Standby s;
    s.promise(foreign, beta, at(0s));
    s.take();
    s.peer_lets_go(at(2s));
    EXPECT_EQ(s.deadline(), at(3602s));
    Standby giver;
    giver.ask(foreign, beta, at(0s));
    giver.peer_lets_go(at(2s));  // it is this node that lets go
    EXPECT_EQ(giver.deadline(), at(10s));
}

TEST(Standby, may_be_asked_for_again_when_the_first_one_let_nothing_go_for_three_seconds) {
    Standby s;
    EXPECT_TRUE(s.may_be_asked(at(0s)));
    s.promise(foreign, beta, at(0s));
    EXPECT_FALSE(s.may_be_asked(at(3s)));
    EXPECT_TRUE(s.may_be_asked(at(3s) + 1ns));
    s.peer_lets_go(at(4s));
    EXPECT_FALSE(s.may_be_asked(at(9s)));
    s.promise(foreign, beta, at(20s));  // begins anew
    EXPECT_TRUE(s.may_be_asked(at(24s)));
    s.take();
    EXPECT_FALSE(s.may_be_asked(at(24s)));
    Standby giver;
    giver.ask(foreign, beta, at(0s));
    EXPECT_FALSE(giver.may_be_asked(at(9s)));
}

TEST(Standby, ends_at_its_limit_and_says_when_nobody_answered) {
    Standby s;
    EXPECT_FALSE(s.on_time(at(0s)));
    s.ask(foreign, beta, at(0s));
    EXPECT_FALSE(s.on_time(at(9999ms)));
    EXPECT_FALSE(s.none());
    EXPECT_TRUE(s.on_time(at(10s)));
    EXPECT_TRUE(s.none());
    EXPECT_EQ(s.deadline(), never);
    s.promise(foreign, beta, at(20s));
    EXPECT_FALSE(s.on_time(at(30s)));
    EXPECT_TRUE(s.none());
}

TEST(Standby, that_is_cancelled_has_no_limit_any_more) {
    Standby s;
    s.ask(foreign, beta, at(0s));
    s.end();
    EXPECT_TRUE(s.none());
    EXPECT_EQ(s.deadline(), never);
    EXPECT_FALSE(s.on_time(at(10s)));
}

TEST(Standby, that_was_begun_by_the_engine_before_has_no_limit_of_its_own) {
    Standby s;
    s.inherit(foreign, beta);
    EXPECT_EQ(s.state(), State::promised);
    EXPECT_EQ(s.set(), foreign);
    EXPECT_EQ(s.peer(), beta);
    EXPECT_EQ(s.deadline(), never);
}

TEST(Standby, has_the_numbers_of_linux_ha) {
    Standby s;
    EXPECT_EQ(s.linux_ha_number(), 0);
    s.ask(foreign, beta, at(0s));
    EXPECT_EQ(s.linux_ha_number(), 1);
    s.let_go(at(0s));
    EXPECT_EQ(s.linux_ha_number(), 1);
    s.hand_over();
    EXPECT_EQ(s.linux_ha_number(), 3);
    s.promise(foreign, beta, at(0s));
    EXPECT_EQ(s.linux_ha_number(), 2);
    s.take();
    EXPECT_EQ(s.linux_ha_number(), 2);
}

}  // namespace
}  // namespace hb::core
