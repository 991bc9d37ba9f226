// What a core must say to a Linux-HA 3.0.6 peer, and what it must bear of one.
#include "linux_ha.hpp"

#include <cstdio>

namespace hb::core {
namespace {

TEST_F(LinuxHa, is_asked_for_its_nodes_and_gets_ours_with_exactly_the_configured_names) {
    status("up");
    EXPECT_TRUE(has(said(), "reqnodes b"));
    say("reqnodes", {{"dest", "a"}});
    ASSERT_EQ(get(sent_.back(), "t"), "repnodes");
    EXPECT_EQ(get(sent_.back(), "nodelist"), "a b ");
    EXPECT_EQ(get(sent_.back(), "delnodelist"), " ");
    EXPECT_EQ(get(sent_.back(), "dest"), "b");
}

TEST_F(LinuxHa, cold_start_of_both_each_takes_its_own_groups_without_waiting_ten_seconds) {
    join("none", "0");
    pass(100ms);
    const auto lines = said();
    EXPECT_TRUE(has(lines, "starting")) << all(lines);
    EXPECT_TRUE(has(lines, "resource local 1")) << all(lines);
    EXPECT_EQ(state(0), GroupState::owned);
    EXPECT_EQ(state(1), GroupState::foreign);
    EXPECT_TRUE(has(logs_, "Local Resource acquisition completed.")) << all(logs_);
}

TEST_F(LinuxHa, that_holds_everything_keeps_it_until_it_gives_it_by_the_handshake) {
    join("all", "1");
    pass(100ms);
    EXPECT_EQ(state(0), GroupState::foreign);
    EXPECT_TRUE(has(said(), "resource none 1"));
    ask("foreign", "me");
    EXPECT_TRUE(has(said(), "ask_resources foreign other"));
    resource("local", "0");
    EXPECT_EQ(state(0), GroupState::foreign);
    ask("foreign", "done");
    pass(10ms);
    const auto lines = said();
    EXPECT_EQ(state(0), GroupState::owned);
    EXPECT_TRUE(has(lines, "ask_resources foreign done")) << all(lines);
    EXPECT_TRUE(has(lines, "resource local 1")) << all(lines);
}

TEST_F(LinuxHa, that_dies_is_taken_over_and_gets_its_groups_back_on_return) {
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    said();
    beating_ = false;
    pass(2100ms);
    EXPECT_EQ(state(1), GroupState::owned);
    const auto after_death = said();
    EXPECT_TRUE(has(after_death, "stonith b n_stnth")) << all(after_death);
    EXPECT_TRUE(has(after_death, "resource foreign mach_down")) << all(after_death);
    generation_ = 10;
    seq_ = 0;
    join("none", "0");
    EXPECT_TRUE(has(said(), "resource all 1"));
    resource("none", "1");
    const auto asked = said();
    ASSERT_TRUE(has(asked, "ask_resources foreign me")) << all(asked) << all(logs_);
    ask("foreign", "other");
    pass(20ms);
    const auto given = said();
    EXPECT_TRUE(has(given, "resource local 0 standby")) << all(given);
    EXPECT_TRUE(has(given, "ask_resources foreign done")) << all(given);
    EXPECT_EQ(state(1), GroupState::foreign);
    EXPECT_EQ(state(0), GroupState::owned);
    resource("local", "1");
    ask("foreign", "done");
    EXPECT_TRUE(has(said(), "resource local 1"));
}

TEST_F(LinuxHa, that_falls_silent_sees_a_new_generation_of_ours_and_on_its_return_we_come_with_empty_hands) {
    core_->set_reserved(6);
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    beating_ = false;
    pass(2100ms);
    EXPECT_EQ(core_->generation(), 6u);
    EXPECT_EQ(state(1), GroupState::owned);
    const Fields first =
        *std::find_if(sent_.begin(), sent_.end(), [](const Fields& f) { return get(f, "hg") == "6"; });
    EXPECT_EQ(get(first, "t"), "status");
    EXPECT_EQ(get(first, "seq"), "1");
    said();
    beating_ = true;
    status();  // the same generation: it only was cut off, and holds everything by now
    pass(10ms);
    EXPECT_TRUE(has(said(), "reqnodes b"));
    EXPECT_EQ(state(0), GroupState::foreign);
    EXPECT_EQ(state(1), GroupState::foreign);
    say("repnodes", {{"dest", "a"}, {"nodelist", "a b "}, {"delnodelist", " "}});
    const auto lines = said();
    EXPECT_TRUE(has(lines, "starting")) << all(lines);
    resource("all", "1");
    pass(50ms);
    const auto answer = said();
    EXPECT_TRUE(has(answer, "resource none 1")) << all(answer) << all(logs_);
    EXPECT_EQ(state(0), GroupState::foreign);
}

TEST_F(LinuxHa, that_does_not_answer_starting_is_told_again_each_second) {
    status("up");
    say("repnodes", {{"dest", "a"}, {"nodelist", "a b "}, {"delnodelist", " "}});
    beating_ = true;
    said();
    pass(2500ms);
    const auto lines = said();
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "starting"), 2) << all(lines);
}

TEST_F(LinuxHa, whose_old_resource_message_comes_late_is_not_believed) {
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    const Sequence old = seq_ + 1;
    seq_ += 1;  // a number that is lost for now
    resource("local", "1");
    say("resource", {{"rsc_hold", "none"}, {"rtype", "full"}, {"isstable", "0"}, {"info", "standby"}}, old);
    step(OperatorAsked{.client = 0, .verb = OperatorAsked::Verb::standby, .set = OperatorAsked::Set::all});
    EXPECT_TRUE(has(said(), "ask_resources all me")) << all(logs_);
}

TEST_F(LinuxHa, without_protocol_is_not_asked_for_its_nodes) {
    say("status", {{"st", "up"}, {"dt", "7d0"}});
    pass(20ms);
    EXPECT_EQ(core_->node(NodeId{0}).state, MemberState::active);
    EXPECT_FALSE(has(said(), "reqnodes b"));
}

TEST_F(LinuxHa, that_never_answers_reqnodes_is_waited_for_no_longer_than_initdead) {
    status("up");
    beating_ = true;
    pass(3900ms);
    EXPECT_EQ(core_->node(NodeId{0}).state, MemberState::up);
    pass(300ms);
    EXPECT_EQ(core_->node(NodeId{0}).state, MemberState::active);
}

TEST_F(LinuxHa, hears_local_from_a_node_that_has_no_group_of_its_own) {
    make("b 10.0.0.101\n");
    pass(4100ms);  // alone
    EXPECT_EQ(state(0), GroupState::owned);
    said();
    join("none", "0");
    EXPECT_TRUE(has(said(), "resource all 1"));
}

TEST_F(LinuxHa, that_says_shutdone_is_taken_over_then_and_not_before) {
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    say("resource", {{"rsc_hold", "none"}, {"rtype", "full"}, {"isstable", "0"}, {"info", "shutdown"}});
    pass(300ms);
    EXPECT_EQ(state(1), GroupState::foreign);
    say("shutdone", {{"st", "dead"}});
    pass(10ms);
    EXPECT_EQ(state(1), GroupState::owned) << all(logs_);
    EXPECT_TRUE(has(logs_, "Received shutdown notice from 'b'."));
}

TEST_F(LinuxHa, is_told_of_our_stop_by_shutdown_and_shutdone_and_hears_us_two_seconds_more) {
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    said();
    step(StopAsked{});
    pass(10ms);
    const auto lines = said();
    ASSERT_GE(lines.size(), 2u);
    EXPECT_EQ(lines[0], "resource none 0 shutdown");
    EXPECT_TRUE(has(lines, "shutdone dead")) << all(lines);
    EXPECT_EQ(state(0), GroupState::foreign);
    pass(1500ms);
    EXPECT_FALSE(left_);
    pass(700ms);
    EXPECT_TRUE(left_);
}

TEST_F(LinuxHa, whose_number_is_missing_is_asked_in_decimal_after_50_ms_and_again) {
    join("none", "0");
    pass(20ms);
    said();
    seq_ = 26;
    status();
    pass(40ms);
    EXPECT_TRUE(said().empty());
    pass(260ms);
    const auto asked = said();
    EXPECT_TRUE(has(asked, "NS_rexmit b 26 26")) << all(asked);
    const auto count = asked.size();
    pass(300ms);
    EXPECT_GE(said().size(), count / 2);
    say("NS_nak_rexmit", {{"firstseq", "1a"}, {"dest", "a"}, {"info", "seqno too low"}});
    EXPECT_TRUE(has(logs_, "Irretrievably lost packet: node b seq 26"));
    pass(20ms);
    said();
    pass(300ms);
    EXPECT_FALSE(has(said(), "NS_rexmit b 26 26"));
}

TEST_F(LinuxHa, that_asks_for_a_number_gets_the_same_octets_again_and_a_nak_for_what_is_gone) {
    join("none", "0");
    pass(100ms);
    Fields original;
    for (const auto& f : sent_)
        if (get(f, "t") == "starting") original = f;
    ASSERT_FALSE(original.empty());
    const auto number = std::stoul(get(original, "seq"), nullptr, 16);
    sent_.clear();
    say("NS_rexmit",
        {{"dest", "a"}, {"firstseq", std::to_string(number)}, {"lastseq", std::to_string(number)}});
    ASSERT_EQ(sent_.size(), 1u);
    EXPECT_EQ(sent_[0], original);
    say("NS_ackmsg", {{"dest", "a"}, {"ackseq", "5"}});
    pass(3s);
    say("NS_rexmit", {{"dest", "a"}, {"firstseq", "99999"}, {"lastseq", "99999"}});
    EXPECT_TRUE(std::any_of(logs_.begin(), logs_.end(),
                            [](const auto& l) { return l.find("Rexmit of seq 99999 requested.") == 0; }));
}

TEST_F(LinuxHa, gets_an_acknowledgement_for_each_tenth_number) {
    join("none", "0");
    pass(10s);
    std::size_t acknowledgements = 0;
    for (const auto& f : sent_) acknowledgements += get(f, "t") == "NS_ackmsg";
    EXPECT_GE(acknowledgements, 4u);
    EXPECT_LE(acknowledgements, 8u);
}

TEST_F(LinuxHa, a_lower_generation_is_a_replay_and_changes_nothing) {
    join("none", "0");
    pass(100ms);
    say("status", {{"st", "active"}, {"dt", "fa00"}, {"protocol", "1"}}, 999, 8);
    EXPECT_TRUE(std::any_of(logs_.begin(), logs_.end(), [](const auto& l) {
        return l == "should_drop_message: attempted replay attack [b]? [gen = 8, curgen = 9]";
    }));
    EXPECT_EQ(core_->node(NodeId{1}).deadtime, 2s);
}

TEST_F(LinuxHa, whose_announced_deadtime_is_longer_is_judged_by_that) {
    join("none", "0");
    say("status", {{"st", "active"}, {"dt", "1770"}, {"protocol", "1"}});
    beating_ = false;
    pass(5900ms);
    EXPECT_EQ(core_->node(NodeId{1}).state, MemberState::active);
    pass(200ms);
    EXPECT_EQ(core_->node(NodeId{1}).state, MemberState::dead);
}

TEST_F(LinuxHa, is_told_the_digests_of_the_tables_in_16_and_8_digits) {
    join("none", "0");
    pass(300ms);
    std::string digests;
    for (const Fields& message : sent_)
        if (get(message, "t") == "status") digests = get(message, "hb4c");
    char expected[32];
    std::snprintf(expected, sizeof expected, "%016llx:%08x",
                  static_cast<unsigned long long>(config_.table_digest), config_.nodes_digest);
    EXPECT_EQ(digests, expected);
}

}  // namespace
}  // namespace hb::core
