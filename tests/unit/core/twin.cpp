// Two hosts under one name never serve together.
#include "recording.hpp"

namespace hb::core {
namespace {

constexpr const char* plain = "keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n";

/// The last host of the wire is another one that lives under the name of a. With `peers` others: b, or b and c.
struct Cloned : Recorder {
    explicit Cloned(std::size_t peers, const char* haresources = "a 10.0.0.100 web\n")
        : Recorder(plain, haresources, peers + 1) {
        auto other = nodes[0].config;
        nodes.emplace_back();
        nodes.back().config = other;
        clone = nodes.size() - 1;
    }
    void watch(Duration time) {
        for (Duration passed{}; passed < time; passed += 1ms) {
            run(1ms);
            ASSERT_LE(owners(), 1u) << "at " << (now - at(0s)) / 1ms << " ms\nfirst:\n"
                                    << log_of(0) << "clone:\n"
                                    << log_of(clone);
        }
    }
    std::size_t clone = 0;
};

TEST(Twin, two_hosts_of_one_name_never_serve_together_whoever_comes_first) {
    for (const std::size_t peers : {1u, 2u})
        for (const Generation second : {1u, 5u, 9u})  // lower, equal, higher: the first one is 5
            for (const Duration later : {Duration{0s}, Duration{30ms}, Duration{2s}, Duration{5s}}) {
                Cloned c(peers);
                c.nodes[0].generation = 4;
                c.nodes[c.clone].generation = second - 1;
                c.start(0);
                for (std::size_t i = 1; i <= peers; ++i) c.start(i);
                c.run(later);
                c.start(c.clone);
                c.watch(10s);
                const std::size_t served = c.owners();
                c.watch(5s);
                EXPECT_EQ(served, 1u)
                    << "peers " << peers << " generation " << second << " later " << later / 1ms;
                EXPECT_EQ(c.owners(), 1u);
                EXPECT_TRUE(c.logged(0, "another host") || c.logged(c.clone, "another host"));
            }
}

TEST(Twin, nothing_moves_again_once_one_of_them_has_let_go) {
    Cloned c(1);
    c.start(0);
    c.start(1);
    c.run(5s);
    c.nodes[c.clone].generation = 7;
    c.start(c.clone);
    c.watch(5s);
    for (auto& n : c.nodes) n.operations.clear();
    c.watch(60s);
    for (const auto& n : c.nodes)
        for (const auto& operation : n.operations)
            EXPECT_TRUE(operation.starts_with("announce")) << operation;
}

TEST(Twin, the_one_that_lets_go_says_by_which_host_and_refuses_what_operators_ask) {
    Cloned c(1);
    c.start(0);
    c.start(1);
    c.run(2s);
    c.nodes[c.clone].generation = 7;
    c.start(c.clone);
    c.run(3s);
    EXPECT_TRUE(c.logged(0, "another host, 02:00:00:00:00:03 (0.0.0.0), lives under the name of this node"))
        << c.log_of(0);
    EXPECT_FALSE(c.serves(0));
    EXPECT_EQ(c.nodes[0].core->group(GroupId{0}).cause, "another host lives under the name of this node");
    c.step(0, OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::takeover});
    c.run(2s);
    ASSERT_FALSE(c.nodes[0].replies.empty());
    EXPECT_TRUE(
        c.nodes[0].replies.back().starts_with("refused another host lives under the name of this node"));
    EXPECT_FALSE(c.serves(0));
}

TEST(Twin, the_newcomer_waits_for_a_slow_stop_of_the_other_one) {
    Cloned c(1);
    c.start(0);
    c.start(1);
    c.run(2s);
    ASSERT_TRUE(c.serves(0, 1));
    c.outcome = [&](std::size_t node, std::string_view verb, std::size_t) {
        return node == 0 && verb == "stop" ? Outcome::failed : Outcome::ok;
    };
    c.nodes[c.clone].generation = 7;
    c.start(c.clone);
    c.run(10s);
    EXPECT_FALSE(c.serves(c.clone, 1)) << c.log_of(c.clone);
}

TEST(Twin, the_newcomer_waits_for_a_slow_stop_also_where_its_haresources_differs) {
    Recorder other(plain, "a web\na 10.0.0.100\na 10.0.0.101 web2\n", 2);
    Cloned c(1);
    c.nodes[c.clone].config = other.nodes[0].config;
    c.start(0);
    c.start(1);
    c.run(2s);
    ASSERT_TRUE(c.serves(0, 1));
    bool stops = false;
    c.outcome = [&](std::size_t node, std::string_view verb, std::size_t) {
        return node == 0 && verb == "stop" && !stops ? Outcome::failed : Outcome::ok;
    };
    c.nodes[c.clone].generation = 7;
    c.start(c.clone);
    c.run(5s);
    EXPECT_EQ(c.nodes[c.clone].held.size(), 0u) << c.log_of(c.clone);
    stops = true;
    c.run(5s);
    EXPECT_EQ(c.nodes[0].held.size(), 0u) << c.log_of(0);
    EXPECT_EQ(c.nodes[c.clone].held.size(), 4u) << c.log_of(c.clone);
}

TEST(Twin, the_newcomer_serves_when_the_other_one_has_died_before_it_let_go) {
    Cloned c(1);
    c.start(0);
    c.start(1);
    c.run(2s);
    ASSERT_TRUE(c.serves(0));
    c.stays_unanswered = [](std::string_view verb, std::size_t) { return verb == "stop"; };
    c.nodes[c.clone].generation = 7;
    c.start(c.clone);
    c.run(500ms);
    ASSERT_FALSE(c.serves(c.clone));
    c.crash(0);
    c.nodes[1].paused = true;  // no event comes any more
    c.run(3s);
    EXPECT_TRUE(c.serves(c.clone)) << c.log_of(c.clone);
}

TEST(Twin, a_new_engine_of_the_newcomer_listens_for_the_other_one_before_it_takes_what_is_to_be_its_own) {
    for (const Duration later : {0ms, 40ms, 90ms}) {  // of a keepalive of 100 ms
        Cloned c(1);
        c.start(0);
        c.start(1);
        c.run(2s + later);
        ASSERT_TRUE(c.serves(0, 1));
        const GroupStatus held = c.nodes[0].core->group(GroupId{0});
        c.nodes[c.clone].generation = 7;
        c.lost = [&](std::size_t from, std::size_t to) {
            return from == c.clone && to == 0;
        };  // nothing hurries the other one
        c.start(c.clone, {{.state = GroupState::foreign, .holder = held.holder, .epoch = held.epoch}}, true);
        c.watch(2s);
        EXPECT_EQ(c.owners(), 1u) << c.log_of(c.clone);
    }
}

TEST(Twin, a_newcomer_that_has_to_take_a_higher_number_listens_from_then_on) {
    for (const std::size_t peers : {1u, 2u}) {
        Cloned c(peers);
        for (std::size_t i = 0; i <= peers; ++i) c.start(i);
        c.run(2s);
        ASSERT_TRUE(c.serves(0, 1));
        const Instant renumbered = c.now + 2s;  // what it waits for its disk
        c.lost =
            [&](std::size_t from,
                std::size_t to) {  // the two hear of each other by their peers only, and that takes a while
                if (std::min(from, to) == 0 && std::max(from, to) == c.clone) return true;
                return to == 0 && renumbered - 50ms < c.now && c.now < renumbered + 80ms;
            };
        c.nodes[c.clone].generation = 0;
        c.start(c.clone);
        c.watch(5s);
        EXPECT_TRUE(c.logged(c.clone, "is too low")) << c.log_of(c.clone);
        EXPECT_EQ(c.owners(), 1u) << c.log_of(c.clone);
    }
}

TEST(Twin, a_newcomer_with_another_haresources_listens_before_it_starts_its_own) {
    Recorder other(plain, "a 10.0.0.100 web\na 10.0.0.101 web2\n", 2);
    Cloned c(1);
    c.nodes[c.clone].config = other.nodes[0].config;
    c.start(0);
    c.start(1);
    c.run(2s);
    ASSERT_TRUE(c.serves(0, 1));
    const Instant begun = c.now;
    c.lost = [&](std::size_t from,
                 std::size_t to) {  // the two hear of each other by their peer only, and that takes a while
        return from + to == c.clone || (to == 0 && c.now < begun + 80ms);
    };
    c.nodes[c.clone].generation = 7;
    c.start(c.clone);
    c.watch(2s);
    EXPECT_EQ(c.owners(), 1u) << c.log_of(c.clone);
}

TEST(Twin, a_new_engine_that_learns_from_a_peer_that_its_number_is_in_use_starts_nothing_beside_its_user) {
    Cloned c(1);
    c.nodes[c.clone].generation = 6;
    c.start(c.clone);
    c.start(1);
    c.run(2s);
    ASSERT_TRUE(c.serves(c.clone));
    c.lost = [&](std::size_t from, std::size_t to) {
        return from != 1 && to != 1;
    };  // the two do not hear each other
    c.outcome = [&](std::size_t node, std::string_view verb, std::size_t) {
        return node == c.clone && verb == "stop" ? Outcome::failed : Outcome::ok;
    };
    c.nodes[0].generation = 6;
    c.start(0, {{.state = GroupState::foreign, .holder = id_of<NodeId>(0), .epoch = 1}}, true);
    c.nodes[0].core->set_reserved(20);
    c.watch(700ms);
    EXPECT_TRUE(c.nodes[1].core->node(NodeId{0}).session);
    EXPECT_TRUE(c.logged(c.clone, "hears another host under the name of this node")) << c.log_of(c.clone);
}

TEST(Twin, who_is_no_longer_heard_after_a_second_host_has_died_goes_on_above_it) {
    Cloned c(1);
    c.start(0);
    c.start(1);
    c.run(2s);
    c.lost = [&](std::size_t from, std::size_t to) {
        return (from == 0 && to == c.clone) || (from == c.clone && to == 0) || (from == 1 && to == 0);
    };
    c.nodes[c.clone].generation = 8;
    c.start(c.clone);
    c.run(300ms);
    c.crash(c.clone);
    c.run(1500ms);
    c.lost = [](std::size_t, std::size_t) { return false; };
    c.run(5s);
    EXPECT_GT(c.nodes[0].core->generation(), 9u) << c.log_of(0);
    EXPECT_TRUE(c.nodes[1].core->node(NodeId{0}).session) << c.log_of(1);
    EXPECT_EQ(c.owners(), 1u);
}

TEST(Twin, what_we_said_ourselves_and_the_network_brings_back_is_nobody) {
    Recorder c(plain);
    c.start(0);
    c.start(1);
    c.run(2s);
    const std::size_t frames = c.sent.size();
    for (const auto& body : c.recorded(0, "status")) c.play(0, body);
    EXPECT_EQ(c.sent.size(), frames);
    EXPECT_FALSE(c.logged(0, "another host"));
}

TEST(Twin, recordings_of_our_own_lives_that_are_played_without_end_delay_a_claim_once) {
    Recorder c(plain);
    c.start(0);
    c.start(1);
    c.run(1s);
    std::vector<std::string> old;
    for (int life = 0; life < 3; ++life) {
        const auto said = c.recorded(1, "status");
        old.push_back(said.back());
        c.crash(1);
        c.start(1);
        c.run(1s);
    }
    ASSERT_TRUE(c.serves(0));
    c.crash(0);
    Duration passed{};
    for (; passed < 5s && !c.serves(1); passed += 20ms) {
        for (const auto& body : old) c.play(1, body);
        c.run(20ms);
    }
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
    EXPECT_LE(passed, 1300ms) << "a deadtime, and two keepalives";
}

TEST(Twin, a_recording_of_our_own_earlier_lives_moves_nothing) {
    Recorder c(plain);
    c.start(0);
    c.start(1);
    c.run(2s);
    const auto first = c.recorded(0, "status");
    c.crash(0);
    c.start(0);
    c.run(2s);
    ASSERT_TRUE(c.serves(0));
    for (int round = 0; round < 3; ++round)
        for (const auto& body : first) {
            c.play(0, body);
            c.run(20ms);
            ASSERT_TRUE(c.serves(0));
        }
    c.nodes[0].generation = 0;  // its number was lost, too: now they are of a higher one
    c.crash(0);
    c.start(0);
    for (const auto& body : first) {
        c.play(0, body);
        c.run(20ms);
    }
    c.run(5s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_EQ(c.most_owners, 1u);
}

}  // namespace
}  // namespace hb::core
