#include <algorithm>

#include "cluster.hpp"

namespace hb::core {
namespace {

constexpr const char* with_device =
    "keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\nfence * fence_test\n";

/// Node a prefers an exclusive group (a script) and one of addresses; each node can cut off every other.
struct Fencing : Cluster {
    explicit Fencing(const char* ha_cf = with_device, std::size_t count = 2)
        : Cluster(ha_cf, "a 10.0.0.100\na web\n", count) {}
    void up() {
        for (std::size_t i = 0; i < nodes.size(); ++i) start(i);
        run(1s);
        ASSERT_TRUE(serves(0, 0) && serves(0, 1)) << log_of(0);
    }
    std::string_view cause(std::size_t i, std::size_t group) {
        return nodes[i].core->group(id_of<GroupId>(group)).cause;
    }
};

TEST(Fence, what_must_not_run_twice_waits_until_its_owner_is_cut_off_and_addresses_do_not) {
    Fencing c;
    c.fence_takes = 3s;
    c.up();
    c.crash(0);
    c.run(1s);
    EXPECT_TRUE(c.serves(1, 0)) << c.log_of(1);
    EXPECT_FALSE(c.serves(1, 1));
    EXPECT_EQ(c.cause(1, 1), "waiting for fencing of a");
    ASSERT_EQ(c.fences.size(), 1u);
    c.run(3s);
    EXPECT_TRUE(c.serves(1, 1)) << c.log_of(1);
    EXPECT_NE(c.cause(1, 1), "waiting for fencing of a");
    EXPECT_TRUE(c.logged(1, "node a must be cut off before groups that must not run twice are taken over"));
    EXPECT_TRUE(c.logged(1, "node a is cut off: its resources can be taken over"));
    EXPECT_FALSE(c.logged(1, "No STONITH device configured."));
    EXPECT_EQ(c.fences.size(), 1u);
}

TEST(Fence, without_a_device_it_is_claimed_at_the_deadtime_with_the_warning_of_3_0_6) {
    Fencing c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n");
    c.up();
    c.crash(0);
    c.run(1s);
    EXPECT_TRUE(c.serves(1, 1)) << c.log_of(1);
    EXPECT_TRUE(c.logged(1, "No STONITH device configured."));
    EXPECT_TRUE(c.logged(1, "Shared disks are not protected."));
    EXPECT_TRUE(c.fences.empty());
}

TEST(Fence, that_fails_is_tried_again_every_five_seconds_until_it_succeeds) {
    Fencing c;
    std::size_t tries = 0;
    c.fence_outcome = [&](std::size_t, NodeId) {
        return ++tries < 4 ? tries == 2 ? Outcome::timed_out : Outcome::failed : Outcome::ok;
    };
    c.up();
    c.crash(0);
    c.run(18s);
    EXPECT_FALSE(c.serves(1, 1));
    EXPECT_EQ(c.cause(1, 1), "waiting for fencing of a");
    EXPECT_TRUE(
        c.logged(1, "node a is not cut off: its groups that must not run twice wait; trying again in 5 s"));
    c.run(3s);
    EXPECT_TRUE(c.serves(1, 1)) << c.log_of(1);
    EXPECT_EQ(c.fences.size(), 4u);
}

TEST(Fence, whose_answer_comes_while_the_node_lives_is_asked_for_at_once_after_its_next_death) {
    for (const Outcome outcome : {Outcome::failed, Outcome::ok}) {
        Fencing c;
        c.fence_takes = 3s;
        c.fence_outcome = [&c, outcome](std::size_t, NodeId) {
            return c.fences.size() < 2 ? Outcome::failed : outcome;
        };
        c.up();
        c.crash(0);
        c.run(2s);
        ASSERT_EQ(c.fences.size(), 1u);
        c.start(0);
        c.run(4s);
        ASSERT_TRUE(c.serves(0, 1)) << c.log_of(0);
        c.crash(0);
        c.run(1s);
        EXPECT_EQ(c.fences.size(), 2u) << c.log_of(1);
        c.run(3s);
        EXPECT_EQ(c.serves(1, 1), outcome == Outcome::ok);
    }
}

TEST(Fence, whose_answer_is_still_awaited_at_the_next_death_is_asked_for_when_it_comes) {
    Fencing c;
    c.fence_takes = 6s;
    std::size_t answers = 0;
    c.fence_outcome = [&](std::size_t, NodeId) { return answers++ ? Outcome::ok : Outcome::failed; };
    c.up();
    c.crash(0);
    c.run(2s);
    c.start(0);
    c.run(2s);
    c.crash(0);
    c.run(4s);
    EXPECT_EQ(c.fences.size(), 2u);
    c.run(6s);
    EXPECT_TRUE(c.serves(1, 1)) << c.log_of(1);
}

TEST(Fence, without_any_answer_is_tried_again) {
    Fencing c;
    c.fence_takes = std::chrono::hours{1};
    c.up();
    c.crash(0);
    c.run(100s);
    EXPECT_EQ(c.fences.size(), 2u) << c.log_of(1);
    EXPECT_FALSE(c.serves(1, 1));
}

TEST(Fence, nobody_waits_for_a_node_that_speaks_again_with_empty_hands) {
    Fencing c;
    c.fence_takes = 5s;
    c.fence_outcome = [](std::size_t, NodeId) { return Outcome::failed; };
    c.up();
    c.crash(0);
    c.run(2s);
    EXPECT_EQ(c.cause(1, 1), "waiting for fencing of a");
    c.start(0);
    c.run(1s);
    EXPECT_TRUE(c.serves(0, 1)) << c.log_of(0) << c.log_of(1);
    EXPECT_TRUE(c.logged(1, "node a is alive again: nobody waits for its fencing any more"));
    c.run(20s);
    EXPECT_EQ(c.fences.size(), 1u) << "not tried again";
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Fence, that_was_asked_for_before_a_return_proves_nothing_after_the_next_death) {
    Fencing c;
    c.fence_takes = 6s;
    std::size_t answers = 0;
    c.fence_outcome = [&](std::size_t, NodeId) { return ++answers, Outcome::ok; };
    c.up();
    c.crash(0);
    c.run(2s);  // asked for at about 800 ms
    c.start(0);
    c.run(1s);
    ASSERT_TRUE(c.serves(0, 1)) << c.log_of(0) << c.log_of(1);
    c.crash(0);
    c.run(4s);
    ASSERT_EQ(answers, 1u);
    EXPECT_FALSE(c.serves(1, 1)) << "the first answer came after the second death";
    EXPECT_EQ(c.fences.size(), 2u);
    c.run(6s);
    EXPECT_TRUE(c.serves(1, 1)) << c.log_of(1);
}

TEST(Fence, a_node_that_left_in_order_is_not_cut_off_even_when_it_counts_as_dead_later) {
    Fencing c;
    c.up();
    c.step(0, StopAsked{});
    c.run(1s);
    EXPECT_TRUE(c.serves(1, 1)) << c.log_of(1);
    c.crash(0);
    c.run(5s);
    EXPECT_TRUE(c.logged(1, "Dead node a gave up resources."));
    c.step(1, AddressGone{.resource = id_of<ResourceId>(1), .restored = false});  // it starts once more here
    c.run(60s);
    EXPECT_TRUE(c.fences.empty());
    EXPECT_TRUE(c.serves(1, 1));
}

TEST(Fence, a_standby_that_falls_silent_is_not_cut_off) {
    Fencing c;
    c.up();
    c.crash(1);
    c.run(10s);
    EXPECT_TRUE(c.fences.empty());
    EXPECT_TRUE(c.serves(0, 1));
}

TEST(Fence, of_three_nodes_one_that_has_left_in_order_is_left_alone_when_the_next_owner_dies) {
    Fencing c(with_device, 3);
    c.up();
    c.step(0, StopAsked{});
    c.run(1s);
    ASSERT_TRUE(c.serves(1, 1)) << c.log_of(1);
    c.crash(0);
    c.run(5s);
    c.crash(1);
    c.run(5s);
    EXPECT_TRUE(c.serves(2, 1)) << c.log_of(2);
    ASSERT_EQ(c.fences.size(), 1u);
    EXPECT_TRUE(c.fences[0].ends_with("c cuts off b")) << c.fences[0];
}

TEST(Fence, who_is_cut_off_has_no_address_any_more_and_the_claim_waits_for_no_probe) {
    Fencing c;
    c.nodes[0].config.groups[0].exclusive = c.nodes[1].config.groups[0].exclusive = true;
    c.fence_takes = 3s;
    c.up();
    c.crash(0);
    while (!c.logged(1, "node a is cut off") && c.now < at(10s)) c.run(1ms);
    const std::size_t probes = c.probes.size();
    c.run(5ms);
    EXPECT_TRUE(c.serves(1, 0)) << c.log_of(1);
    EXPECT_EQ(c.probes.size(), probes);
}

TEST(Fence, at_a_start_a_node_that_was_never_heard_is_cut_off_it_may_run_what_must_not_run_twice) {
    Fencing c;
    c.fence_takes = 2s;
    c.start(1);
    c.run(4s);
    EXPECT_TRUE(c.serves(1, 0)) << c.log_of(1);
    EXPECT_FALSE(c.serves(1, 1));
    c.run(2s);
    EXPECT_TRUE(c.serves(1, 1)) << c.log_of(1);
    EXPECT_EQ(c.fences.size(), 1u);
}

TEST(Fence, of_three_nodes_every_silent_one_is_cut_off_for_they_may_have_claimed_from_each_other) {
    Fencing c(with_device, 3);
    c.up();
    c.crash(1);
    c.run(2s);
    EXPECT_TRUE(c.fences.empty());
    c.crash(0);
    c.run(5s);
    EXPECT_TRUE(c.serves(2, 1)) << c.log_of(2);
    EXPECT_EQ(c.fences.size(), 2u);
}

TEST(Fence,
     in_a_partition_the_loser_is_cut_off_before_the_other_side_starts_and_no_second_owner_is_ever_seen) {
    Fencing c;
    c.fence_takes = 500ms;
    c.up();
    c.lost = [](std::size_t, std::size_t) { return true; };
    c.fence_outcome = [](std::size_t node, NodeId) { return node == 1 ? Outcome::ok : Outcome::failed; };
    c.nodes[1].held.clear();
    c.run(5s);
    EXPECT_FALSE(c.nodes[0].core);
    EXPECT_TRUE(c.serves(1, 1)) << c.log_of(1);
    EXPECT_EQ(c.owners(1), 1u);
}

/// The device of node a is dead, a is silent, and b waits.
struct DeadDevice : Fencing {
    DeadDevice() {
        fence_outcome = [](std::size_t, NodeId) { return Outcome::failed; };
        up();
        crash(0);
        run(3s);
        EXPECT_FALSE(serves(1, 1));
    }
    std::string confirm(std::string_view node, std::size_t at = 1) {
        nodes[at].replies.clear();
        step(at,
             OperatorAsked{.client = 3, .verb = OperatorAsked::Verb::fenced, .node = node, .who = "alice"});
        return nodes[at].replies.empty() ? "" : nodes[at].replies[0];
    }
};

TEST(FencedByHand, an_operator_who_has_turned_the_node_off_ends_the_wait_and_is_named_in_the_log) {
    DeadDevice c;
    EXPECT_TRUE(c.confirm("a").starts_with("ok "));
    c.run(200ms);
    EXPECT_TRUE(c.serves(1, 1)) << c.log_of(1);
    EXPECT_TRUE(c.logged(1, "alice says that node a is off: it counts as cut off")) << c.log_of(1);
    EXPECT_EQ(c.confirm("a"), "refused node a counts as cut off already");
    const std::size_t tries = c.fences.size();
    c.run(60s);
    EXPECT_EQ(c.fences.size(), tries);
}

TEST(FencedByHand, a_program_that_still_runs_for_it_changes_nothing_any_more) {
    DeadDevice c;
    c.fence_takes = 20s;
    c.run(10s);  // the next try runs
    ASSERT_TRUE(c.confirm("a").starts_with("ok "));
    c.run(60s);
    EXPECT_TRUE(c.serves(1, 1));
    EXPECT_LE(std::count_if(c.nodes[1].logs.begin(), c.nodes[1].logs.end(),
                            [](const std::string& line) { return line.find("is not cut off") != line.npos; }),
              2)
        << c.log_of(1);
}

TEST(FencedByHand, is_refused_for_a_node_that_lives_or_may_live) {
    Fencing c;
    c.start(1);
    c.run(1s);
    const auto confirm = [&](std::string_view node) {
        c.nodes[1].replies.clear();
        c.step(1,
               OperatorAsked{.client = 3, .verb = OperatorAsked::Verb::fenced, .node = node, .who = "alice"});
        return c.nodes[1].replies.at(0);
    };
    EXPECT_EQ(confirm("a"), "refused node a may still be heard: wait until it is declared dead");
    c.start(0);
    c.run(1s);
    EXPECT_EQ(confirm("a"), "refused node a is alive: it is heard. Turn it off first");
    EXPECT_EQ(confirm("b"), "refused b is this node, and it runs");
    EXPECT_EQ(confirm("z"), "refused there is no node z in ha.cf");
    c.step(0, StopAsked{});
    c.run(1s);
    EXPECT_EQ(confirm("a"), "refused node a has left in order: nothing waits for it");
    c.crash(0);
    c.run(5s);
    EXPECT_EQ(confirm("a"), "refused node a has left in order: nothing waits for it");
    EXPECT_FALSE(c.logged(1, "alice says"));
}

TEST(FencedByHand, is_refused_where_no_device_is_configured_for_nothing_waits) {
    Fencing c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n");
    c.up();
    c.crash(0);
    c.run(2s);
    c.step(1, OperatorAsked{.client = 3, .verb = OperatorAsked::Verb::fenced, .node = "a", .who = "alice"});
    EXPECT_EQ(c.nodes[1].replies.at(0), "refused no device of ha.cf cuts off node a: nothing waits for it");
}

TEST(FencedByHand, counts_for_one_death_only) {
    DeadDevice c;
    ASSERT_TRUE(c.confirm("a").starts_with("ok "));
    c.run(1s);
    c.start(0);
    c.run(5s);
    ASSERT_TRUE(c.serves(0, 1)) << c.log_of(0);
    c.crash(0);
    c.run(5s);
    EXPECT_FALSE(c.serves(1, 1)) << c.log_of(1);
    EXPECT_TRUE(c.confirm("a").starts_with("ok "));
    c.run(1s);
    EXPECT_TRUE(c.serves(1, 1));
}

}  // namespace
}  // namespace hb::core
