#include <algorithm>

#include "cluster.hpp"

namespace hb::core {
namespace {

constexpr const char* every_second =
    "keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\nmonitor * 1s 500ms\n";

/// Node a prefers a group of three resources; 1 and 2 are scripts that are monitored each second.
struct Monitoring : Cluster {
    explicit Monitoring(const std::string& more = {})
        : Cluster(every_second + more, "a 10.0.0.100 web logger\n") {}
    void up() {
        for (std::size_t i = 0; i < nodes.size(); ++i) start(i);
        run(500ms);
        ASSERT_TRUE(serves(0, 0) && serves(0, 2)) << log_of(0);
        nodes[0].operations.clear();
    }
    /// Status of that resource on that node fails from now on.
    void fails(std::size_t node, std::size_t resource, Outcome how = Outcome::failed) {
        outcome = [=](std::size_t n, std::string_view verb, std::size_t r) {
            return verb == "monitor" && n == node && r == resource ? how : Outcome::ok;
        };
    }
    void is_well() {
        outcome = [](std::size_t, std::string_view, std::size_t) { return Outcome::ok; };
    }
    /// Up to the restart that follows.
    void fails_once(std::size_t resource) {
        fails(0, resource);
        const std::string stop = "stop " + std::to_string(resource) + "-" + std::to_string(resource);
        const std::size_t before = count(0, stop);
        for (int i = 0; i < 5000 && count(0, stop) == before; ++i) run(500us);
        is_well();
    }
    std::size_t count(std::size_t node, std::string_view operation) const {
        const auto& all = nodes[node].operations;
        return static_cast<std::size_t>(std::count(all.begin(), all.end(), operation));
    }
};

TEST(Monitor, asks_each_script_of_an_owned_group_once_an_interval_and_no_address) {
    Monitoring c;
    c.up();
    c.run(10s);
    EXPECT_NEAR(static_cast<double>(c.count(0, "monitor 1-1")), 10, 1);
    EXPECT_EQ(c.count(0, "monitor 1-1"), c.count(0, "monitor 2-2"));
    EXPECT_EQ(c.count(0, "monitor 0-0"), 0u);
    EXPECT_EQ(c.count(1, "monitor 1-1"), 0u);
    EXPECT_EQ(c.state(0), GroupState::owned);
}

TEST(Monitor, questions_that_are_due_together_wake_the_engine_once) {
    Monitoring c;
    c.up();
    c.run(2s);
    std::vector<std::string> asked;
    for (const auto& op : c.nodes[0].operations)
        if (op.starts_with("monitor")) asked.push_back(op);
    ASSERT_GE(asked.size(), 4u);
    EXPECT_EQ(asked[0], "monitor 1-1");
    EXPECT_EQ(asked[1], "monitor 2-2");
    EXPECT_EQ(asked[2], "monitor 1-1");
}

TEST(Monitor, that_fails_restarts_the_resource_and_what_stands_behind_it_once) {
    Monitoring c;
    c.up();
    c.fails_once(1);
    c.run(200ms);
    std::vector<std::string> acts;
    for (const auto& op : c.nodes[0].operations)
        if (!op.starts_with("monitor") && !op.starts_with("announce")) acts.push_back(op);
    EXPECT_EQ(acts, (std::vector<std::string>{"stop 2-2", "stop 1-1", "start 1-1", "start 2-2"}))
        << c.log_of(0);
    EXPECT_EQ(c.state(0), GroupState::owned);
    EXPECT_TRUE(c.serves(0, 0)) << "the address before it stayed";
    EXPECT_TRUE(c.logged(0, "Monitor of web failed (group 10.0.0.100)"));
    const GroupStatus status = c.nodes[0].core->group(GroupId{0});
    EXPECT_EQ(status.failed_monitor, ResourceId{1});
    EXPECT_EQ(status.cause, "restarted: its monitor failed");
    c.run(30s);
    EXPECT_EQ(c.state(0), GroupState::owned);
    EXPECT_EQ(c.count(0, "start 1-1"), 1u);
}

TEST(Monitor, that_fails_again_after_the_restart_gives_the_group_to_a_fit_peer_where_it_stays) {
    Monitoring c;
    c.up();
    c.fails(0, 2, Outcome::timed_out);
    c.run(5s);
    EXPECT_TRUE(c.serves(1, 2)) << c.log_of(0) << c.log_of(1);
    EXPECT_TRUE(c.logged(0, "Monitor of logger did not answer within 500 ms"));
    EXPECT_TRUE(c.logged(0, "failed again after a restart: a peer is to take it"));
    EXPECT_EQ(c.state(0), GroupState::not_here);
    EXPECT_EQ(c.count(0, "start 2-2"), 1u);
    c.run(std::chrono::minutes{30});
    EXPECT_TRUE(c.serves(1, 2)) << "it does not come home by itself";
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Monitor, a_failure_long_after_a_restart_is_a_new_one) {
    Monitoring c;
    c.up();
    for (int i = 0; i < 3; ++i) {
        c.fails_once(1);
        c.run(std::chrono::minutes{11});
    }
    EXPECT_TRUE(c.serves(0, 1)) << c.log_of(0);
    EXPECT_EQ(c.count(0, "start 1-1"), 3u);
}

TEST(Monitor, without_a_peer_the_group_stays_and_is_restarted_after_pauses_that_double) {
    Monitoring c;
    c.start(0);
    c.run(4s);
    ASSERT_TRUE(c.serves(0, 1));
    c.fails(0, 1);
    c.run(std::chrono::minutes{5});
    EXPECT_EQ(c.state(0), GroupState::owned) << c.log_of(0);
    EXPECT_TRUE(c.serves(0, 0)) << "the address never went";
    EXPECT_TRUE(c.logged(0, "stays here, for no peer is fit for it"));
    const std::size_t starts = c.count(0, "start 1-1");
    EXPECT_GE(starts, 5u);  // once, again, and after 30, 60, 120 s
    EXPECT_LE(starts, 6u);
}

TEST(Monitor, moves_of_a_group_that_works_nowhere_are_bounded_by_the_hour) {
    Monitoring c("moves_per_hour 4\n");
    c.up();
    c.outcome = [](std::size_t, std::string_view verb, std::size_t r) {
        return verb == "monitor" && r == 1 ? Outcome::failed : Outcome::ok;
    };
    c.run(std::chrono::minutes{50});
    std::size_t moves = 0;
    for (const auto& node : c.nodes)
        for (const auto& line : node.logs) moves += line.find("a peer is to take it") != line.npos;
    EXPECT_GE(moves, 3u);
    EXPECT_LE(moves, 4u) << c.log_of(0);
    EXPECT_EQ(c.owners(0), 1u);
    EXPECT_TRUE(c.logged(0, "stays here, for it has moved too often") ||
                c.logged(1, "stays here, for it has moved too often"));
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Monitor, with_no_moves_allowed_the_group_stays) {
    Monitoring c("moves_per_hour 0\n");
    c.up();
    c.fails(0, 1);
    c.run(std::chrono::minutes{2});
    EXPECT_TRUE(c.serves(0, 0));
    EXPECT_EQ(c.state(0), GroupState::owned) << c.log_of(0);
}

TEST(Monitor, a_restart_whose_start_fails_gives_the_group_away_as_any_failed_start) {
    Monitoring c;
    c.up();
    c.outcome = [](std::size_t n, std::string_view verb, std::size_t r) {
        return n == 0 && r == 1 && (verb == "monitor" || verb == "start") ? Outcome::failed : Outcome::ok;
    };
    c.run(3s);
    EXPECT_TRUE(c.serves(1, 1)) << c.log_of(0) << c.log_of(1);
    EXPECT_TRUE(c.logged(0, "Giving up resources due to failure of web"));
}

TEST(Monitor, a_restart_whose_stop_fails_for_good_blocks_the_group) {
    Monitoring c;
    c.up();
    bool stopped = false;  // its status fails before, and says afterwards that it runs
    c.outcome = [&](std::size_t n, std::string_view verb, std::size_t r) {
        if (n != 0 || r != 1) return Outcome::ok;
        stopped |= verb == "stop";
        return verb == "stop" || (verb == "monitor" && !stopped) ? Outcome::failed : Outcome::ok;
    };
    c.run(20s);
    EXPECT_EQ(c.state(0), GroupState::blocked) << c.log_of(0);
    EXPECT_FALSE(c.serves(1, 1));
}

TEST(Monitor, during_the_restart_a_stop_of_the_node_hands_over_as_ever) {
    Monitoring c;
    c.up();
    c.fails_once(1);
    ASSERT_EQ(c.state(0), GroupState::acquiring);
    c.step(0, StopAsked{});
    c.run(1s);
    EXPECT_TRUE(c.nodes[0].left);
    EXPECT_TRUE(c.serves(1, 0) && c.serves(1, 1) && c.serves(1, 2)) << c.log_of(0) << c.log_of(1);
    EXPECT_TRUE(c.nodes[0].held.empty());
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Monitor, that_the_supervisor_never_answers_is_no_failure_and_is_asked_again) {
    Monitoring c;
    c.up();
    c.monitors_unanswered = true;
    c.run(60s);
    EXPECT_EQ(c.state(0), GroupState::owned);
    EXPECT_FALSE(c.logged(0, "Monitor of"));
    EXPECT_GE(c.count(0, "monitor 1-1"), 4u);
}

TEST(Monitor, goes_on_after_a_restart_of_the_engine) {
    Monitoring c;
    c.up();
    c.start(0, {{.state = GroupState::owned, .holder = NodeId{0}, .epoch = 1}}, true);
    c.nodes[0].operations.clear();
    c.run(3s);
    EXPECT_GE(c.count(0, "monitor 1-1"), 2u);
}

TEST(Monitor, of_very_many_scripts_few_run_at_a_time) {
    std::string lines;
    for (int i = 0; i < 100; ++i) lines += "a script" + std::to_string(i) + "\n";
    Cluster c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\nmonitor * 1s\n",
              lines);
    c.start(0);
    c.start(1);
    c.run(500ms);
    std::size_t most = 0, running = 0;
    c.outcome = [&](std::size_t, std::string_view verb, std::size_t) {
        if (verb == "monitor") --running;
        return Outcome::ok;
    };
    c.on_operate = [&](std::string_view verb) {
        if (verb == "monitor") most = std::max(most, ++running);
    };
    c.run(5s);
    EXPECT_EQ(most, 16u);
    std::set<std::string> asked(c.nodes[0].operations.begin(), c.nodes[0].operations.end());
    EXPECT_EQ(
        std::count_if(asked.begin(), asked.end(), [](const auto& op) { return op.starts_with("monitor"); }),
        100);
}

}  // namespace
}  // namespace hb::core
