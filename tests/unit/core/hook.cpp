// Which messages run a script of rc.d, what it is told, and what scripts may say to the cluster.
#include <algorithm>

#include "cluster.hpp"

namespace hb::core {
namespace {

std::size_t count(const std::vector<std::string>& hooks, std::string_view line) {
    return static_cast<std::size_t>(std::count_if(hooks.begin(), hooks.end(), [&](const std::string& hook) {
        return ("\n" + hook).find("\n" + std::string(line) + "\n") != std::string::npos;
    }));
}

struct HookTest : ::testing::Test {
    HookTest() {
        cluster.start(0);
        cluster.start(1);
        cluster.run(2s);
    }
    void forget() {
        for (auto& node : cluster.nodes) node.hooks.clear();
    }
    std::vector<std::string>& hooks(std::size_t i) { return cluster.nodes[i].hooks; }
    Cluster cluster;
};

TEST_F(HookTest, runs_for_each_change_of_a_peers_status_and_not_for_each_status) {
    EXPECT_EQ(count(hooks(0), "st=up"), 1u);
    EXPECT_EQ(count(hooks(0), "st=active"), 1u);
    EXPECT_EQ(count(hooks(0), "src=b"), hooks(0).size());
    forget();
    cluster.run(5s);
    EXPECT_TRUE(hooks(0).empty());
}

TEST_F(HookTest, tells_the_fields_of_the_message_and_our_own_state_but_not_the_extension) {
    const std::string& hook = hooks(0).back();
    for (const char* line : {"t=status", "st=active", "dt=320", "protocol=1", "src=b"})
        EXPECT_EQ(count({hook}, line), 1u) << line << " in\n" << hook;
    EXPECT_NE(hook.find("\nOSTATUS="), std::string::npos);
    EXPECT_EQ(hook.find("hb4"), std::string::npos);
    EXPECT_EQ(hook.find("uuid"), std::string::npos);
}

TEST_F(HookTest, runs_once_for_a_death_and_once_for_each_step_of_the_return) {
    forget();
    cluster.crash(1);
    cluster.run(3s);
    ASSERT_EQ(hooks(0).size(), 1u);
    for (const char* line : {"t=status", "st=dead", "src=b", "OSTATUS=active"})
        EXPECT_EQ(count(hooks(0), line), 1u) << line;
    forget();
    cluster.start(1);
    cluster.run(2s);
    EXPECT_EQ(count(hooks(0), "st=active"), 1u);
    EXPECT_EQ(count(hooks(0), "st=dead"), 0u);
}

TEST_F(HookTest, message_of_a_script_reaches_every_node_once_and_runs_its_script_here_too) {
    forget();
    cluster.step(0, UserMessage{"t=hello\nword=a=b\n"});
    cluster.run(1s);
    for (const std::size_t i : {0u, 1u}) {
        ASSERT_EQ(hooks(i).size(), 1u) << i;
        for (const char* line : {"t=hello", "word=a=b", "src=a"})
            EXPECT_EQ(count(hooks(i), line), 1u) << i << line;
    }
}

TEST_F(HookTest, message_for_one_node_runs_its_script_there_only) {
    forget();
    cluster.step(0, UserMessage{"t=hello\ndest=b\n"});
    cluster.step(1, UserMessage{"t=own\ndest=b\n"});
    cluster.run(1s);
    EXPECT_TRUE(hooks(0).empty());
    EXPECT_EQ(count(hooks(1), "t=hello"), 1u);
    EXPECT_EQ(count(hooks(1), "t=own"), 1u);
}

TEST_F(HookTest, message_that_is_the_daemons_own_too_long_or_for_nobody_is_refused) {
    forget();
    cluster.sent.clear();
    const std::string field = "f=" + std::string(200, 'x') + "\n",
                      large = "t=hello\n" + field + field + field + field + field;
    for (const std::string& text : {std::string("t=status\nst=dead\n"), std::string("t=NS_ackmsg\n"),
                                    std::string("a=b\n"), std::string("t=hello\ndest=nobody\n"), large})
        cluster.step(0, UserMessage{text});
    EXPECT_TRUE(cluster.sent.empty());
    EXPECT_TRUE(hooks(0).empty());
    EXPECT_TRUE(cluster.logged(0, "is not sent: it is too long"));
    EXPECT_TRUE(cluster.logged(0, "is not sent: its dest is no node"));
}

TEST_F(HookTest, longest_message_fits_into_one_datagram) {
    cluster.nodes[0].core->set_load(std::string(63, '1'));
    std::string text = "t=" + std::string(31, 't') + "\n";
    for (int i = 0; i < 3; ++i) text += "abc=" + std::string(262, 'x') + "\n";
    forget();
    cluster.step(0, UserMessage{text});
    cluster.run(1s);
    EXPECT_EQ(hooks(1).size(), 1u) << cluster.log_of(0);
    std::string many = "t=h\n";
    for (int i = 0; i < 39; ++i) many += "a=b\n";
    cluster.step(0, UserMessage{many});
    cluster.run(1s);
    EXPECT_EQ(hooks(1).size(), 2u) << cluster.log_of(0);
    cluster.step(0, UserMessage{many + "a=b\n"});
    EXPECT_TRUE(cluster.logged(0, "is not sent: it is too long"));
}

TEST_F(HookTest, flood_of_a_peers_messages_is_thinned_out) {
    forget();
    for (int i = 0; i < 500; ++i) cluster.step(0, UserMessage{"t=hello\n"});
    cluster.run(1s);
    EXPECT_GE(hooks(1).size(), 32u);
    EXPECT_LE(hooks(1).size(), 140u);
    EXPECT_EQ(cluster.owners(), 1u);
}

}  // namespace
}  // namespace hb::core
