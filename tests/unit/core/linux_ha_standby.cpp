// Returns, restarts and hand-overs of a Linux-HA 3.0.6 peer that do not go as they should.
#include "linux_ha.hpp"

namespace hb::core {
namespace {

TEST_F(LinuxHa, sees_an_engine_that_was_replaced_take_its_group_again_after_the_release) {
    core_ = std::make_unique<Core>(
        config_,
        Origin{.digest = auth::sha256_head,
               .generation = 6,
               .uuid = {},
               .seed = 3,
               .restarted = true,
               .groups = {{.state = GroupState::releasing, .holder = NodeId{0}, .epoch = 1},
                          {.state = GroupState::foreign, .holder = NodeId{1}, .epoch = 1}},
               .hold_until = never,
               .peer_was_dead = {}},
        now_);
    join("local", "1");
    pass(50ms);
    EXPECT_EQ(state(0), GroupState::releasing);
    step(
        OperationDone{.operation = 0, .first = ResourceId{0}, .last = ResourceId{1}, .outcome = Outcome::ok});
    pass(100ms);
    EXPECT_EQ(state(0), GroupState::owned) << all(logs_);
}

TEST_F(LinuxHa, that_ends_a_hand_over_which_a_replaced_engine_does_not_know_of_gives_its_group_all_the_same) {
    core_ = std::make_unique<Core>(
        config_,
        Origin{.digest = auth::sha256_head,
               .generation = 6,
               .uuid = {},
               .seed = 3,
               .restarted = true,
               .groups = {{.state = GroupState::owned, .holder = NodeId{0}, .epoch = 1},
                          {.state = GroupState::foreign, .holder = NodeId{1}, .epoch = 1}},
               .hold_until = never,
               .peer_was_dead = {}},
        now_);
    join("none", "0");
    pass(50ms);
    ask("local", "done");
    pass(50ms);
    EXPECT_EQ(state(1), GroupState::owned) << all(logs_);
    EXPECT_TRUE(has(said(), "ask_resources local done"));
}

TEST_F(LinuxHa, without_a_reserved_generation_none_is_taken) {
    join("none", "0");
    beating_ = false;
    pass(2300ms);
    EXPECT_EQ(core_->generation(), 5u);
}

TEST_F(LinuxHa, that_believes_us_dead_finds_us_in_a_new_generation_with_nothing) {
    core_->set_reserved(6);
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    ASSERT_EQ(state(0), GroupState::owned);
    say("stonith", {{"node", "a"}, {"result", "n_stnth"}});
    EXPECT_EQ(core_->generation(), 6u);
    pass(10ms);
    EXPECT_EQ(state(0), GroupState::foreign);
}

TEST_F(LinuxHa, is_not_told_to_take_what_could_not_be_stopped_here) {
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    stops_ = Outcome::failed;
    step(OperatorAsked{.client = 0, .verb = OperatorAsked::Verb::standby, .set = OperatorAsked::Set::all});
    ask("all", "other");
    pass(30s);
    ASSERT_EQ(state(0), GroupState::blocked);
    EXPECT_FALSE(has(said(), "ask_resources all done")) << "it would start what still runs here";
    stops_ = Outcome::ok;
    step(OperatorAsked{.client = 0, .verb = OperatorAsked::Verb::unblock, .set = OperatorAsked::Set::all});
    pass(100ms);
    EXPECT_EQ(state(0), GroupState::foreign);
    EXPECT_TRUE(has(said(), "ask_resources all done")) << all(logs_);
}

TEST_F(LinuxHa, that_served_all_the_time_while_we_began_without_hearing_it_finds_nothing_held) {
    pass(4100ms);
    ASSERT_EQ(state(0), GroupState::owned);
    said();
    status("active");
    beating_ = true;
    pass(50ms);
    EXPECT_EQ(state(0), GroupState::owned) << "one status may be a recording";
    EXPECT_TRUE(has(said(), "reqnodes b"));
    say("repnodes", {{"dest", "a"}, {"nodelist", "a b "}, {"delnodelist", " "}});
    pass(200ms);
    EXPECT_EQ(state(0), GroupState::foreign) << all(logs_);
    EXPECT_TRUE(has(said(), "reqnodes b"));
    say("repnodes", {{"dest", "a"}, {"nodelist", "a b "}, {"delnodelist", " "}});
    EXPECT_TRUE(has(said(), "starting"));
    resource("all", "1");
    ask("foreign", "me");
    EXPECT_TRUE(has(said(), "ask_resources foreign other")) << all(logs_);
}

TEST_F(LinuxHa, is_asked_to_take_over_what_has_no_carrier_here_when_it_is_heard_all_the_same) {
    join("none", "0");
    resource("local", "1");
    pass(3s);
    ASSERT_EQ(state(0), GroupState::owned);
    said();
    step(CarrierChanged{.first = ResourceId{0}, .last = ResourceId{0}, .carrier = false});
    EXPECT_FALSE(has(said(), "ask_resources local me"));  // it may have been the only cable
    pass(300ms);
    EXPECT_TRUE(has(said(), "ask_resources local me")) << all(logs_);
}

TEST_F(LinuxHa, sees_a_group_again_whose_carrier_came_back_while_it_was_being_stopped) {
    join("none", "0");
    resource("local", "1");
    pass(3s);
    ASSERT_EQ(state(0), GroupState::owned);
    slow_stops_ = true;
    beating_ = false;
    step(CarrierChanged{.first = ResourceId{0}, .last = ResourceId{2}, .carrier = false});
    pass(1700ms);
    ASSERT_EQ(state(0), GroupState::releasing) << all(logs_);
    step(CarrierChanged{.first = ResourceId{0}, .last = ResourceId{2}, .carrier = true});
    status();
    beating_ = true;
    pass(3s);  // longer than the deadtime
    slow_stops_ = false;
    for (const Operate& op : unanswered_)
        step(OperationDone{
            .operation = op.operation, .first = op.first, .last = op.last, .outcome = Outcome::ok});
    pass(500ms);
    EXPECT_EQ(state(0), GroupState::owned) << all(logs_);
}

TEST_F(LinuxHa, that_asks_twice_to_go_standby_is_answered_once_and_again_only_when_it_has_not_begun) {
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    said();
    ask("all", "me");
    EXPECT_TRUE(has(said(), "ask_resources all other"));
    pass(200ms);
    ask("all", "me");  // hb_standby and hb_takeover at once: it would obey both answers
    EXPECT_FALSE(has(said(), "ask_resources all other"));
    pass(5s);
    ask("all", "me");  // it did not take the first answer
    EXPECT_TRUE(has(said(), "ask_resources all other")) << all(logs_);
    say("resource", {{"rsc_hold", "none"}, {"rtype", "full"}, {"isstable", "0"}, {"info", "standby"}});
    pass(5s);
    ask("all", "me");
    EXPECT_FALSE(has(said(), "ask_resources all other"));
}

TEST_F(LinuxHa, that_was_dead_to_us_and_says_that_we_were_to_it_returns_once_and_finds_nothing_held) {
    core_->set_reserved(9);
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    beating_ = false;
    pass(2100ms);
    ASSERT_EQ(state(1), GroupState::owned) << all(logs_);
    ASSERT_EQ(core_->generation(), 6u);
    said();
    done_.clear();
    say("stonith", {{"node", "a"}, {"result", "n_stnth"}});
    resource("all", "1");
    pass(100ms);
    EXPECT_TRUE(has(said(), "reqnodes b")) << "it waits for the answer before it is active";
    status();
    beating_ = true;
    resource("all", "1");
    say("repnodes", {{"dest", "a"}, {"nodelist", "a b "}, {"delnodelist", " "}});
    resource("all", "1");
    ask("foreign", "me");
    pass(10ms);
    EXPECT_EQ(state(0), GroupState::foreign) << all(logs_);
    EXPECT_EQ(state(1), GroupState::foreign);
    EXPECT_FALSE(std::any_of(done_.begin(), done_.end(), [](const auto& d) {
        return d.starts_with("start");
    })) << all(logs_);
    EXPECT_EQ(std::count(logs_.begin(), logs_.end(), "Cluster node b returning after partition."), 1);
    EXPECT_TRUE(has(said(), "ask_resources foreign other")) << "its failback is answered: " << all(logs_);
}

TEST_F(LinuxHa, that_does_not_answer_a_standby_is_given_ten_seconds) {
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    step(OperatorAsked{.client = 0, .verb = OperatorAsked::Verb::standby, .set = OperatorAsked::Set::all});
    EXPECT_TRUE(has(said(), "ask_resources all me"));
    pass(10100ms);
    EXPECT_TRUE(has(logs_, "No reply to standby request.  Standby request cancelled."));
    EXPECT_EQ(state(0), GroupState::owned);
}

TEST_F(LinuxHa,
       that_says_done_before_anything_was_given_is_told_so_in_the_log_but_not_while_this_node_leaves) {
    join("none", "0");
    resource("local", "1");
    pass(100ms);
    step(OperatorAsked{.client = 0, .verb = OperatorAsked::Verb::standby, .set = OperatorAsked::Set::all});
    ask("all", "done");
    const std::string line = "Ignored standby message 'done' from b in state 1";
    EXPECT_TRUE(has(logs_, line)) << all(logs_);
    logs_.clear();
    step(StopAsked{});
    ask("all", "done");
    EXPECT_FALSE(has(logs_, line)) << all(logs_);
}

}  // namespace
}  // namespace hb::core
