#include "cluster.hpp"

namespace hb::core {
namespace {

constexpr Mac stranger{{0x0a, 0, 0, 0, 0, 99}};
const std::string times = "keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n";

std::size_t announcements(const Cluster& c, std::size_t node) {
    std::size_t n = 0;
    for (const auto& operation : c.nodes[node].operations) n += operation.starts_with("announce");
    return n;
}

/// Two nodes, a owns everything; then a dies.
class Guard : public testing::Test {
protected:
    void start(Duration lifetime = 0s, const std::string& haresources = "a 10.0.0.100 web\n") {
        c.emplace(times, haresources);
        for (auto& node : c->nodes) node.config.address_lifetime = lifetime;
        c->start(0);
        c->start(1);
        c->run(1s);
        ASSERT_EQ(c->state(0), GroupState::owned) << c->log_of(0);
        c->probes.clear();
    }
    /// The daemon dies whole; its kernel keeps the addresses.
    void orphan() {
        died = c->now;
        c->orphans[0] = c->nodes[0].held;
        dies();
    }
    void dies() {
        last_heard = c->nodes[1].core->node(NodeId{0}).last_heard;
        c->crash(0);
    }
    Instant deadtime_ends() const { return last_heard + 800ms; }
    /// When b was told to start the first resource, as a distance to the end of the deadtime; negative: not within `limit`.
    Duration claimed_after(Duration limit) {
        const Instant end = deadtime_ends() + limit;
        while (c->now < end) {
            c->run(1ms);
            if (c->state(1) == GroupState::acquiring || c->state(1) == GroupState::owned)
                return c->now - deadtime_ends();
        }
        return -1ms;
    }
    std::optional<Cluster> c;
    Instant died, last_heard;
};

TEST_F(Guard, three_probes_in_the_last_60_ms_of_the_deadtime_and_the_claim_is_on_time) {
    start();
    dies();
    EXPECT_LE(claimed_after(1s), 1ms);
    ASSERT_EQ(c->probes.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(c->probes[i].at, deadtime_ends() - (3 - static_cast<int>(i)) * 20ms);
        EXPECT_EQ(c->probes[i].node, 1u);
        EXPECT_EQ(c->probes[i].what.also, Cluster::mac_of(0));
        EXPECT_EQ(c->probes[i].what.first, ResourceId{0});
        EXPECT_EQ(c->probes[i].what.last, ResourceId{0});
    }
    EXPECT_FALSE(c->logged(1, "still answers")) << c->log_of(1);
}

TEST_F(Guard, a_turn_that_comes_only_behind_the_deadtime_asks_once_and_then_claims) {
    start();
    dies();
    c->run(deadtime_ends() - 100ms - c->now);
    c->nodes[1].paused = true;  // not long enough to be a pause that gives peers a fresh deadtime
    c->run(300ms);
    c->nodes[1].paused = false;
    EXPECT_TRUE(c->probes.empty());
    const Duration after = claimed_after(1s);
    EXPECT_GE(after, 220ms);
    EXPECT_LE(after, 222ms);
    EXPECT_EQ(c->probes.size(), 1u);
}

TEST_F(Guard, an_orphan_is_waited_out_until_two_probes_are_unanswered) {
    start(5s);
    orphan();
    EXPECT_EQ(claimed_after(2s), -1ms);
    EXPECT_TRUE(c->logged(
        1, "02:00:00:00:00:01 (a) still answers for the address of 10.0.0.100: an orphan of a dead node"))
        << c->log_of(1);
    EXPECT_FALSE(c->logged(1, "mach_down takeover complete"));
    c->orphans[0].clear();
    const Instant gone = c->now;
    while (c->state(1) == GroupState::foreign && c->now < gone + 1s) c->run(1ms);
    EXPECT_LE(c->now - gone, 65ms);
    EXPECT_GE(c->now - gone, 20ms);
    c->run(100ms);
    EXPECT_TRUE(c->logged(1, "no longer answers for the address of 10.0.0.100")) << c->log_of(1);
    EXPECT_TRUE(c->logged(1, "mach_down takeover complete"));
}

TEST_F(Guard, an_orphan_that_outlives_its_announced_lifetime_delays_the_claim_by_half_a_second_more) {
    start(2s);
    orphan();
    const Duration after = claimed_after(10s);
    EXPECT_GE(after, 2500ms);
    EXPECT_LE(after, 2502ms);
    EXPECT_TRUE(c->logged(1, "goes on answering for the address of 10.0.0.100")) << c->log_of(1);
}

TEST_F(Guard, an_orphan_that_answers_every_other_probe_only_is_waited_out_as_one_that_answers_each) {
    start();
    dies();
    std::size_t asked = 0;
    c->others = [&](std::size_t) {
        return asked++ % 2 ? std::vector<Mac>{} : std::vector<Mac>{Cluster::mac_of(0)};
    };
    EXPECT_GE(claimed_after(3s), 900ms) << c->log_of(1);
    EXPECT_TRUE(c->logged(1, "goes on answering")) << c->log_of(1);
}

TEST_F(Guard, probes_that_nobody_answered_are_repeated_where_the_claim_comes_much_later) {
    c.emplace(times, "a 10.0.0.100\n", 3);
    c->nodes[1].config.deadtime = 3s;
    for (std::size_t i = 0; i < 3; ++i) c->start(i);
    c->run(1s);
    ASSERT_TRUE(c->serves(0)) << c->log_of(0);
    c->crash(0);
    c->crash(1);
    c->run(2s);  // c waits for b, which would be the next and is silent; nobody answers for a's address
    EXPECT_FALSE(c->serves(2)) << c->log_of(2);
    c->others = [](std::size_t) { return std::vector<Mac>{stranger}; };
    c->run(3s);
    EXPECT_TRUE(c->serves(2)) << c->log_of(2);
    EXPECT_TRUE(c->logged(2, "answers for the address of")) << c->log_of(2);
}

TEST_F(Guard, an_orphan_without_a_lifetime_delays_the_claim_by_a_second) {
    start();
    orphan();
    const Duration after = claimed_after(10s);
    EXPECT_GE(after, 1000ms);
    EXPECT_LE(after, 1002ms);
}

TEST_F(Guard, a_stranger_delays_the_claim_by_200_ms_and_is_named) {
    start(5s);
    c->others = [](std::size_t) { return std::vector{stranger}; };
    dies();
    const Duration after = claimed_after(10s);
    EXPECT_GE(after, 200ms);
    EXPECT_LE(after, 202ms);
    EXPECT_TRUE(c->logged(
        1,
        "0a:00:00:00:00:63 (no node of this cluster) answers for the address of 10.0.0.100 although "
        "its owner is dead"))
        << c->log_of(1);
    EXPECT_TRUE(c->logged(1, "0a:00:00:00:00:63 (no node of this cluster) goes on answering"));
}

TEST_F(Guard, the_owner_is_known_by_its_answers_where_heartbeats_come_from_another_interface) {
    c.emplace(times);
    c->heartbeat_macs = false;
    for (auto& node : c->nodes) node.config.address_lifetime = 5s;
    c->start(0);
    c->run(5s);
    c->start(1);
    c->run(2s);
    orphan();
    EXPECT_EQ(claimed_after(2s), -1ms) << c->log_of(1);
    EXPECT_TRUE(c->logged(1, "02:00:00:00:00:01 (a) still answers")) << c->log_of(1);
}

TEST_F(Guard, the_owner_is_asked_a_few_times_only_to_learn_its_mac) {
    std::string many;
    for (int i = 0; i < 100; ++i)
        many += "a 10.1.0." + std::to_string(i + 1) + " web" + std::to_string(i) + "\n";
    c.emplace(times, many);
    c->start(0);
    c->run(5s);
    c->probes.clear();
    c->start(1);
    c->run(5s);
    EXPECT_GE(c->probes.size(), 1u);
    EXPECT_LE(c->probes.size(), 16u);
}

TEST_F(Guard, no_probe_where_nothing_can_be_orphaned) {
    start(0s, "a web\n");
    dies();
    EXPECT_LE(claimed_after(1s), 1ms);
    EXPECT_TRUE(c->probes.empty()) << "a group without addresses";
}

TEST_F(Guard, no_probe_after_a_shutdone_or_a_grant) {
    start();
    c->step(0, StopAsked{});
    c->run(2s);
    EXPECT_EQ(c->state(1), GroupState::owned);
    EXPECT_TRUE(c->probes.empty());
    c->start(0);
    c->run(2s);
    EXPECT_EQ(c->state(0), GroupState::owned) << c->log_of(0);
    ASSERT_EQ(c->probes.size(), 1u) << "a learns who b is on this network";
    EXPECT_EQ(c->probes[0].node, 0u);
}

TEST_F(Guard, a_peer_that_speaks_again_within_the_window_keeps_what_it_holds) {
    start();
    c->lost = [&](std::size_t from, std::size_t) { return from == 0; };
    last_heard = c->nodes[1].core->node(NodeId{0}).last_heard;
    ASSERT_TRUE(c->run_until(deadtime_ends() - 30ms));
    EXPECT_FALSE(c->probes.empty());
    c->lost = [](std::size_t, std::size_t) { return false; };
    c->run(3s);
    EXPECT_NE(c->state(1), GroupState::owned);
    EXPECT_FALSE(c->logged(1, "is dead"));
    EXPECT_EQ(c->most_owners, 1u);
}

TEST_F(Guard, a_thousand_addresses_are_probed_in_few_actions_and_claimed_on_time) {
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "a 10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) + "\n";
    start(0s, many);
    dies();
    EXPECT_LE(claimed_after(1s), 1ms);
    std::size_t probed = 0;
    for (const auto& probe : c->probes) probed += probe.what.last.index() - probe.what.first.index() + 1u;
    EXPECT_EQ(probed, 3000u);
    EXPECT_LE(c->probes.size(), 9u);
}

TEST_F(Guard, a_thousand_orphans_in_groups_of_their_own_are_one_line_in_the_log) {
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "a 10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) + " web" +
                std::to_string(i) + "\n";
    start(2s, many);
    orphan();
    c->run(20s);
    EXPECT_EQ(c->state(1), GroupState::owned);
    std::size_t lines = 0;
    for (const auto& line : c->nodes[1].logs) lines += line.find("answer") != line.npos;
    EXPECT_EQ(lines, 2u) << c->log_of(1);
    EXPECT_EQ(announcements(*c, 1), 5000u);
}

// A peer that was never heard may be the one that answers: its MAC cannot be known.
TEST_F(Guard, without_any_peer_heard_the_first_claim_waits_as_for_an_orphan) {
    for (const auto& [lifetime, bound] : {std::pair<Duration, Duration>{0s, 1s}, {2s, 2500ms}}) {
        c.emplace(times);
        for (auto& node : c->nodes) node.config.address_lifetime = lifetime;
        c->orphans[0] = {0};
        c->start(1);
        last_heard = c->now + 2200ms;  // initdead instead of deadtime
        const Duration after = claimed_after(4s);
        EXPECT_GE(after, bound) << c->log_of(1);
        EXPECT_LE(after, bound + 2ms);
    }
}

// Conflicts while owned.

TEST_F(Guard, a_conflict_is_defended_at_once_then_each_ten_seconds_and_said_rarely) {
    start();
    c->run(20s);
    const std::size_t before = announcements(*c, 0);
    c->step(0, AddressClaimed{ResourceId{0}, stranger});
    EXPECT_EQ(announcements(*c, 0), before + 1);
    EXPECT_TRUE(c->logged(
        0,
        "0a:00:00:00:00:63 (no node of this cluster) claims the address of 10.0.0.100, which is held here"));
    for (int i = 0; i < 300; ++i) {
        c->run(100ms);
        c->step(0, AddressClaimed{ResourceId{0}, stranger});
    }
    EXPECT_GE(announcements(*c, 0), before + 3);
    EXPECT_LE(announcements(*c, 0), before + 5);
    std::size_t lines = 0;
    for (const auto& line : c->nodes[0].logs) lines += line.find("claims the address") != line.npos;
    EXPECT_LE(lines, 4u);
    EXPECT_EQ(c->state(0), GroupState::owned);
}

TEST_F(Guard, the_last_word_of_a_conflict_is_ours) {
    start();
    c->run(20s);
    c->step(0, AddressClaimed{ResourceId{0}, stranger});
    c->run(1s);
    const std::size_t before = announcements(*c, 0);
    c->step(0, AddressClaimed{ResourceId{0}, stranger});
    EXPECT_EQ(announcements(*c, 0), before);
    c->run(9500ms);
    EXPECT_EQ(announcements(*c, 0), before + 1);
}

TEST_F(Guard, who_remains_after_a_partition_announces_when_the_other_has_let_go) {
    start();
    c->lost = [](std::size_t, std::size_t) { return true; };
    c->run(30s);
    ASSERT_EQ(c->state(1), GroupState::owned);
    ASSERT_EQ(c->owners(), 2u);
    c->nodes[0].config.auto_failback = c->nodes[1].config.auto_failback = config::AutoFailback::off;
    const std::size_t before = announcements(*c, 1);
    c->lost = [](std::size_t, std::size_t) { return false; };
    while (c->owners() == 2 && c->now < at(60s)) c->run(1ms);
    c->run(3ms);
    EXPECT_EQ(c->state(1), GroupState::owned) << c->log_of(1);
    EXPECT_GE(announcements(*c, 1), before + 2) << "when the conflict was heard of, and when it ended";
    const std::size_t now = announcements(*c, 1);
    c->run(15s);
    EXPECT_EQ(announcements(*c, 1), now + 5);
}

TEST_F(Guard, a_takeover_is_announced_for_a_minute_since_a_switch_may_pass_nothing_on_at_first) {
    start();
    dies();
    ASSERT_NE(claimed_after(1s), -1ms);
    std::vector<Instant> heard;
    const Instant claimed = c->now;
    c->nodes[1].operations.clear();
    while (c->now < claimed + 90s) {
        const std::size_t before = announcements(*c, 1);
        c->run(100ms);
        if (announcements(*c, 1) > before) heard.push_back(c->now);
    }
    for (const Duration after : {10s, 30s, 60s})
        EXPECT_TRUE(std::any_of(heard.begin(), heard.end(), [&](Instant t) {
            return t >= claimed + after - 200ms && t <= claimed + after + 200ms;
        })) << after / 1s;
    EXPECT_EQ(heard.back() < claimed + 61s, true);
}

TEST_F(Guard, both_sides_of_a_partition_name_in_an_error_what_both_had_with_and_without_an_address) {
    start(0s, "a 10.0.0.100 web\na logger\n");
    c->lost = [](std::size_t, std::size_t) { return true; };
    c->run(5s);
    ASSERT_TRUE(c->serves(0, 2) && c->serves(1, 2));
    c->lost = [](std::size_t, std::size_t) { return false; };
    c->run(1s);
    EXPECT_TRUE(c->logged(1, "(2 groups) was held here and by a at the same time: it stays here"))
        << c->log_of(1);
    EXPECT_TRUE(c->logged(0, "(2 groups) was held here and by b at the same time: it is released here"))
        << c->log_of(0);
    EXPECT_TRUE(c->logged(0, "group 10.0.0.100 ("));
}

TEST_F(Guard, a_group_of_a_script_alone_that_both_had_is_named_in_an_error) {
    start(0s, "a web\n");
    EXPECT_FALSE(c->logged(0, "at the same time"));
    c->lost = [](std::size_t, std::size_t) { return true; };
    c->run(5s);
    c->lost = [](std::size_t, std::size_t) { return false; };
    c->run(1s);
    EXPECT_TRUE(c->logged(0, "group web (1 groups) was held here and by b")) << c->log_of(0);
    EXPECT_TRUE(c->logged(1, "group web (1 groups) was held here and by a")) << c->log_of(1);
}

TEST_F(Guard, the_status_tells_the_guard_and_the_lifetime_of_what_is_held) {
    start(2s);
    const auto newest = [&](std::size_t node) {
        for (auto line = c->bodies[node].rbegin(); line != c->bodies[node].rend(); ++line)
            if (line->find("hb4t=") != line->npos) return *line;
        return std::string{};
    };
    EXPECT_NE(newest(0).find("hb4=1.1/f/"), std::string::npos) << newest(0);
    EXPECT_NE(newest(0).find("hb4t=64:258:7d0"), std::string::npos) << newest(0);
    EXPECT_NE(newest(1).find("hb4t=64:258:0"), std::string::npos) << newest(1);
    start();
    EXPECT_NE(newest(0).find("hb4=1.1/7/"), std::string::npos) << newest(0);
    EXPECT_NE(newest(0).find("hb4t=64:258:ffffffff"), std::string::npos) << newest(0);
}

TEST(Announcements, that_were_still_due_when_the_engine_was_replaced_are_made_by_the_next_one) {
    Cluster c(times, "a 10.0.0.100 web\n");
    const Inherited owned{.state = GroupState::owned, .holder = NodeId{0}, .epoch = 3};
    c.start(0, {owned}, true);
    c.run(1100ms);
    EXPECT_EQ(announcements(c, 0), 4u) << "at once, after 100 ms, 300 ms and a second";
    Cluster other(times, "a web\n");
    other.start(0, {owned}, true);
    other.run(1s);
    EXPECT_EQ(announcements(other, 0), 0u) << "there is no address";
}

}  // namespace
}  // namespace hb::core
