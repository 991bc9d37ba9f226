#include "cluster.hpp"

namespace hb::core {
namespace {

TEST(Ownership, both_started_together_the_preferred_node_serves_within_a_round_trip_of_the_session) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(20ms);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_EQ(c.state(0), GroupState::owned);
    EXPECT_EQ(c.state(1), GroupState::foreign);
    EXPECT_TRUE(c.logged(0, "Initial resource acquisition complete (T_RESOURCES(us))"));
    EXPECT_TRUE(c.logged(0, "Local Resource acquisition completed."));
}

TEST(Ownership, alone_it_waits_for_initdead_and_then_serves_everything) {
    Cluster c;
    c.start(1);
    c.run(2900ms);
    EXPECT_FALSE(c.serves(1));
    c.run(200ms);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
    EXPECT_TRUE(c.logged(1, "node a: is dead"));
    EXPECT_TRUE(c.logged(1, "Resources being acquired from a."));
}

TEST(Ownership,
     a_crash_is_taken_over_when_the_announced_deadtime_has_passed_and_the_group_goes_home_on_return) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.crash(0);
    c.run(650ms);
    EXPECT_FALSE(c.serves(1));
    c.run(200ms);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
    c.run(5s);
    c.start(0);
    c.run(200ms);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0) << c.log_of(1);
    EXPECT_FALSE(c.serves(1));
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Ownership, without_auto_failback_the_group_stays) {
    Cluster c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback off\n");
    c.start(0);
    c.start(1);
    c.run(1s);
    c.crash(0);
    c.run(2s);
    c.start(0);
    c.run(3s);
    EXPECT_TRUE(c.serves(1));
    EXPECT_FALSE(c.serves(0));
}

TEST(Ownership, a_graceful_stop_hands_over_after_the_last_stop_and_leaves) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.step(0, StopAsked{});
    c.run(20ms);
    EXPECT_TRUE(c.serves(1)) << c.log_of(0) << c.log_of(1);
    EXPECT_TRUE(c.nodes[0].left);
    EXPECT_TRUE(c.logged(1, "Received shutdown notice from 'a'."));
    EXPECT_EQ(c.most_owners, 1u);
    EXPECT_EQ(c.nodes[0].operations.at(c.nodes[0].operations.size() - 2), "stop 1-1");
    EXPECT_EQ(c.nodes[0].operations.back(), "stop 0-0");
}

TEST(Ownership, a_stop_without_any_peer_ends_at_once) {
    Cluster c;
    c.start(0);
    c.run(4s);
    ASSERT_TRUE(c.serves(0));
    c.step(0, StopAsked{});
    c.run(20ms);
    EXPECT_TRUE(c.nodes[0].left);
    EXPECT_FALSE(c.serves(0));
}

TEST(Ownership, both_stopped_together_end_without_either_taking_over) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.step(0, StopAsked{});
    c.step(1, StopAsked{});
    c.run(3s);
    EXPECT_TRUE(c.nodes[0].left && c.nodes[1].left) << c.log_of(0) << c.log_of(1);
    EXPECT_EQ(c.owners(), 0u);
}

TEST(Ownership, standby_moves_the_group_and_nothing_fails_back_by_itself) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.step(0,
           OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::standby, .set = OperatorAsked::Set::all});
    c.run(20ms);
    EXPECT_TRUE(c.serves(1)) << c.log_of(0) << c.log_of(1);
    c.run(60s);
    EXPECT_TRUE(c.serves(1));
    EXPECT_EQ(c.state(0), GroupState::not_here);
    c.step(0, OperatorAsked{
                  .client = 1, .verb = OperatorAsked::Verb::takeover, .set = OperatorAsked::Set::local});
    c.run(20ms);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Ownership, standby_is_refused_when_no_peer_lives) {
    Cluster c;
    c.start(0);
    c.run(4s);
    c.step(0,
           OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::standby, .set = OperatorAsked::Set::all});
    ASSERT_EQ(c.nodes[0].replies.size(), 1u);
    EXPECT_EQ(c.nodes[0].replies[0], "refused no living peer is fit for it");
    EXPECT_TRUE(c.serves(0));
}

TEST(Ownership, a_start_that_fails_releases_the_group_and_the_peer_takes_it) {
    Cluster c;
    c.outcome = [](std::size_t node, std::string_view verb, std::size_t resource) {
        return node == 0 && verb == "start" && resource == 1 ? Outcome::failed : Outcome::ok;
    };
    c.start(0);
    c.start(1);
    c.run(500ms);
    EXPECT_TRUE(c.serves(1)) << c.log_of(0) << c.log_of(1);
    EXPECT_EQ(c.state(0), GroupState::not_here);
    EXPECT_TRUE(c.logged(0, "Giving up resources due to failure of web"));
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Ownership, a_stop_that_keeps_failing_blocks_the_group_and_nobody_else_starts_it) {
    Cluster c;
    c.outcome = [](std::size_t, std::string_view verb, std::size_t resource) {
        return verb == "stop" && resource == 1 ? Outcome::failed : Outcome::ok;
    };
    c.start(0);
    c.start(1);
    c.run(1s);
    c.step(0,
           OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::standby, .set = OperatorAsked::Set::all});
    c.run(30s);
    EXPECT_EQ(c.state(0), GroupState::blocked) << c.log_of(0);
    EXPECT_FALSE(c.serves(1));
    c.outcome = [](std::size_t, std::string_view, std::size_t) { return Outcome::ok; };
    c.step(0, OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::unblock});
    c.run(100ms);
    EXPECT_EQ(c.owners(1), 1u);
}

TEST(Ownership, after_a_partition_one_owner_remains_and_nobody_restarts) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.lost = [](std::size_t, std::size_t) { return true; };
    c.run(3s);
    EXPECT_EQ(c.owners(), 2u);
    c.lost = [](std::size_t, std::size_t) { return false; };
    c.run(400ms);
    EXPECT_EQ(c.owners(), 1u) << c.log_of(0) << c.log_of(1);
    EXPECT_TRUE(c.serves(0));
    EXPECT_EQ(c.nodes[0].generation, 1u);
    EXPECT_TRUE(c.logged(0, "Cluster node b returning after partition."));
}

TEST(Ownership, an_engine_that_was_replaced_keeps_what_it_held) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    std::vector<Inherited> kept{c.nodes[0].core->heritage(GroupId{0})};
    c.start(0, kept, true);
    c.run(5s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0) << c.log_of(1);
    EXPECT_FALSE(c.serves(1));
    EXPECT_EQ(c.most_owners, 1u);
    EXPECT_EQ(c.nodes[0].operations.front(), "start 0-0");
    EXPECT_EQ(std::count(c.nodes[0].operations.begin(), c.nodes[0].operations.end(), "start 0-0"), 1);
}

TEST(Ownership, what_a_new_engine_has_proven_stays_proven_when_the_peers_engine_is_replaced_as_well) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    const Instant right = c.nodes[0].core->hold_until();
    c.start(0, {c.nodes[0].core->heritage(GroupId{0})}, true, right);
    EXPECT_LE(c.nodes[0].core->hold_until(), right);  // not yet
    c.run(650ms);
    ASSERT_GT(c.nodes[0].core->hold_until(), c.now + 400ms);
    c.lost = [](std::size_t from, std::size_t) {
        return from == 0;
    };  // its first statuses do not name this node
    c.start(1, {c.nodes[1].core->heritage(GroupId{0})}, true, c.nodes[1].core->hold_until());
    c.run(100ms);
    EXPECT_LT(right, c.now);
    EXPECT_GT(c.nodes[0].core->hold_until(), c.now + 100ms) << c.log_of(0);
    EXPECT_TRUE(c.serves(0));
}

TEST(Ownership, of_a_peer_that_wakes_one_status_may_be_lost_before_the_right_to_hold_is_counted_from_it) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.nodes[1].paused = true;
    c.run(900ms);
    ASSERT_TRUE(c.logged(0, "node b: is dead")) << c.log_of(0);
    c.lost = [](std::size_t from, std::size_t) { return from == 0; };
    c.nodes[1].paused = false;
    c.run(1ms);
    EXPECT_TRUE(c.logged(0, "returning after partition")) << c.log_of(0);
    EXPECT_LE(c.nodes[0].core->hold_until(), c.now - 100ms + 600ms);
    EXPECT_GE(c.nodes[0].core->hold_until(), c.now - 100ms + 590ms);
}

TEST(Ownership, a_status_that_was_overtaken_before_its_death_does_not_bring_a_node_back) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    const std::string body = c.bodies[0].back();
    wire::Message status;
    ASSERT_EQ(wire::decode({.form = wire::Envelope::Form::netstring, .body = bytes_of(body), .signature = {}},
                           status),
              wire::DropReason::none);
    ASSERT_EQ(status.get_or("t", ""), "status");
    const std::uint64_t last = *status.hex("seq");
    char digits[2][17];
    const auto hear = [&](std::string_view type, std::uint64_t number, char(&text)[17]) {
        wire::Message message = status;
        std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(number));
        for (auto& field : message.fields) {
            if (field.name == "seq") field.value = text;
            if (field.name == "t") field.value = type;
        }
        c.step(1, FrameReceived{.medium = MediumId{0}, .received = c.now, .message = &message});
    };
    c.crash(0);
    hear("other", last + 2, digits[1]);
    hear("status", last + 1, digits[0]);
    c.run(1s);
    ASSERT_EQ(c.nodes[1].core->node(NodeId{0}).state, MemberState::dead);
    hear("status", last + 1, digits[0]);
    EXPECT_EQ(c.nodes[1].core->node(NodeId{0}).state, MemberState::dead) << c.log_of(1);
    hear("status", last + 3, digits[0]);
    EXPECT_NE(c.nodes[1].core->node(NodeId{0}).state, MemberState::dead);
}

TEST(Ownership,
     an_engine_that_is_started_only_to_stop_is_heard_by_the_peer_although_its_first_frames_are_lost) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.nodes[0].held.clear();  // the supervisor has released it
    Inherited released = c.nodes[0].core->heritage(GroupId{0});
    released.state = GroupState::foreign;
    c.lost = [&c, until = c.now + 150ms](std::size_t, std::size_t) { return c.now < until; };
    c.start(0, {released}, true);
    c.step(0, StopAsked{});
    c.run(400ms);  // half a deadtime
    EXPECT_TRUE(c.serves(1)) << c.log_of(0) << c.log_of(1);
    EXPECT_TRUE(c.nodes[0].left);
}

TEST(Ownership, a_node_that_slept_does_not_declare_its_peer_dead) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.nodes[1].paused = true;
    c.run(700ms);
    c.nodes[1].paused = false;
    c.run(2s);
    EXPECT_FALSE(c.logged(1, "node a: is dead")) << c.log_of(1);
    EXPECT_FALSE(c.serves(1));
}

TEST(Ownership, an_owner_that_slept_past_its_right_drops_everything_before_it_goes_on) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.nodes[0].paused = true;
    c.run(3s);
    EXPECT_TRUE(c.serves(1));
    c.nodes[0].paused = false;
    c.run(2s);
    EXPECT_EQ(c.owners(), 1u) << c.log_of(0);
    EXPECT_TRUE(c.logged(0, "longer than its right to hold"));
}

TEST(Ownership, a_node_that_hears_a_peer_which_does_not_hear_it_claims_nothing) {
    Cluster c;
    c.lost = [](std::size_t from, std::size_t) { return from == 1; };
    c.start(0);
    c.start(1);
    c.run(10s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_FALSE(c.serves(1)) << c.log_of(1);
}

TEST(Ownership, a_stop_cancels_a_start_that_still_runs) {
    Cluster c;
    c.outcome = [](std::size_t, std::string_view, std::size_t) { return Outcome::ok; };
    c.start(0);
    c.start(1);
    while (c.nodes[0].operations.empty() || c.nodes[0].operations.back() != "start 1-1") c.run(100us);
    c.step(0, StopAsked{});
    const auto& operations = c.nodes[0].operations;
    EXPECT_NE(std::find(operations.begin(), operations.end(), "cancel 1-1"), operations.end());
}

TEST(Ownership, silence_is_judged_only_up_to_what_was_read) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.lost = [](std::size_t from, std::size_t) { return from == 0; };
    c.run(690ms);
    c.now += 150ms;
    c.step(1, Tick{.heard_until = c.now - 200ms});  // a flood: later frames are still unread
    EXPECT_FALSE(c.logged(1, "node a: is dead")) << c.log_of(1);
    c.step(1, Tick{});
    EXPECT_TRUE(c.logged(1, "node a: is dead"));
}

TEST(Ownership, an_owner_that_its_living_peer_no_longer_hears_gives_up_before_the_peer_claims) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    ASSERT_TRUE(c.serves(0));
    c.lost = [](std::size_t from, std::size_t) { return from == 0; };
    c.run(2s);
    EXPECT_FALSE(c.serves(0)) << c.log_of(0);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
    c.lost = [](std::size_t, std::size_t) { return false; };
    c.run(1s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Ownership, an_owner_that_no_longer_hears_its_standby_keeps_what_it_has) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.lost = [](std::size_t from, std::size_t) { return from == 1; };
    c.run(3s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_FALSE(c.serves(1));
}

TEST(Ownership, the_right_to_hold_follows_the_echo_and_the_turn) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(1s);
    const Instant before = c.nodes[0].core->hold_until();
    EXPECT_GE(before, c.now + 400ms);
    EXPECT_LE(before, c.now + 600ms);
    c.crash(1);
    c.run(700ms);  // silent, not yet dead: two pulses behind the last turn
    EXPECT_GE(c.nodes[0].core->hold_until(), c.now + 100ms);
    EXPECT_LE(c.nodes[0].core->hold_until(), c.now + 200ms);
    c.run(300ms);  // dead: a whole lease again
    EXPECT_GE(c.nodes[0].core->hold_until(), c.now + 490ms);
}

TEST(Ownership, a_thousand_addresses_are_started_as_one_run_and_said_in_a_few_runs) {
    std::string lines;
    for (int i = 0; i < 1000; ++i)
        lines += "a 10." + std::to_string(i / 250) + ".1." + std::to_string(i % 250 + 1) + "\n";
    Cluster c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n", lines);
    c.start(0);
    c.start(1);
    c.run(500ms);
    EXPECT_EQ(c.nodes[0].held.size(), 1000u);
    EXPECT_EQ(c.nodes[0].operations.front(), "start 0-999");
    c.crash(0);
    c.run(1s);
    EXPECT_EQ(c.nodes[1].held.size(), 1000u);
    EXPECT_EQ(c.nodes[1].operations.front(), "start 0-999");
}

TEST(Ownership, many_different_registers_reach_the_peer_by_a_moving_window) {
    std::string lines;
    for (int i = 0; i < 600; ++i)
        lines += std::string(i % 2 ? "a" : "b") + " IPaddr::10." + std::to_string(i / 250) + ".1." +
                 std::to_string(i % 250 + 1) + " r" + std::to_string(i) + "\n";
    Cluster c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n", lines);
    int n = 0;
    c.outcome = [&n](std::size_t, std::string_view verb, std::size_t resource) {
        return verb == "start" && resource % 14 == 1 && n++ < 40 ? Outcome::failed : Outcome::ok;
    };
    c.start(0);
    c.start(1);
    c.run(120s);
    for (std::size_t r = 0; r < 1200; ++r) ASSERT_EQ(c.owners(r), 1u) << r;
}

TEST(Ownership, three_nodes_take_over_in_the_order_of_preference) {
    Cluster c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n", "b 10.0.0.100\n",
              3);
    for (std::size_t i = 0; i < 3; ++i) c.start(i);
    c.run(1s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
    c.crash(1);
    c.run(1s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    c.crash(0);
    c.run(1s);
    EXPECT_TRUE(c.serves(2)) << c.log_of(2);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Ownership, at_rest_each_keepalive_costs_one_status_of_each_node_and_nothing_else) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(12s);
    c.sent.clear();
    c.run(10s);
    EXPECT_GE(c.sent.size(), 190u);
    EXPECT_LE(c.sent.size(), 205u);
    EXPECT_EQ(std::count(c.sent.begin(), c.sent.end(), "a status"), 100);
}

TEST(Ownership, announcements_follow_at_a_tenth_three_tenths_one_three_and_ten_seconds) {
    Cluster c;
    c.start(0);
    c.start(1);
    c.run(20s);
    EXPECT_EQ(std::count(c.nodes[0].operations.begin(), c.nodes[0].operations.end(), "announce 0-0"), 5);
}

}  // namespace
}  // namespace hb::core
