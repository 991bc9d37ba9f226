// A stop that fails, and every state in which a group waits for an operator: some command frees it, and a hint names that one.
#include <algorithm>
#include <sstream>

#include "cluster.hpp"
#include "hb/control/command.hpp"
#include "hbctl/show.hpp"

namespace hb::core {
namespace {

using Asked = OperatorAsked;

struct Blocked : Cluster {
    explicit Blocked(std::size_t count = 2, const char* more = "")
        : Cluster(std::string("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n") +
                      more,
                  "a 10.0.0.100 web\n", count) {
        outcome = [this](std::size_t node, std::string_view verb, std::size_t resource) {
            if (resource != 1) return Outcome::ok;
            if (verb == "stop") return stop[node];
            if (verb == "start") return begin[node];
            if (verb == "monitor") return status[node];
            return Outcome::ok;
        };
    }
    void up() {
        for (std::size_t i = 0; i < nodes.size(); ++i) start(i);
        run(2s);
        ASSERT_TRUE(serves(0, 1)) << log_of(0);
    }
    void block_a() {
        stop[0] = Outcome::failed;
        ask(0, Asked::Verb::standby);
        run(13s);
        ASSERT_EQ(state(0), GroupState::blocked) << log_of(0);
    }
    void stop_in_order(std::size_t i) {
        step(i, StopAsked{});
        run(3s);
        ASSERT_TRUE(nodes[i].left) << log_of(i);
        nodes[i].core.reset();
    }
    void ask(std::size_t i, Asked::Verb verb) { step(i, Asked{.client = 1, .verb = verb}); }
    std::string cause(std::size_t i) { return std::string(nodes[i].core->group(id_of<GroupId>(0)).cause); }
    std::size_t asked(std::size_t i, const char* operation) {
        const auto& all = nodes[i].operations;
        return static_cast<std::size_t>(std::count(all.begin(), all.end(), operation));
    }

    /// Of each node: what its script answers.
    std::array<Outcome, 4> stop{}, begin{}, status{};

    // What an operator reads and types.
    std::vector<std::string> hints_at(std::size_t i) {
        std::vector<char> room(64 * 1024);
        const std::size_t size =
            control::format_status(nodes[i].config, *nodes[i].core, at(0s), now, {}, room);
        const auto status_there = hbctl::parse_status({room.data(), size});
        EXPECT_TRUE(status_there);
        return status_there ? hbctl::hints(*status_there) : std::vector<std::string>{};
    }
    bool type(std::size_t i, const std::string& command) {
        std::istringstream in(command);
        std::string verb, word;
        in >> verb >> word;
        if (!nodes[i].core) return false;
        if (verb == "takeover") ask(i, Asked::Verb::takeover);
        if (verb == "unblock")
            step(i, Asked{.client = 1,
                          .verb = Asked::Verb::unblock,
                          .who = word == "--yes-it-is-stopped" ? "root" : ""});
        if (verb == "fenced")
            step(i, Asked{.client = 1, .verb = Asked::Verb::fenced, .node = word, .who = "root"});
        return verb == "takeover" || verb == "unblock" || verb == "fenced";
    }
    /// Does what the first hint with a command says, at most three times; whether the group is then served, once.
    bool operator_frees_it() {
        for (int turn = 0; turn < 3 && served() == 0; ++turn) {
            for (std::size_t i = 0; i < nodes.size(); ++i) {
                if (!nodes[i].core || !follow_a_hint_of(i)) continue;
                run(16s);
                break;
            }
        }
        return owners(1) == 1 && served() == 1;
    }
    bool follow_a_hint_of(std::size_t i) {
        for (const std::string& hint : hints_at(i)) {
            const std::size_t command = hint.find("hbctl ");
            if (command == hint.npos) continue;
            said.push_back(nodes[i].config.nodes[i] + ": " + hint);
            const std::size_t on = hint.find("then on ");
            const std::size_t there = on == hint.npos ? i : static_cast<std::size_t>(hint[on + 8] - 'a');
            if (type(there, hint.substr(command + 6))) return true;
        }
        return false;
    }
    std::size_t served() {
        std::size_t n = 0;
        for (std::size_t i = 0; i < nodes.size(); ++i) n += nodes[i].core && state(i) == GroupState::owned;
        return n;
    }
    std::vector<std::string> said;
    std::string story() const {
        std::string all;
        for (const auto& line : said) all += line + "\n";
        for (std::size_t i = 0; i < nodes.size(); ++i) all += log_of(i) + "\n";
        return all;
    }
};

TEST(Stop, that_fails_ten_times_is_good_if_status_then_says_that_nothing_runs) {
    Blocked c;
    c.up();
    c.stop[0] = c.status[0] = Outcome::failed;
    c.ask(0, Asked::Verb::standby);
    c.run(13s);
    EXPECT_EQ(c.asked(0, "stop 1-1"), 10u);
    EXPECT_EQ(c.asked(0, "monitor 1-1"), 1u);
    EXPECT_TRUE(
        c.logged(0, "web fails to stop, but its status says that it does not run: it counts as stopped"));
    EXPECT_EQ(c.state(1), GroupState::owned) << c.log_of(0);
}

TEST(Stop, that_fails_blocks_if_status_says_that_it_runs_or_says_nothing) {
    for (const Outcome answer : {Outcome::ok, Outcome::timed_out}) {
        Blocked c;
        c.up();
        c.status[0] = answer;
        c.block_a();
        EXPECT_FALSE(c.serves(1, 0));
        EXPECT_EQ(c.owners(1), 1u);
    }
}

TEST(Stop, whose_status_is_never_answered_blocks) {
    Blocked c;
    c.up();
    c.stop[0] = Outcome::failed;
    c.monitors_unanswered = true;
    c.ask(0, Asked::Verb::standby);
    c.run(60s);
    EXPECT_EQ(c.state(0), GroupState::blocked) << c.log_of(0);
}

TEST(Stop, of_a_crashed_service_that_its_monitor_found_leads_to_its_start) {
    Blocked c(2, "monitor web 1 2\n");
    c.up();
    c.stop[0] = c.status[0] = Outcome::failed;
    c.run(2s);
    c.status[0] = Outcome::failed;
    c.run(12s);
    EXPECT_TRUE(c.logged(0, "it counts as stopped")) << c.log_of(0);
    c.stop[0] = c.status[0] = Outcome::ok;
    c.run(3s);
    EXPECT_EQ(c.served(), 1u) << c.log_of(0);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(BlockedGroup, is_named_by_the_others_with_its_place) {
    Blocked c;
    c.up();
    c.block_a();
    EXPECT_EQ(c.cause(1), "blocked on a, where it could not be stopped");
    c.ask(1, Asked::Verb::takeover);
    EXPECT_EQ(c.nodes[1].replies.back(),
              "refused it is blocked on a: stop it there by hand, then run `hbctl unblock` there");
    c.ask(0, Asked::Verb::takeover);
    EXPECT_EQ(c.nodes[0].replies.back(),
              "refused it is blocked on a: stop it there by hand, then run `hbctl unblock` there");
    c.stop_in_order(0);
    c.run(5s);
    EXPECT_EQ(c.cause(1), "left blocked by a, where it may still run");
    EXPECT_FALSE(c.serves(1, 1)) << "nobody has asked for it";
}

TEST(BlockedGroup, that_was_unblocked_is_not_freed_while_it_runs) {
    Blocked c;
    c.up();
    c.block_a();
    c.ask(0, Asked::Verb::unblock);
    c.run(13s);
    EXPECT_EQ(c.state(0), GroupState::blocked);
    EXPECT_EQ(c.cause(0), "a stop failed again after an unblock");
    EXPECT_EQ(c.most_owners, 1u);
}

// The walk. Each state is made, then an operator does what he reads.

TEST(Operator, frees_what_is_blocked_when_he_has_stopped_it) {
    Blocked c;
    c.up();
    c.block_a();
    c.stop[0] = Outcome::ok;
    EXPECT_TRUE(c.operator_frees_it()) << c.story();
}

TEST(Operator, frees_what_he_has_stopped_though_its_stop_goes_on_failing) {
    Blocked c;
    c.up();
    c.block_a();
    c.nodes[0].held.erase(1);
    c.status[0] = Outcome::failed;
    EXPECT_TRUE(c.operator_frees_it()) << c.story();
}

TEST(Operator, frees_what_he_has_stopped_though_its_script_lies) {
    Blocked c;
    c.up();
    c.block_a();
    c.nodes[0].held.erase(1);
    EXPECT_TRUE(c.operator_frees_it()) << c.story();
    EXPECT_TRUE(
        c.logged(0, "web fails to stop, but an operator says that it does not run: it counts as stopped"));
}

TEST(Operator, frees_what_a_node_left_blocked) {
    for (const std::size_t count : {2u, 3u}) {
        Blocked c(count);
        c.up();
        c.block_a();
        c.nodes[0].held.erase(1);
        c.stop_in_order(0);
        EXPECT_TRUE(c.operator_frees_it()) << c.story();
    }
}

TEST(Operator, whose_wish_came_before_a_node_left_the_group_blocked_has_to_say_it_again) {
    Blocked c;
    c.up();
    c.stop[0] = Outcome::failed;
    c.ask(1, Asked::Verb::takeover);
    c.run(500ms);
    ASSERT_EQ(c.state(1), GroupState::wanted) << c.story();
    c.step(0, SupervisorGone{});
    c.run(3s);
    ASSERT_TRUE(c.nodes[0].left) << c.story();
    EXPECT_EQ(c.state(1), GroupState::foreign) << "it was asked of a node that served it: " << c.story();
    c.nodes[0].core.reset();
    c.nodes[0].held.clear();
    EXPECT_TRUE(c.operator_frees_it()) << c.story();
}

TEST(Operator, frees_what_is_blocked_where_no_other_node_lives) {
    Blocked c;
    c.up();
    c.block_a();
    c.nodes[0].held.erase(1);
    c.crash(1);
    c.run(3s);
    EXPECT_TRUE(c.operator_frees_it()) << c.story();
}

TEST(Operator, frees_what_is_blocked_on_a_node_that_was_started_anew) {
    Blocked c;
    c.up();
    c.block_a();
    c.stop_in_order(0);
    c.nodes[0].held.erase(1);
    c.start(0, {{.state = GroupState::blocked, .holder = id_of<NodeId>(0), .epoch = 1}});
    c.run(5s);
    EXPECT_TRUE(c.operator_frees_it()) << c.story();
}

TEST(Operator, frees_what_failed_to_start_on_every_node) {
    Blocked c;
    c.begin = {Outcome::failed, Outcome::failed, Outcome::failed, Outcome::failed};
    c.start(0);
    c.start(1);
    c.run(10s);
    ASSERT_EQ(c.owners(1), 0u) << c.story();
    c.begin.fill(Outcome::ok);
    EXPECT_TRUE(c.operator_frees_it()) << c.story();
}

TEST(Operator, frees_what_waits_for_a_fencing_that_fails) {
    Blocked c(2, "fence * fence_test\n");
    c.up();
    c.fence_outcome = [](std::size_t, NodeId) { return Outcome::failed; };
    c.crash(0);
    c.run(5s);
    ASSERT_EQ(c.owners(1), 0u) << c.story();
    EXPECT_TRUE(c.operator_frees_it()) << c.story();
}

TEST(Operator, reads_what_keeps_a_group_away_where_no_command_helps) {
    Blocked c;
    c.up();
    const auto reads = [&](const char* advice) {
        const auto hints = c.hints_at(0);
        return std::any_of(hints.begin(), hints.end(),
                           [&](const std::string& hint) { return hint.find(advice) != hint.npos; });
    };
    c.step(0, CarrierChanged{.first = id_of<ResourceId>(0), .last = id_of<ResourceId>(0), .carrier = false});
    c.run(3s);
    EXPECT_TRUE(reads("has no carrier. Check cable and switch")) << c.story();
    c.step(0, SupervisorGone{});
    c.run(1s);
    EXPECT_TRUE(reads("the supervisor of this host is silent")) << c.story();
}

TEST(Operator, finds_a_command_also_after_the_supervisor_was_gone) {
    Blocked c;
    c.up();
    c.step(0, SupervisorGone{});
    c.run(5s);
    c.nodes[0].core.reset();
    c.nodes[0].held.clear();
    c.run(3s);
    EXPECT_TRUE(c.operator_frees_it()) << c.story();
}

TEST(Starts, of_scripts_are_bounded_in_number) {
    std::string haresources;
    for (int i = 0; i < 200; ++i) haresources += "a web::" + std::to_string(i) + "\n";
    Cluster c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n", haresources);
    std::size_t running = 0, most = 0;
    c.on_operate = [&](std::string_view verb) {
        if (verb == "start" || verb == "stop") most = std::max(most, ++running);
    };
    c.outcome = [&](std::size_t, std::string_view verb, std::size_t) {
        if (verb == "start" || verb == "stop") --running;
        return Outcome::ok;
    };
    c.start(0);
    c.start(1);
    c.run(3s);
    EXPECT_EQ(c.nodes[0].held.size(), 200u) << c.log_of(0);
    EXPECT_EQ(most, 64u);
    c.step(0, StopAsked{});
    c.run(3s);
    EXPECT_EQ(c.nodes[1].held.size(), 200u) << c.log_of(0);
    EXPECT_TRUE(c.nodes[0].left);
    EXPECT_LE(most, 128u) << "64 starts and 64 stops";
}

}  // namespace
}  // namespace hb::core
