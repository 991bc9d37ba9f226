// One core facing a hand-made Linux-HA 3.0.6 peer: what it must say, and what it must bear.
#include <map>

#include "cluster.hpp"

namespace hb::core {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

class LinuxHa : public ::testing::Test {
protected:
    LinuxHa() { make("a 10.0.0.100 web\nb 10.0.0.101\n"); }

    void make(const std::string& haresources, const std::string& failback = "on") {
        auto parsed = config::parse({.ha_cf = "keepalive 200ms\ndeadtime 2\ninitdead 4\nbcast eth0\nauto_failback " + failback +
                                              "\nnode a\nnode b\n",
                                     .authkeys = "auth 1\n1 crc\n", .haresources = haresources, .node_name = "a"});
        config_ = parsed.config;
        config::seal(config_);
        core_ = std::make_unique<Core>(config_, Origin{.digest = auth::sha256_head, .generation = 5, .uuid = {}, .seed = 3,
                                                       .restarted = false, .groups = {}, .peer_was_dead = {}}, now_);
        step(Tick{});
    }

    void step(const Event& event) {
        Actions actions;
        core_->step(now_, event, actions);
        for (const Action& action : actions) {
            if (const auto* frame = std::get_if<SendFrame>(&action)) {
                Fields fields;
                wire::Message m;
                EXPECT_EQ(wire::decode({.form = wire::Envelope::Form::netstring, .body = frame->body, .signature = {}}, m),
                          wire::DropReason::none);
                for (const auto& f : m.fields) fields.emplace_back(std::string(f.name), std::string(f.value));
                sent_.push_back(fields);
            } else if (const auto* op = std::get_if<Operate>(&action)) {
                operations_.push_back(*op);
            } else if (const auto* record = std::get_if<LogRecord>(&action)) {
                logs_.push_back(std::string(record->text.view()));
            } else if (std::get_if<Leave>(&action)) {
                left_ = true;
            }
        }
        // Operations are answered at once.
        while (!operations_.empty()) {
            const Operate op = operations_.front();
            operations_.erase(operations_.begin());
            done_.push_back((op.verb == Operate::Verb::start ? "start " : op.verb == Operate::Verb::stop ? "stop " : "announce ") +
                            std::to_string(op.first.value));
            if (op.verb == Operate::Verb::start || op.verb == Operate::Verb::stop)
                step(OperationDone{.operation = op.operation, .first = op.first, .last = op.last,
                                   .outcome = op.verb == Operate::Verb::stop ? stops_ : Outcome::ok});
        }
    }

    void pass(Duration d) {
        const Instant end = now_ + d;
        while (now_ < end) {
            now_ = std::min(end, std::max(core_->deadline(), now_));
            if (core_->deadline() <= now_) step(Tick{});
            if (beating_ && now_ - beat_ >= 200ms) status();
            if (now_ < end) now_ = std::min(end, std::max(now_ + 1ms, std::min(core_->deadline(), beat_ + 200ms)));
        }
    }

    /// The peer says something. seq is counted here unless given.
    void say(const std::string& type, Fields fields, Sequence seq = 0, Generation hg = 0) {
        std::array<std::byte, 1400> buffer;
        wire::Builder b(buffer);
        b.text("t", type);
        for (const auto& [name, value] : fields) b.text(name, value);
        b.text("src", "b");
        if (!type.starts_with("NS_")) b.hex("seq", seq ? seq : ++seq_);
        b.hex("hg", hg ? hg : generation_);
        b.hex("ts", 0x6b02ac80);
        b.text("ttl", "3");
        const Bytes body = b.finish();
        wire::Message m;
        ASSERT_EQ(wire::decode({.form = wire::Envelope::Form::netstring, .body = body, .signature = {}}, m),
                  wire::DropReason::none);
        step(FrameReceived{.medium = MediumId{0}, .received = now_, .message = &m});
    }
    void status(const std::string& st = "active") {
        beat_ = now_;
        say("status", {{"st", st}, {"dt", "7d0"}, {"protocol", "1"}});
    }
    void resource(const std::string& hold, const std::string& stable) {
        say("resource", {{"rsc_hold", hold}, {"rtype", "full"}, {"isstable", stable}});
    }
    void ask(const std::string& hold, const std::string& info) { say("ask_resources", {{"rsc_hold", hold}, {"info", info}}); }

    static std::string get(const Fields& fields, const std::string& name) {
        for (const auto& [n, v] : fields)
            if (n == name) return v;
        return "-";
    }
    /// "resource local 1 info" of everything said since the last call, statuses apart.
    std::vector<std::string> said() {
        std::vector<std::string> out;
        for (const auto& f : sent_) {
            const std::string t = get(f, "t");
            if (t == "status" || t == "NS_ackmsg") continue;
            std::string line = t;
            for (const char* name : {"dest", "rsc_hold", "isstable", "info", "st", "node", "result", "firstseq", "lastseq"})
                if (get(f, name) != "-") line += " " + get(f, name);
            out.push_back(line);
        }
        sent_.clear();
        return out;
    }
    bool has(const std::vector<std::string>& lines, const std::string& line) {
        return std::find(lines.begin(), lines.end(), line) != lines.end();
    }
    std::string all(const std::vector<std::string>& lines) {
        std::string text;
        for (const auto& l : lines) text += l + "\n";
        return text;
    }
    GroupState state(std::size_t g) { return core_->group(id_of<GroupId>(g)).state; }

    /// The peer joins as 3.0.6 does, holding and stable as given.
    void join(const std::string& hold, const std::string& stable) {
        status("up");
        pass(50ms);
        say("repnodes", {{"dest", "a"}, {"nodelist", "a b "}, {"delnodelist", " "}});
        beating_ = true;
        status();
        say("starting", {});
        resource(hold, stable);
    }

    config::Config config_;
    std::unique_ptr<Core> core_;
    Instant now_ = at(0s);
    Instant beat_ = at(0s);
    bool beating_ = false, left_ = false;
    Outcome stops_ = Outcome::ok;
    Generation generation_ = 9;
    Sequence seq_ = 0;
    std::vector<Fields> sent_;
    std::vector<Operate> operations_;
    std::vector<std::string> logs_, done_;
};

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
    const Fields first = *std::find_if(sent_.begin(), sent_.end(), [](const Fields& f) { return get(f, "hg") == "6"; });
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

TEST_F(LinuxHa, sees_an_engine_that_was_replaced_take_its_group_again_after_the_release) {
    core_ = std::make_unique<Core>(config_, Origin{.digest = auth::sha256_head, .generation = 6, .uuid = {}, .seed = 3, .restarted = true,
                                                   .groups = {{.state = GroupState::releasing, .holder = NodeId{0}, .epoch = 1},
                                                              {.state = GroupState::foreign, .holder = NodeId{1}, .epoch = 1}},
                                                   .hold_until = never, .peer_was_dead = {}}, now_);
    join("local", "1");
    pass(50ms);
    EXPECT_EQ(state(0), GroupState::releasing);
    step(OperationDone{.operation = 0, .first = ResourceId{0}, .last = ResourceId{1}, .outcome = Outcome::ok});
    pass(100ms);
    EXPECT_EQ(state(0), GroupState::owned) << all(logs_);
}

TEST_F(LinuxHa, that_ends_a_hand_over_which_a_replaced_engine_does_not_know_of_gives_its_group_all_the_same) {
    core_ = std::make_unique<Core>(config_, Origin{.digest = auth::sha256_head, .generation = 6, .uuid = {}, .seed = 3, .restarted = true,
                                                   .groups = {{.state = GroupState::owned, .holder = NodeId{0}, .epoch = 1},
                                                              {.state = GroupState::foreign, .holder = NodeId{1}, .epoch = 1}},
                                                   .hold_until = never, .peer_was_dead = {}}, now_);
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
    EXPECT_FALSE(std::any_of(done_.begin(), done_.end(), [](const auto& d) { return d.starts_with("start"); })) << all(logs_);
    EXPECT_EQ(std::count(logs_.begin(), logs_.end(), "Cluster node b returning after partition."), 1);
    EXPECT_TRUE(has(said(), "ask_resources foreign other")) << "its failback is answered: " << all(logs_);
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
    say("NS_rexmit", {{"dest", "a"}, {"firstseq", std::to_string(number)}, {"lastseq", std::to_string(number)}});
    ASSERT_EQ(sent_.size(), 1u);
    EXPECT_EQ(sent_[0], original);
    say("NS_ackmsg", {{"dest", "a"}, {"ackseq", "5"}});
    pass(3s);
    say("NS_rexmit", {{"dest", "a"}, {"firstseq", "99999"}, {"lastseq", "99999"}});
    EXPECT_TRUE(std::any_of(logs_.begin(), logs_.end(), [](const auto& l) { return l.find("Rexmit of seq 99999 requested.") == 0; }));
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

}  // namespace
}  // namespace hb::core
