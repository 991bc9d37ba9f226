// What is not signed (ARP, carriers, answers of ping nodes) can make a node wait, and never claim sooner.
#include "cluster.hpp"

namespace hb::core {
namespace {

const std::string times = "keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n";

Mac invented(std::size_t n) {
    return Mac{{2, 9, 9, 9, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)}};
}

/// a owns the address, b stands by; then a's daemon is killed whole, and its kernel goes on answering for 20 s.
class Unsigned : public testing::TestWithParam<bool> {
protected:
    Unsigned() : c(times, "a 10.0.0.100\n") {
        for (auto& node : c.nodes) {
            node.config.address_lifetime = 20s;
            config::seal(node.config);
        }
        c.heartbeat_macs = GetParam();  // or the heartbeats come from another interface than the answers
    }
    void up() {
        c.start(0);
        c.start(1);
        c.run(2s);
        ASSERT_TRUE(c.serves(0)) << c.log_of(0);
    }
    void claims(const Mac& mac) { c.step(1, AddressClaimed{ResourceId{0}, mac}); }
    /// From the death of a to the claim of b; 25 s if it has not come by then.
    Duration waits() {
        c.orphans[0].insert(0);
        c.crash(0);
        const Instant died = c.now;
        while (c.now < died + 25s) {
            c.run(5ms);
            while_waiting();
            if (c.serves(1)) return c.now - died;
        }
        return 25s;
    }
    std::function<void()> while_waiting = [] {};
    Cluster c;
};

TEST_P(Unsigned, invented_macs_take_nothing_away_from_what_is_known_of_the_owner) {
    up();
    claims(Cluster::mac_of(0));  // its own announcement
    for (std::size_t i = 0; i < 200; ++i) {
        claims(invented(i));
        if (i % 6 == 5) c.run(50ms);
    }
    EXPECT_GT(waits(), 15s) << c.log_of(1);
}

TEST_P(Unsigned, invented_macs_that_come_before_the_owner_was_ever_seen_leave_a_doubt) {
    c.start(1);
    c.run(100ms);
    c.arp_works = false;
    c.start(0);
    c.run(2s);
    ASSERT_TRUE(c.serves(0)) << c.log_of(0);
    for (std::size_t i = 0; i < 20; ++i) claims(invented(i));
    claims(Cluster::mac_of(0));
    c.arp_works = true;
    EXPECT_GT(waits(), 15s) << c.log_of(1);
}

TEST_P(Unsigned, answers_of_others_during_the_wait_do_not_shorten_it) {
    up();
    claims(Cluster::mac_of(0));
    std::size_t n = 0;
    while_waiting = [&] { claims(invented(n++)); };
    EXPECT_GT(waits(), 15s) << c.log_of(1);
}

TEST_P(Unsigned, an_answer_that_is_long_over_does_not_stand_for_a_new_question) {
    up();
    claims(Cluster::mac_of(0));
    while_waiting = [&] {
        if (c.now > at(6s) && c.now < at(14s))
            c.step(1, CarrierChanged{ResourceId{0}, ResourceId{0}, (c.now - at(0s)) / 5ms % 2 == 0});
        if (c.now >= at(14s)) c.step(1, CarrierChanged{ResourceId{0}, ResourceId{0}, true});
    };
    EXPECT_GT(waits(), 15s) << "a carrier that comes and goes\n" << c.log_of(1);
}

TEST_P(Unsigned, all_of_them_together_cannot_forbid_the_claim_for_good) {
    up();
    for (std::size_t i = 0; i < 20; ++i) claims(invented(i));
    c.others = [](std::size_t) { return std::vector{invented(1000)}; };
    const Duration waited = waits();
    EXPECT_GT(waited, 15s);
    EXPECT_LT(waited, 22s) << c.log_of(1);
}

INSTANTIATE_TEST_SUITE_P(MacsOfHeartbeats, Unsigned, testing::Values(true, false));

// Of three nodes: a MAC that answered for a living node is not believed to be that node's.
TEST(UnsignedOfThree, the_owners_mac_shown_for_the_group_of_another_node_is_still_the_owners) {
    Cluster c(times, "a 10.0.0.100\nc 10.0.0.101\n", 3);
    for (auto& node : c.nodes) {
        node.config.address_lifetime = 20s;
        config::seal(node.config);
    }
    c.heartbeat_macs = false;
    c.arp_works = false;
    for (std::size_t i = 0; i < 3; ++i) c.start(i);
    c.run(2s);
    ASSERT_TRUE(c.serves(0, 0) && c.serves(2, 1));
    c.step(1, AddressClaimed{ResourceId{1}, Cluster::mac_of(0)});  // forged
    c.step(1, AddressClaimed{ResourceId{0}, Cluster::mac_of(0)});  // a's own announcement
    c.arp_works = true;
    c.orphans[0].insert(0);
    c.crash(0);
    c.run(10s);
    EXPECT_FALSE(c.serves(1, 0)) << c.log_of(1);
    c.run(15s);
    EXPECT_TRUE(c.serves(1, 0)) << c.log_of(1);
}

// The first claim asks, too.

TEST(FirstClaim, asks_once_names_who_answers_and_claims_all_the_same_within_milliseconds) {
    Cluster c(times, "a 10.0.0.100 web\n");
    c.others = [](std::size_t) { return std::vector{invented(7)}; };
    c.start(0);
    c.start(1);
    c.run(100ms);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    ASSERT_GE(c.probes.size(), 1u);
    EXPECT_EQ(c.probes[0].node, 0u);
    EXPECT_EQ(c.probes[0].what.first, ResourceId{0});
    EXPECT_TRUE(c.logged(
        0,
        "02:09:09:09:00:07 (no node of this cluster) answers for the address of 10.0.0.100, which no node of this cluster held"))
        << c.log_of(0);
}

TEST(FirstClaim, costs_a_few_milliseconds_where_nobody_answers_and_says_nothing) {
    Cluster c(times, "a 10.0.0.100\na web\n");
    Instant address, script;
    c.start(0);
    c.start(1);
    while (!c.serves(0, 1)) c.run(100us);
    script = c.now;
    while (!c.serves(0, 0)) c.run(100us);
    address = c.now;
    EXPECT_LE(address - script, 8ms) << "a group without addresses asks nobody";
    EXPECT_FALSE(c.logged(0, "answers for"));
    EXPECT_EQ(std::count_if(c.probes.begin(), c.probes.end(), [](const auto& p) { return p.node == 0; }), 1);
}

TEST(FirstClaim, of_a_thousand_groups_asks_for_each_address_once) {
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "a 10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) + " web" +
                std::to_string(i) + "\n";
    Cluster c(times, many);
    c.start(0);
    c.start(1);
    c.run(500ms);
    std::size_t asked = 0;
    for (const auto& probe : c.probes)
        if (probe.node == 0) asked += probe.what.last.index() - probe.what.first.index() + 1u;
    EXPECT_EQ(asked, 1000u);
    EXPECT_TRUE(c.serves(0, 0) && c.serves(0, 1999)) << c.log_of(0);
}

TEST(FirstClaim, that_is_taken_back_while_it_asks_starts_nothing) {
    Cluster c(times, "a 10.0.0.100 web\n");
    c.start(0);
    c.start(1);
    while (c.state(0) != GroupState::acquiring) c.run(100us);
    c.step(0, StopAsked{});
    c.run(1s);
    for (const auto& operation : c.nodes[0].operations)
        EXPECT_FALSE(operation.starts_with("start")) << operation;
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
}

}  // namespace
}  // namespace hb::core
