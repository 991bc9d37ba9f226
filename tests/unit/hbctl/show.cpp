#include "hbctl/show.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "hb/core/cause.hpp"
#include "records.hpp"

namespace hb::hbctl {
namespace {

using namespace test;

Status status_of(const std::string& text) {
    const auto status = parse_status(text);
    EXPECT_TRUE(status) << text;
    return status.value_or(Status{});
}
std::string hints_of(const std::string& text) {
    std::string out;
    for (const std::string& hint : hints(status_of(text))) out += hint + '\n';
    return out;
}
bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Records, are_read_field_by_field) {
    const Status s = status_of(records);
    EXPECT_EQ(s.self, "a");
    EXPECT_EQ(s.generation, 1795337345u);
    EXPECT_EQ(s.hold, 22000);
    ASSERT_EQ(s.nodes.size(), 2u);
    EXPECT_TRUE(s.nodes[0].is_self);
    EXPECT_TRUE(s.nodes[1].has_session);
    EXPECT_EQ(s.nodes[1].round_trip_us, 320);
    EXPECT_EQ(s.nodes[1].links.size(), 2u);
    ASSERT_EQ(s.groups.size(), 2u);
    EXPECT_EQ(s.groups[0].epoch, 3u);
    EXPECT_EQ(s.groups[0].cause, "claimed after initdead");
    EXPECT_EQ(s.counters.at(0).value, 3600u);
}

TEST(Records, of_a_newer_daemon_may_hold_more) {
    EXPECT_TRUE(parse_status(replaced(records, "link\ta", "weather\tfine\nlink\ta")));
    EXPECT_TRUE(parse_status(replaced(records, "session\t320\n", "session\t320\tmore\n")));
}

TEST(Records, of_an_older_daemon_say_nothing_of_policies) {
    const Status s = status_of(replaced(records, "\tat-most-one", ""));
    EXPECT_EQ(s.groups.at(0).policy, "");
    EXPECT_EQ(s.groups.at(1).policy, "at-least-one");
    EXPECT_TRUE(contains(show(s, Detail::runs), "  10.0.0.1 apache2\n"));
}

TEST(Records, cut_anywhere_are_refused) {
    for (std::size_t i = 0; i < records.size(); ++i) EXPECT_FALSE(parse_status(records.substr(0, i))) << i;
}

TEST(Records, with_a_word_for_a_number_are_refused) {
    EXPECT_FALSE(parse_status(replaced(records, "\t3\t7200000", "\tthree\t7200000")));
    EXPECT_FALSE(parse_status("nonsense\nend\n"));
}

TEST(Show, fits_eighty_columns_however_long_names_and_causes_are) {
    std::string text = replaced(records, "claimed after initdead",
                                std::string(90, 'c') + " and " + std::string(70, 'd') + " because of it all");
    text = replaced(text, "a 10.0.0.1 apache2",
                    "a 10.0.0.1 apache2 one::two::three four::five::six seven eight nine ten eleven twelve "
                    "thirteen fourteen");
    std::istringstream lines(show(status_of(text), Detail::runs));
    for (std::string line; std::getline(lines, line);)
        EXPECT_TRUE(line.size() <= 80 || contains(line, "cccc")) << line;
}

TEST(Show, tells_who_owns_what_since_when_and_why) {
    const std::string text = show(status_of(records), Detail::runs);
    EXPECT_TRUE(contains(text, "heartbeat 4.0.0 on a, up 2 h 3 min\n")) << text;
    EXPECT_TRUE(contains(
        text, "  10.0.0.1 apache2 [at most one]\n    owned here for 2 h 0 min: claimed after initdead\n"))
        << text;
    EXPECT_TRUE(contains(text, "  10.0.0.2 [at least one]\n    held by b for 1 h 58 min: released\n"))
        << text;
    EXPECT_TRUE(contains(text, "heard 400 ms ago, round trip 0.3 ms\n")) << text;
    EXPECT_FALSE(contains(text, "HINTS")) << text;
}

TEST(Show, draws_many_groups_together_unless_each_is_asked_for) {
    std::string groups;
    for (int i = 0; i < 1000; ++i)
        groups += "group\t10.1.0." + std::to_string(i) + "\ta\t" + (i == 500 ? "blocked" : "owned") +
                  "\ta\t1\t5000\tclaimed\ta 10.1.0." + std::to_string(i) + "\n";
    const Status s = status_of(replaced(records, "counter", groups + "counter"));
    const std::string text = show(s, Detail::runs);
    EXPECT_TRUE(contains(text, "  500 groups, 10.1.0.0 to 10.1.0.499\n    owned here for 5.0 s: claimed\n"))
        << text;
    EXPECT_TRUE(contains(text, "BLOCKED here"));
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 30);
    const std::string all = show(s, Detail::every_group);
    EXPECT_GT(std::count(all.begin(), all.end(), '\n'), 2000);
}

TEST(Show, names_the_preferred_node_of_a_group_that_is_elsewhere) {
    const std::string text = show(status_of(replaced(records, "b\tforeign\tb", "b\towned\ta")), Detail::runs);
    EXPECT_TRUE(contains(text, "    owned here for 1 h 58 min: released (preferred: b)\n")) << text;
}

TEST(Show, tells_of_the_last_failed_monitor_of_a_group) {
    const Status s =
        *parse_status(replaced(records, "counter\t", "monitor\t10.0.0.1\tapache2\t35000\ncounter\t"));
    EXPECT_EQ(s.groups[0].failed_monitor, "apache2");
    EXPECT_EQ(s.groups[0].monitor_failed, 35000);
    EXPECT_EQ(s.groups[1].failed_monitor, "");
    const std::string shown = show(s, Detail::every_group);
    EXPECT_TRUE(contains(shown, "    the monitor of apache2 failed 35 s ago\n")) << shown;
    EXPECT_TRUE(contains(to_json(s), R"("failed_monitor": "apache2", "monitor_failed_ms": 35000)"))
        << to_json(s);
    EXPECT_TRUE(contains(to_json(s), R"("failed_monitor": null, "monitor_failed_ms": null)"));
}

TEST(Duration, is_told_in_two_units_at_most) {
    EXPECT_EQ(duration_text(0), "0 ms");
    EXPECT_EQ(duration_text(999), "999 ms");
    EXPECT_EQ(duration_text(3240), "3.2 s");
    EXPECT_EQ(duration_text(59999), "59 s");
    EXPECT_EQ(duration_text(310000), "5 min 10 s");
    EXPECT_EQ(duration_text(86399999), "23 h 59 min");
    EXPECT_EQ(duration_text(4 * 86400000ll + 6 * 3600000), "4 d 6 h");
}

TEST(Hints, name_the_command_for_what_is_blocked_here_or_elsewhere) {
    const auto with_cause = [](const char* cause) {
        return hints_of(replaced(records, "\treleased\t", std::string("\t") + cause + "\t"));
    };
    EXPECT_TRUE(
        contains(with_cause("blocked on b, where it could not be stopped"), "then on b: hbctl unblock"));
    EXPECT_TRUE(
        contains(with_cause("left blocked by b, where it may still run"), "then here: hbctl takeover"));
    const std::string again =
        replaced(replaced(records, "\tclaimed after initdead\t", "\ta stop failed again after an unblock\t"),
                 "\ta\towned\t", "\ta\tblocked\t");
    EXPECT_TRUE(contains(hints_of(again), "hbctl unblock --yes-it-is-stopped"));
}

TEST(Hints, name_what_keeps_a_group_from_being_served_here) {
    namespace cause = core::cause;
    for (const auto& [why, advice] : {std::pair{cause::no_carrier, "ip link set INTERFACE up"},
                                      {cause::no_quorum, "then: heartbeat -r"},
                                      {cause::deaf, "firewall"},
                                      {cause::supervisor_silent, "start heartbeat again"},
                                      {cause::name_twice, "a name of its own"}}) {
        const std::string text = hints_of(replaced(replaced(records, "b\tforeign\tb", "b\tforeign\t-"),
                                                   "\treleased\t", std::string("\t") + why + "\t"));
        EXPECT_TRUE(contains(text, advice)) << text;
        EXPECT_FALSE(contains(text, "held by nobody")) << text;
    }
}

TEST(Hints, are_none_when_all_is_well) { EXPECT_EQ(hints_of(records), ""); }

TEST(Hints, say_what_to_do_about_a_blocked_group) {
    const std::string text = replaced(records, "\ta\towned\t", "\ta\tblocked\t");
    EXPECT_TRUE(contains(hints_of(text), "1 group is blocked"));
    EXPECT_TRUE(contains(hints_of(text), "hbctl unblock"));
}

TEST(Hints, say_what_to_do_where_no_device_can_cut_a_node_off) {
    const std::string text = hints_of(replaced(records, "\treleased\t", "\twaiting for fencing of b\t"));
    EXPECT_TRUE(contains(text, "hbctl fenced b --yes-it-is-off")) << text;
}

TEST(Hints, name_a_peer_that_was_never_heard) {
    EXPECT_TRUE(contains(hints_of(replaced(records, "peer\tactive\t7300000\t400", "peer\tinit\t7300000\t-")),
                         "b was never heard"));
}

TEST(Hints, name_a_dead_peer) {
    EXPECT_TRUE(
        contains(hints_of(replaced(records, "peer\tactive\t7300000\t400", "peer\tdead\t60000\t90000")),
                 "b is dead: nothing heard for 1 min 30 s"));
}

TEST(Hints, name_a_lost_link_beside_a_living_one) {
    EXPECT_TRUE(
        contains(hints_of(replaced(records, "eth1\tup", "eth1\tlost")), "Nothing comes from b over eth1"));
}

TEST(Hints, name_a_peer_that_does_not_hear_us) {
    EXPECT_TRUE(contains(hints_of(replaced(records, "session", "-")), "does not hear this node"));
}

TEST(Hints, name_a_peer_of_linux_ha) {
    EXPECT_TRUE(contains(hints_of(replaced(records, "ours\tsession", "linux-ha\t-")),
                         "speaks the protocol of Linux-HA Heartbeat"));
}

TEST(Hints, name_groups_that_stayed_away_from_home) {
    EXPECT_TRUE(
        contains(hints_of(replaced(records, "b\tforeign\tb", "b\towned\ta")), "hbctl standby foreign"));
}

TEST(Hints, name_refused_signatures) {
    EXPECT_TRUE(contains(hints_of(replaced(records, "frames received", "bad signature")),
                         "3600 messages were refused for their signature"));
}

TEST(Json, is_one_object_with_its_schema_and_escapes_text) {
    const std::string json = to_json(status_of(replaced(records, "claimed after", "a \"quoted\" \\ \x01")));
    EXPECT_EQ(json.find("{\"schema\": \"heartbeat-status/1\", \"version\": \"4.0.0\", \"node\": \"a\", "), 0u)
        << json;
    EXPECT_TRUE(contains(json, R"("cause": "a \"quoted\" \\ \u0001 initdead")")) << json;
    EXPECT_TRUE(contains(json, R"("round_trip_us": 320)"));
    EXPECT_TRUE(contains(json, R"("round_trip_us": null)"));
    EXPECT_TRUE(contains(json, R"("counters": {"frames received": 3600})"));
    EXPECT_EQ(std::count(json.begin(), json.end(), '{'), std::count(json.begin(), json.end(), '}'));
}

}  // namespace
}  // namespace hb::hbctl
