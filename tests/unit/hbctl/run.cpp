#include "hbctl/run.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "daemon.hpp"
#include "records.hpp"

namespace hb::hbctl {
namespace {

using namespace test;

using List = std::vector<std::string_view>;

Outcome run_with(const std::string& answer, std::string_view program, const List& words,
                 std::string* asked = nullptr) {
    Daemon daemon;
    daemon.answer(answer);
    const Outcome outcome = run(program, words, daemon.surroundings());
    if (asked) *asked = daemon.asked();
    return outcome;
}
Outcome cl_status_of(const std::string& records_now, const List& words) {
    return run_with(records_now, "cl_status", words);
}

Surroundings nobody() {
    return {.socket = "/nonexistent/control", .directory = "/nonexistent", .node = "a", .patience = 10s};
}

TEST(Hbctl, says_that_heartbeat_is_not_running) {
    const Outcome outcome = run("hbctl", List{"status"}, nobody());
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.err, "heartbeat is not running on a\n");
    EXPECT_EQ(outcome.out, "");
}

TEST(Hbctl, every_command_and_every_name_of_3_0_6_has_a_help) {
    for (const std::string_view verb :
         {"status", "watch", "check", "standby", "takeover", "unblock", "fenced"})
        for (const std::string_view word : {"--help", "-h"}) {
            const Outcome outcome = run("hbctl", List{verb, word}, nobody());
            EXPECT_EQ(outcome.code, 0) << verb;
            EXPECT_TRUE(outcome.out.starts_with("  hbctl " + std::string{verb})) << outcome.out;
            EXPECT_EQ(outcome.err, "");
        }
    for (const std::string_view program :
         {"cl_status", "hb_standby", "hb_takeover", "req_resource", "mach_down"}) {
        const Outcome outcome = run(program, List{"--help"}, nobody());
        EXPECT_EQ(outcome.code, 0) << program;
        EXPECT_TRUE(outcome.out.starts_with("usage: " + std::string{program})) << outcome.out;
    }
    EXPECT_EQ(run("hbctl", List{"nonsense", "--help"}, nobody()).code, 2);
}

TEST(Hbctl, says_so_too_when_only_the_socket_of_a_dead_daemon_is_left) {
    Surroundings left_over;
    {
        Daemon daemon;
        left_over = daemon.surroundings();
    }
    EXPECT_EQ(run("hbctl", List{"status"}, left_over).code, 1);
}

TEST(Hbctl, does_not_wait_for_a_daemon_that_never_answers) {
    Daemon daemon;
    Surroundings surroundings = daemon.surroundings();
    surroundings.patience = 20ms;
    const Outcome outcome = run("hbctl", List{"status"}, surroundings);
    EXPECT_EQ(outcome.code, 12);
    EXPECT_EQ(outcome.err, "hbctl: heartbeat on a gave no answer within 20 ms\n");
}

TEST(Hbctl, does_not_show_half_a_status) {
    EXPECT_EQ(run_with(records.substr(0, 200), "hbctl", {"status"}).code, 1);
    EXPECT_EQ(run_with("", "hbctl", {"status"}).code, 1);
}

TEST(Hbctl, shows_the_status_as_a_table_or_as_json) {
    EXPECT_NE(run_with(records, "hbctl", {"status"}).out.find("RESOURCE GROUPS"), std::string::npos);
    EXPECT_EQ(run_with(records, "hbctl", {"status", "--json"}).out[0], '{');
}

TEST(Hbctl, takes_an_answer_of_half_a_megabyte) {
    std::string groups;
    for (int i = 0; i < 2048; ++i)
        groups += "group\tk" + std::to_string(i) + "\ta\towned\ta\t1\t5\tclaimed\ta " +
                  std::string(200, 'x') + "\n";
    EXPECT_EQ(run_with(replaced(records, "counter", groups + "counter"), "hbctl", {"status", "--all"}).code,
              0);
}

TEST(Hbctl, asks_for_what_it_is_told_and_for_all_by_default) {
    std::string asked;
    EXPECT_EQ(run_with("ok\tgoing standby\n", "hbctl", {"standby", "local"}, &asked).out, "going standby\n");
    EXPECT_EQ(asked, "standby local");
    run_with("ok\t\n", "hbctl", {"takeover"}, &asked);
    EXPECT_EQ(asked, "takeover all");
    run_with("ok\t\n", "hbctl", {"unblock"}, &asked);
    EXPECT_EQ(asked, "unblock all");
}

TEST(Hbctl, says_that_a_node_is_off_only_with_an_assurance) {
    std::string asked;
    for (const List& words :
         {List{"fenced", "b", "--yes-it-is-off"}, List{"fenced", "--yes-it-is-off", "b"}}) {
        EXPECT_EQ(run_with("ok\tdone\n", "hbctl", words, &asked).out, "done\n");
        EXPECT_EQ(asked, "fenced b root");
    }
    const Outcome warned = run("hbctl", List{"fenced", "b"}, nobody());
    EXPECT_EQ(warned.code, 2);
    EXPECT_NE(warned.err.find("hbctl fenced b --yes-it-is-off\n"), std::string::npos) << warned.err;
    for (const List& words : {List{"fenced"}, List{"fenced", "--yes-it-is-off"}, List{"fenced", "b", "c"},
                              List{"fenced", "b", "--force"}})
        EXPECT_EQ(run("hbctl", words, nobody()).code, 2);
}

TEST(Hbctl, passes_a_refusal_on_with_its_reason) {
    const Outcome outcome = run_with("refused\tno other node is active\n", "hbctl", {"standby"});
    EXPECT_EQ(outcome.code, 3);
    EXPECT_EQ(outcome.err, "hbctl: refused: no other node is active\n");
}

TEST(Hbctl, says_why_a_status_is_refused) {
    const Outcome outcome = run_with("refused\tthe status is too long\n", "hbctl", {"status"});
    EXPECT_EQ(outcome.code, 3);
    EXPECT_EQ(outcome.err, "hbctl: refused: the status is too long\n");
}

TEST(Hbctl, refuses_words_it_does_not_know_without_asking_anybody) {
    for (const List& words :
         {List{}, List{"frobnicate"}, List{"standby", "everything"}, List{"standby", "all", "now"},
          List{"status", "--xml"}, List{"check", "a", "b"}})
        EXPECT_EQ(run("hbctl", words, nobody()).code, 2);
    EXPECT_EQ(run("hbctl", List{"help"}, nobody()).code, 0);
}

TEST(Hbctl, check_of_a_missing_directory_names_all_three_files_and_exits_6) {
    const Outcome outcome = run("hbctl", List{"check"}, nobody());
    EXPECT_EQ(outcome.code, 6);
    for (const char* text :
         {"config file", "keyfile", "resources file", "3 errors, 0 warnings", "would not start"})
        EXPECT_NE(outcome.err.find(text), std::string::npos) << text;
}

TEST(HbStandby, acts_as_that_of_3_0_6) {
    std::string asked;
    const Outcome outcome = run_with("ok\tx\n", "hb_standby", {}, &asked);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.out, "Going standby [all].\n");
    EXPECT_EQ(asked, "standby all");
    run_with("ok\tx\n", "hb_standby", {"failback"}, &asked);
    EXPECT_EQ(asked, "standby foreign");
    EXPECT_EQ(run("hb_standby", List{"wrong"}, nobody()).code, 1);
    EXPECT_EQ(run("hb_standby", List{}, nobody()).code, 1);
}

TEST(HbTakeover, acts_as_that_of_3_0_6) {
    std::string asked;
    EXPECT_EQ(run_with("ok\tx\n", "hb_takeover", {"failback"}, &asked).code, 0);
    EXPECT_EQ(asked, "takeover local");
    EXPECT_EQ(run("hb_takeover", List{"wrong"}, nobody()).code, 1);
}

TEST(ClStatus, hbstatus_tells_running_from_stopped) {
    EXPECT_EQ(cl_status_of(records, {"hbstatus"}).out, "Heartbeat is running on this machine.\n");
    const Outcome stopped = run("cl_status", List{"hbstatus"}, nobody());
    EXPECT_EQ(stopped.out, "Heartbeat is stopped on this machine.\n");
    EXPECT_EQ(stopped.code, 1);
}

TEST(ClStatus, of_anything_else_cannot_sign_on_while_heartbeat_is_down) {
    for (const char* word : {"listnodes", "rscstatus", "nodestatus"}) {
        const Outcome outcome = run("cl_status", List{word, "a"}, nobody());
        EXPECT_EQ(outcome.code, 1);
        EXPECT_EQ(outcome.err, "ERROR: Cannot signon with heartbeat\n");
    }
}

TEST(ClStatus, listnodes_names_the_last_configured_first) {
    EXPECT_EQ(cl_status_of(records, {"listnodes"}).out, "b\na\n");
    EXPECT_EQ(cl_status_of(records, {"listnodes", "-n"}).out, "b\na\n");
    EXPECT_EQ(cl_status_of(records, {"listnodes", "-p"}).out, "");
    EXPECT_EQ(cl_status_of(records, {"listnodes", "-v"}).out,
              "\nb\tactive\t(nodetype: normal)\n\teth0\tup\n\teth1\tup\n\na\tactive\t(nodetype: "
              "normal)\n\teth0\tup\n");
}

TEST(ClStatus, nodestatus_exits_0_only_for_a_living_node) {
    EXPECT_EQ(cl_status_of(records, {"nodestatus", "b"}).out, "active\n");
    EXPECT_EQ(cl_status_of(records, {"nodestatus", "B"}).code, 0);
    const Outcome dead = cl_status_of(replaced(records, "peer\tactive", "peer\tdead"), {"nodestatus", "b"});
    EXPECT_EQ(dead.out, "dead\n");
    EXPECT_EQ(dead.code, 1);
    EXPECT_EQ(cl_status_of(records, {"nodestatus", "zz"}).code, 11);
    EXPECT_EQ(cl_status_of(records, {"nodestatus", "zz"}).err, "Error. May be due to incorrect node name\n");
    EXPECT_EQ(cl_status_of(records, {"nodestatus"}).code, 11);
}

TEST(ClStatus, knows_the_links_of_a_node) {
    EXPECT_EQ(cl_status_of(records, {"listhblinks", "b"}).out, "\teth0\n\teth1\n");
    EXPECT_EQ(cl_status_of(records, {"hblinkstatus", "b", "eth0"}).out, "up\n");
    const Outcome lost =
        cl_status_of(replaced(records, "eth1\tup", "eth1\tlost"), {"hblinkstatus", "b", "eth1"});
    EXPECT_EQ(lost.out, "dead\n");
    EXPECT_EQ(lost.code, 1);
    EXPECT_EQ(cl_status_of(records, {"hblinkstatus", "b", "eth7"}).code, 11);
}

TEST(ClStatus, rscstatus_names_the_sets_this_node_holds) {
    EXPECT_EQ(cl_status_of(records, {"rscstatus"}).out, "local\n");
    EXPECT_EQ(cl_status_of(records, {"rscstatus", "-m"}).out, "This node is holding local resources.\n");
    EXPECT_EQ(cl_status_of(replaced(records, "b\tforeign\tb", "b\towned\ta"), {"rscstatus"}).out, "all\n");
    EXPECT_EQ(cl_status_of(replaced(records, "a\towned\ta", "a\tforeign\tb"), {"rscstatus"}).out, "none\n");
    EXPECT_EQ(cl_status_of(replaced(records, "a\towned\ta", "a\tacquiring\ta"), {"rscstatus"}).out,
              "transition\n");
}

TEST(ClStatus, hbparameter_asks_the_daemon_for_the_value_of_a_directive) {
    std::string asked;
    const Outcome outcome = run_with("ok\t200ms\n", "cl_status", {"hbparameter", "-p", "keepalive"}, &asked);
    EXPECT_EQ(asked, "parameter keepalive");
    EXPECT_EQ(outcome.out, "200ms\n");
    EXPECT_EQ(outcome.code, 0);
    const Outcome unknown =
        run_with("refused\tthere is no such parameter\n", "cl_status", {"hbparameter", "-p", "weather"});
    EXPECT_EQ(unknown.code, 1);
    EXPECT_EQ(unknown.err, "cl_status: weather: there is no such parameter\n");
    EXPECT_EQ(run("cl_status", List{"hbparameter", "-p", "keepalive"}, nobody()).code, 1);
    EXPECT_EQ(run("cl_status", List{"hbparameter", "keepalive"}, nobody()).code, 11);
    EXPECT_EQ(run("cl_status", List{"hbparameter"}, nobody()).code, 11);
}

TEST(ClStatus, clientstatus_is_offline_where_no_client_can_sign_on) {
    for (const char* node : {"a", "b"}) {
        const Outcome outcome = cl_status_of(records, {"clientstatus", node, "ipfail", "1000"});
        EXPECT_EQ(outcome.out, "offline\n") << node;
        EXPECT_EQ(outcome.code, 1) << node;
    }
    EXPECT_EQ(cl_status_of(records, {"clientstatus", "zz", "ipfail"}).code, 11);
    EXPECT_EQ(cl_status_of(records, {"clientstatus", "a"}).code, 11);
}

TEST(ClStatus, clientstatus_does_not_guess_the_clients_of_a_linux_ha_peer) {
    const std::string mixed = replaced(records, "ours\tsession", "linux-ha\t-");
    EXPECT_EQ(cl_status_of(mixed, {"clientstatus", "b", "ipfail"}).code, 13);
    EXPECT_EQ(cl_status_of(mixed, {"clientstatus", "a", "ipfail"}).code, 1);
}

/// Asks for the status first, then for the move.
TEST(ReqResource, is_content_with_a_group_that_runs_here) {
    const Outcome outcome = run_with(records, "req_resource", {"10.0.0.1"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.err, "");
}

TEST(ReqResource, asks_for_the_set_of_a_group_that_runs_elsewhere) {
    Daemon daemon;
    daemon.answer({records, "ok\taccepted\n"});
    const Outcome outcome = run("req_resource", List{"10.0.0.2"}, daemon.surroundings());
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(daemon.asked(), "statustakeover foreign");
}

TEST(ReqResource, names_a_key_that_does_not_exist_and_passes_a_refusal_on) {
    EXPECT_NE(run_with(records, "req_resource", {"10.0.0.9"}).err.find("10.0.0.9"), std::string::npos);
    EXPECT_EQ(run_with(records, "req_resource", {"10.0.0.9"}).code, 1);
    EXPECT_EQ(run("req_resource", List{}, nobody()).code, 1);
    EXPECT_EQ(run("req_resource", List{"10.0.0.1"}, nobody()).code, 1);
    Daemon daemon;
    daemon.answer({records, "refused\tno living peer is fit for it\n"});
    const Outcome outcome = run("req_resource", List{"10.0.0.2"}, daemon.surroundings());
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.err, "req_resource: no living peer is fit for it\n");
}

TEST(MachDown, does_nothing_and_says_who_does) {
    const Outcome outcome = run("mach_down", List{"b"}, nobody());
    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.out.find("what b held"), std::string::npos);
}

TEST(ClStatus, says_what_is_nothing) {
    EXPECT_EQ(run("cl_status", List{"weather"}, nobody()).code, 11);
    EXPECT_EQ(run("cl_status", List{}, nobody()).code, 11);
}

}  // namespace
}  // namespace hb::hbctl
