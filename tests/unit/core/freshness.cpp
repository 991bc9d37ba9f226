// A recording has a valid signature: what it can do is nothing.
#include "recording.hpp"

namespace hb::core {
namespace {

constexpr const char* plain = "keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n";

/// a has lived for two seconds beside b, or alone, and is gone. What it said is kept.
std::vector<std::string> life_of_a(const char* haresources, bool alone, bool stops = false) {
    Recorder old(plain, haresources);
    old.start(0);
    if (!alone) old.start(1);
    old.run(2s);
    if (stops) {
        old.step(0, StopAsked{});
        old.run(2s);
    }
    return old.recorded(0, "");
}

/// b has come up alone, and serves.
struct Survivor : Recorder {
    Survivor() : Recorder(plain, "a 10.0.0.100 web\n") {
        nodes[1].generation = 40;
        start(1);
        run(5s);
        EXPECT_TRUE(serves(1));
        nodes[1].logs.clear();
        nodes[1].hooks.clear();
    }
    /// Share of the time in which b serves while these are played, one each `pause`.
    void suffers(const std::vector<std::string>& recording, Duration pause) {
        for (const std::string& body : recording) {
            play(1, body);
            for (Duration passed{}; passed < pause; passed += 50ms) {
                run(std::min<Duration>(50ms, pause));
                ASSERT_TRUE(serves(1)) << body << "\n" << log_of(1);
            }
        }
        EXPECT_EQ(nodes[1].core->node(NodeId{0}).state, MemberState::dead);
    }
};

TEST(Freshness, a_survivor_gives_nothing_up_for_a_recorded_life_of_its_peer) {
    for (const bool alone : {true, false})
        for (const Duration pause : {Duration{0ms}, Duration{100ms}, Duration{700ms}}) {
            Survivor c;
            c.suffers(life_of_a("a 10.0.0.100 web\n", alone), pause);
        }
}

TEST(Freshness, a_survivor_gives_nothing_up_for_a_recorded_life_with_other_resources) {
    for (const bool alone : {true, false}) {
        Survivor c;
        c.suffers(life_of_a("a 10.0.0.100 web2\n", alone), 100ms);
    }
}

TEST(Freshness, a_survivor_gives_nothing_up_for_one_status_of_a_linux_ha_node_and_asks_it) {
    Survivor c;
    const std::size_t before = c.sent.size();
    for (int i = 1; i <= 20; ++i) {
        c.play(1, Recorder::made({{"t", "status"},
                                  {"st", "active"},
                                  {"dt", "320"},
                                  {"protocol", "1"},
                                  {"src", "a"},
                                  {"seq", std::to_string(i)},
                                  {"hg", "7"},
                                  {"ts", "6b49d200"}}));
        c.run(50ms);
        ASSERT_TRUE(c.serves(1));
    }
    const auto asked =
        std::count(c.sent.begin() + static_cast<std::ptrdiff_t>(before), c.sent.end(), "b reqnodes");
    EXPECT_GE(asked, 1);
    EXPECT_LE(asked, 11) << "no more than one a keepalive";
}

TEST(Freshness, a_linux_ha_node_that_answers_is_believed) {
    Survivor c;
    const auto status = [](const char* number) {
        return Recorder::made({{"t", "status"},
                               {"st", "active"},
                               {"dt", "320"},
                               {"protocol", "1"},
                               {"src", "a"},
                               {"seq", number},
                               {"hg", "7"},
                               {"ts", "6b49d200"}});
    };
    c.play(1, status("1"));
    c.play(
        1,
        Recorder::made(
            {{"t", "repnodes"}, {"dest", "b"}, {"src", "a"}, {"seq", "2"}, {"hg", "7"}, {"ts", "6b49d200"}}));
    c.play(1, status("3"));
    EXPECT_EQ(c.nodes[1].core->node(NodeId{0}).state, MemberState::active);
}

TEST(Freshness, no_recorded_life_runs_a_script_of_rc_d) {
    Recorder old(plain);
    old.start(0);
    old.start(1);
    old.run(1s);
    old.step(0, UserMessage{"t=outdate\nx=1\n"});
    old.run(500ms);
    const auto recording = old.recorded(0, "");
    ASSERT_FALSE(old.recorded(0, "outdate").empty());
    Survivor dead;
    for (const auto& body : recording) dead.play(1, body);
    EXPECT_TRUE(dead.nodes[1].hooks.empty());
    Recorder fresh(plain);  // that has heard nobody yet
    fresh.nodes[1].generation = 40;
    fresh.start(1);
    for (const auto& body : recording) fresh.play(1, body);
    EXPECT_TRUE(fresh.nodes[1].hooks.empty());
}

TEST(Freshness, departure_that_was_recorded_is_silence_and_no_departure) {
    for (const char* table : {"a 10.0.0.100 web\n", "a 10.0.0.100 web2\n"}) {
        const auto recording = life_of_a(table, false, true);
        Recorder c(plain);
        c.nodes[0].generation = c.nodes[1].generation = 40;
        c.start(0);
        c.start(1);
        c.run(2s);
        ASSERT_TRUE(c.serves(0));
        const Inherited was = c.nodes[1].core->heritage(id_of<GroupId>(0));
        c.start(1, {{.state = GroupState::foreign, .holder = was.holder, .epoch = was.epoch}}, true, c.now);
        for (const auto& body : recording) c.play(1, body);
        c.run(4s);
        EXPECT_TRUE(c.serves(0)) << table;
        EXPECT_EQ(c.most_owners, 1u) << table;
        EXPECT_FALSE(c.logged(1, "shutdown notice")) << c.log_of(1);
    }
}

TEST(Freshness, departure_that_was_recorded_does_not_spare_the_wait_of_a_fresh_node_nor_the_fencing) {
    const auto recording = life_of_a("a web2\n", false, true);
    Recorder c(std::string(plain) + "fence * fence_test\n", "a web\n");
    c.nodes[0].generation = c.nodes[1].generation = 40;
    c.fence_outcome = [](std::size_t, NodeId) { return Outcome::failed; };
    c.start(1);
    for (const auto& body : recording) c.play(1, body);
    c.run(2900ms);
    EXPECT_FALSE(c.serves(1)) << "initdead has not passed";
    EXPECT_TRUE(c.fences.empty());
    c.run(10s);
    EXPECT_FALSE(c.serves(1)) << "it is not cut off";
    EXPECT_FALSE(c.fences.empty());
}

TEST(Freshness, what_a_new_engine_inherits_shuts_out_the_lives_of_before) {
    Recorder c(plain);
    c.start(0);
    c.start(1);
    c.run(2s);
    const auto first = c.recorded(0, "status");
    c.crash(0);
    c.start(0);
    c.run(2s);
    const KnownLife known = c.nodes[1].core->known(NodeId{0});
    EXPECT_EQ(known.generation, 2u);
    EXPECT_GT(known.sequence, 10u);
    EXPECT_TRUE(known.met);
    c.crash(0);
    c.nodes[1].core.reset();
    Cluster::Node& n = c.nodes[1];
    n.core = std::make_unique<Core>(n.config,
                                    Origin{.digest = auth::sha256_head,
                                           .generation = ++n.generation,
                                           .uuid = {},
                                           .seed = 1,
                                           .restarted = true,
                                           .groups = {},
                                           .peers = {known, {}},
                                           .peer_was_dead = {}},
                                    c.now);
    n.logs.clear();
    c.step(1, c.tick(1));
    for (const auto& body : first) c.play(1, body);
    EXPECT_EQ(c.nodes[1].core->node(NodeId{0}).state, MemberState::init) << c.log_of(1);
    EXPECT_TRUE(c.logged(1, "replay attack"));
}

TEST(Freshness, a_fresh_node_that_is_not_heard_waits_for_each_new_engine_of_its_peer) {
    Recorder c(plain);
    c.start(0);
    c.run(5s);
    ASSERT_TRUE(c.serves(0));
    c.lost = [](std::size_t from, std::size_t) { return from == 1; };
    c.start(1);
    c.run(1s);
    for (int i = 0; i < 3; ++i) {
        c.start(0, {{.state = GroupState::owned, .holder = NodeId{0}, .epoch = 1}}, true, c.now + 10s);
        c.run(2s);
        EXPECT_NE(c.nodes[1].core->node(NodeId{0}).state, MemberState::dead) << c.log_of(1);
        EXPECT_FALSE(c.serves(1));
    }
}

TEST(Freshness, nodes_that_started_apart_meet_when_they_hear_each_other) {
    Cluster c(plain);
    c.lost = [](std::size_t, std::size_t) { return true; };
    c.start(0);
    c.start(1);
    c.run(5s);
    ASSERT_EQ(c.nodes[0].core->node(NodeId{1}).state, MemberState::dead);
    ASSERT_EQ(c.nodes[1].core->node(NodeId{0}).state, MemberState::dead);
    ASSERT_EQ(c.owners(), 2u);
    c.lost = [](std::size_t, std::size_t) { return false; };
    c.run(1s);
    EXPECT_EQ(c.nodes[0].core->node(NodeId{1}).state, MemberState::active) << c.log_of(0);
    EXPECT_EQ(c.nodes[1].core->node(NodeId{0}).state, MemberState::active) << c.log_of(1);
    EXPECT_EQ(c.owners(), 1u) << c.log_of(0) << c.log_of(1);
}

TEST(Freshness, a_recorded_life_with_a_later_number_takes_nothing_from_a_peer_that_goes_on) {
    Recorder clone(plain);
    clone.nodes[0].generation = 500;
    clone.start(0);
    clone.run(2s);
    const std::vector<std::string> later = clone.recorded(0, "status");
    ASSERT_EQ(Recorder::field_of(later.back(), "hg"), "1f5");
    for (const std::size_t count : {1u, 5u}) {
        Recorder c(plain);
        c.start(0);
        c.start(1);
        c.run(2s);
        ASSERT_TRUE(c.serves(0));
        for (std::size_t i = 0; i < count; ++i) c.play(1, later[later.size() - count + i]);
        c.run(3s);
        EXPECT_TRUE(c.serves(0)) << c.log_of(1);
        EXPECT_FALSE(c.logged(1, "node a: is dead")) << c.log_of(1);
        EXPECT_TRUE(c.nodes[1].core->node(NodeId{0}).session);
        EXPECT_EQ(c.most_owners, 1u);
    }
}

TEST(Freshness, a_recorded_life_that_follows_a_met_one_runs_no_script) {
    Recorder clone(plain);
    clone.nodes[0].generation = 500;
    clone.start(0);
    clone.run(2s);
    Recorder c(plain);
    c.start(0);
    c.start(1);
    c.run(2s);
    const std::string starts = clone.recorded(0, "status").front();
    ASSERT_EQ(Recorder::field_of(starts, "st"), "up");
    c.play(1, starts);
    EXPECT_TRUE(c.logged(1, "Status update for node a: status up")) << c.log_of(1);
    c.run(1s);
    for (const std::string& text : c.nodes[1].hooks) EXPECT_EQ(text.find("hg=1f5"), text.npos) << text;
}

/// a has lived as 1001 beside b, and comes back after a pause with the number after `file`.
struct Restored : Recorder {
    Restored(Generation file, Duration pause) : Recorder(plain) {
        nodes[0].generation = 1000;
        start(0);
        start(1);
        run(2s);
        crash(0);
        run(pause);
        EXPECT_EQ(serves(1), pause > 1s) << "a deadtime later b has it";
        nodes[0].generation = file;
        start(0);
        run(5s);
    }
    void expect_home() {
        EXPECT_TRUE(nodes[1].core->node(NodeId{0}).session) << log_of(0);
        EXPECT_TRUE(serves(0)) << "the group goes home";
        EXPECT_EQ(most_owners, 1u);
    }
};

TEST(Freshness, a_node_whose_number_was_lost_learns_it_and_is_in_session) {
    Restored c(3, 2s);
    c.expect_home();
    EXPECT_EQ(c.nodes[0].core->generation(), 1002u);
    EXPECT_TRUE(c.logged(0, "is too low: a peer has heard it under 1001"));
}

TEST(Freshness, a_node_that_starts_with_a_number_which_a_peer_has_met_goes_on_above_it) {
    for (const Duration pause : {100ms, 2000ms}) {
        Restored c(1000, pause);
        c.expect_home();
        EXPECT_GT(c.nodes[0].core->generation(), 1001u);
    }
}

TEST(Freshness, a_number_is_used_when_it_is_on_the_disk) {
    Recorder c(plain);
    c.nodes[0].generation = 1000;
    c.start(0);
    c.start(1);
    c.run(1s);
    c.crash(0);
    c.nodes[0].generation = 3;
    c.start(0);
    c.run(500ms);
    EXPECT_EQ(c.nodes[0].core->generation(), 4u);
    ASSERT_EQ(c.nodes[0].core->wanted_generation(), 1002u);
    c.nodes[0].core->set_reserved(1002);
    c.run(50ms);
    EXPECT_EQ(c.nodes[0].core->generation(), 1002u);
    EXPECT_EQ(c.nodes[0].core->wanted_generation(), 0u);
}

TEST(Freshness, numbers_that_no_life_can_have_are_not_heard) {
    Recorder c(plain);
    c.start(1);
    c.play(1, Recorder::made({{"t", "status"},
                              {"st", "active"},
                              {"dt", "320"},
                              {"src", "a"},
                              {"seq", "1"},
                              {"hg", "ffffffff"},
                              {"ts", "6b49d200"}}));
    EXPECT_EQ(c.nodes[1].core->node(NodeId{0}).generation, 0u);
}

TEST(Freshness, an_old_copy_keeps_no_link_up) {
    Recorder c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0 eth1\nauto_failback on\n");
    c.start(0);
    c.start(1);
    c.run(1s);
    const std::string old = c.recorded(0, "status").front();
    c.run(5s);
    for (int i = 0; i < 20; ++i) {
        c.play(1, old, 1);
        c.run(100ms);
    }
    EXPECT_EQ(c.nodes[1].core->link(NodeId{0}, MediumId{1}).state, LinkState::unknown);
    c.play(1, c.recorded(0, "status").back(), 1);
    EXPECT_EQ(c.nodes[1].core->link(NodeId{0}, MediumId{1}).state, LinkState::up);
}

TEST(Freshness, what_is_asked_for_again_and_again_is_answered_within_bounds) {
    Recorder c(plain);
    c.start(0);
    c.start(1);
    c.run(20s);
    const std::string g = Recorder::field_of(c.bodies[1].back(), "hg"),
                      ts = Recorder::field_of(c.bodies[1].back(), "ts");
    const auto ask = [&](const char* first, const char* last) {
        return Recorder::made({{"t", "NS_rexmit"},
                               {"dest", "a"},
                               {"firstseq", first},
                               {"lastseq", last},
                               {"src", "b"},
                               {"hg", g},
                               {"ts", ts}});
    };
    const std::size_t lines = c.lines(0), frames = c.sent.size();
    for (int i = 0; i < 1000; ++i) c.play(0, ask("1", "50"));
    for (int i = 0; i < 1000; ++i) c.play(0, ask("99999999", "99999999"));
    EXPECT_LE(c.lines(0) - lines, 1u) << c.log_of(0);
    EXPECT_LE(c.sent.size() - frames, limits::missing + 10);
}

TEST(Freshness, questions_of_an_unknown_life_are_answered_within_bounds) {
    Recorder c(plain);
    c.start(0);
    c.run(4s);
    const std::size_t frames = c.sent.size();
    for (int i = 1; i <= 1000; ++i)
        c.play(0, Recorder::made({{"t", "reqnodes"},
                                  {"dest", "a"},
                                  {"src", "b"},
                                  {"seq", std::to_string(i)},
                                  {"hg", "77"},
                                  {"ts", "6b49d200"}}));
    EXPECT_LE(c.sent.size() - frames, 2u);
}

// Numbers that end.

TEST(Freshness, a_sequence_that_runs_out_goes_on_in_the_next_generation) {
    for (const std::size_t both : {0u, 1u}) {
        Recorder c(plain);
        c.start(0);
        c.start(1);
        c.run(1s);
        for (std::size_t i = 0; i <= both; ++i) set_sequence(*c.nodes[i].core, bounds::sequence - 20);
        const std::size_t lines = c.lines(1);
        c.run(30s);
        for (std::size_t i = 0; i <= both; ++i) EXPECT_EQ(c.nodes[i].core->generation(), 2u);
        EXPECT_TRUE(c.serves(0));
        EXPECT_EQ(c.most_owners, 1u);
        EXPECT_FALSE(c.logged(1, "is dead")) << c.log_of(1);
        EXPECT_LE(c.lines(1) - lines, 2u) << c.log_of(1);
        EXPECT_TRUE(c.nodes[0].core->node(NodeId{1}).session && c.nodes[1].core->node(NodeId{0}).session);
    }
}

TEST(Epoch, goes_round_without_a_last_value) {
    EXPECT_TRUE(is_later(1, 0));
    EXPECT_FALSE(is_later(0, 1));
    EXPECT_FALSE(is_later(0, 0));
    EXPECT_TRUE(is_later(2, 1));
    EXPECT_TRUE(is_later(1, 0xffffffff));
    EXPECT_FALSE(is_later(0xffffffff, 1));
    EXPECT_TRUE(is_later(0xffffffff, 0)) << "nobody ever held it";
    EXPECT_EQ(next_epoch(0xffffffff), 1u) << "0 is for what nobody ever held";
    EXPECT_EQ(next_epoch(0), 1u);
}

TEST(Epoch, at_its_top_does_not_keep_a_group_from_moving) {
    Recorder c(plain);
    c.start(0, {{.state = GroupState::foreign, .holder = NodeId{0}, .epoch = 0xffffffff}});
    c.start(1, {{.state = GroupState::foreign, .holder = NodeId{0}, .epoch = 0xffffffff}});
    c.run(1s);
    ASSERT_TRUE(c.serves(0));
    c.step(0, OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::standby});
    c.run(2s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
    c.step(0, OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::takeover});
    c.run(2s);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST(Lifetime, of_a_peer_that_no_configuration_allows_counts_as_for_ever) {
    Recorder c(plain, "a 10.0.0.100\n");
    c.nodes[0].config.address_lifetime = std::chrono::milliseconds{0xfffffffeu};
    c.start(0);
    c.start(1);
    c.run(2s);
    ASSERT_TRUE(c.serves(0));
    c.orphans[0].insert(0);
    c.crash(0);
    c.run(10s);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
}

}  // namespace
}  // namespace hb::core
