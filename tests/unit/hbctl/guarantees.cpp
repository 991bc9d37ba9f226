#include "hbctl/guarantees.hpp"

#include <gtest/gtest.h>

namespace hb::hbctl {
namespace {

/// The walk-through's: keepalive 2 s, deadtime 30 s, one medium, one group with a script.
config::Config pair_of_web_servers() {
    config::Config config;
    config.nodes = {"a", "b"};
    config.media.resize(1);
    config.groups.resize(1);
    config.groups[0].exclusive = true;
    config.keepalive = 2s;
    config.deadtime = 30s;
    config.address_lifetime = 15s;
    return config;
}
bool says(const std::vector<std::string>& sentences, const std::string& part) {
    for (const std::string& sentence : sentences)
        if (sentence.find(part) != std::string::npos) return true;
    return false;
}

TEST(Guarantees, of_the_walk_through_are_these) {
    EXPECT_EQ(guarantees_text(pair_of_web_servers()),
              R"(Guaranteed: an address never has two owners, also when
  - a node loses its power: the other node serves after 30 s
  - the engine of heartbeat is killed: the next one goes on, and nothing moves
  - the engine hangs: what it holds is gone 22.5 s after its last proof of life,
    before the other node acts at 30 s
  - the supervisor is killed: its engine keeps the others away until the kernel
    has ended the addresses
  - heartbeat is killed whole or frozen: the kernel ends its addresses within
    15.4 s by itself, before the other node acts
  - the interface of an address loses its carrier: the other node serves after
    30 s
  - heartbeats pass in one direction only (cable, switch, firewall): the node
    that is no longer heard learns it, and gives up in time
  - somebody plays back recorded heartbeats: no group moves
  - a second host is started under the name of a node: the one that started
    earlier lets go first
After each of these somebody serves again within 32.1 s, and what the scripts
take to start.
Not guaranteed:
  - one owner while the nodes live but hear nothing of each other: both serve. A
    second bcast line, over other hardware, makes that unlikely; ping nodes with
    `quorum on` prevent it when one of them is cut off
  - that a script has ended on a node that hangs when the other node starts its
    own: `fence` or `stonith` sees to that
  - one owner in the first moments after a whole host was paused (a virtual
    machine) and goes on
  - one owner where a node boots that hears nothing, neither heartbeats nor ARP,
    of one that has not met it since its own start
  - that recordings move nothing where a node runs Linux-HA: its protocol has no
    echo to prove what is new
  - anything of this on the side of a node that runs Linux-HA (3.0.6)
)");
}

TEST(Guarantees, say_after_which_time_somebody_serves_again) {
    config::Config config = pair_of_web_servers();
    EXPECT_EQ(longest_outage(config), 32s + 100ms);  // deadtime and keepalive
    config.keepalive = 100ms;
    config.deadtime = 500ms;
    config.address_lifetime = 2s;
    EXPECT_EQ(longest_outage(config), 2s + 500ms + 100ms);  // the kernel of a frozen host goes on answering
    config.keepalive = 2s;
    config.deadtime = 3s;
    EXPECT_EQ(longest_outage(config), 5s + 100ms);
    config.keepalive = 1s;
    EXPECT_EQ(longest_outage(config), 4s + 100ms);
    config.address_lifetime = 0s;
    EXPECT_EQ(longest_outage(config), 4s + 100ms);  // who answers for ever is waited for for a second
    config.keepalive = 200ms;
    EXPECT_EQ(longest_outage(config), 4s + 100ms);
}

TEST(Guarantees, of_one_node_are_none) {
    config::Config config = pair_of_web_servers();
    config.nodes = {"a"};
    EXPECT_EQ(guarantees_text(config), "");
}

TEST(Guarantees, name_the_question_before_a_claim_where_the_lifetime_outlasts_the_deadtime) {
    config::Config config = pair_of_web_servers();
    config.address_lifetime = 2s;
    config.deadtime = 2400ms;
    EXPECT_TRUE(says(guarantees(config).kept, "within 2.4 s by itself; the other node asks"));
    config.deadtime = 2401ms;
    EXPECT_TRUE(says(guarantees(config).kept, "within 2.4 s by itself, before the other node acts"));
}

TEST(Guarantees, lack_the_killed_daemon_where_addresses_have_no_lifetime) {
    config::Config config = pair_of_web_servers();
    EXPECT_FALSE(says(guarantees(config).missing, "stay in the kernel"));
    config.address_lifetime = 0s;
    EXPECT_FALSE(says(guarantees(config).kept, "killed whole"));
    EXPECT_TRUE(says(guarantees(config).missing, "killed whole: its addresses stay in the kernel"));
}

TEST(Guarantees, cover_one_direction_from_five_keepalives_on_and_several_faults_from_six) {
    config::Config config = pair_of_web_servers();
    config.keepalive = 100ms;
    config.deadtime = 499ms;
    EXPECT_FALSE(says(guarantees(config).kept, "one direction"));
    EXPECT_TRUE(says(guarantees(config).missing, "one direction only: that needs a deadtime of 500 ms"));
    config.deadtime = 500ms;
    EXPECT_TRUE(says(guarantees(config).kept, "one direction"));
    EXPECT_FALSE(says(guarantees(config).missing, "one direction"));
    EXPECT_TRUE(says(guarantees(config).kept, "one such fault at a time; for more, a deadtime of 600 ms"));
    config.deadtime = 600ms;
    EXPECT_FALSE(says(guarantees(config).kept, "one such fault at a time"));
}

TEST(Guarantees, let_a_replaced_engine_go_on_from_300_ms_on) {
    config::Config config = pair_of_web_servers();
    config.keepalive = 20ms;
    config.deadtime = 300ms;
    EXPECT_TRUE(says(guarantees(config).kept, "nothing moves"));
    config.deadtime = 299ms;
    EXPECT_FALSE(says(guarantees(config).kept, "nothing moves"));
}

TEST(Guarantees, with_a_quorum_say_what_a_node_that_is_cut_off_does_and_what_remains) {
    config::Config config = pair_of_web_servers();
    config.witnesses.resize(1);
    EXPECT_FALSE(says(guarantees(config).kept, "quorum on"));
    config.quorum = true;
    EXPECT_TRUE(says(guarantees(config).kept, "it holds nothing (quorum on)"));
    EXPECT_TRUE(says(guarantees(config).missing, "both reach a ping node: both serve"));
    EXPECT_FALSE(says(guarantees(config).missing, "prevent it"));
}

TEST(Guarantees, with_fencing_leave_only_groups_that_may_run_twice_open) {
    config::Config config = pair_of_web_servers();
    config.self = NodeId{0};
    config.fences.resize(1);
    EXPECT_TRUE(says(guarantees(config).kept, "it is fenced before"));
    EXPECT_FALSE(says(guarantees(config).missing, "hear nothing of each other"));
    EXPECT_FALSE(says(guarantees(config).missing, "script"));
    config.groups.resize(2);
    EXPECT_TRUE(says(guarantees(config).missing, "for groups that are at_least_one: both serve"));
}

TEST(Guarantees, count_fencing_only_if_every_other_node_can_be_fenced) {
    config::Config config = pair_of_web_servers();
    config.self = NodeId{0};
    config.fences.resize(1);
    config.fences[0].victim = NodeId{0};
    EXPECT_FALSE(says(guarantees(config).kept, "fenced"));
    EXPECT_TRUE(says(guarantees(config).missing, "hear nothing of each other: both serve"));
    config.fences[0].victim = NodeId{1};
    EXPECT_TRUE(says(guarantees(config).kept, "fenced"));
    config.nodes.push_back("c");
    EXPECT_FALSE(says(guarantees(config).kept, "fenced"));
}

TEST(Guarantees, with_a_watchdog_say_that_a_hanging_script_ends_later) {
    config::Config config = pair_of_web_servers();
    config.watchdog = "/dev/watchdog";
    EXPECT_TRUE(says(guarantees(config).missing, "the watchdog ends it later"));
}

TEST(Guarantees, with_a_second_medium_hand_over_at_once_when_a_cable_is_pulled) {
    config::Config config = pair_of_web_servers();
    EXPECT_FALSE(says(guarantees(config).kept, "at once if another medium reaches it"));
    config.media.resize(2);
    EXPECT_TRUE(
        says(guarantees(config).kept, "carrier: the other node serves at once if another medium reaches it"));
}

TEST(Guarantees, speak_of_another_node_where_there_are_three) {
    config::Config config = pair_of_web_servers();
    config.nodes = {"a", "b", "c"};
    EXPECT_TRUE(says(guarantees(config).kept, "another node serves after 30 s"));
    EXPECT_FALSE(says(guarantees(config).kept, "the other node"));
}

}  // namespace
}  // namespace hb::hbctl
