// One core facing a hand-made Linux-HA 3.0.6 peer.
#pragma once
#include <map>

#include "cluster.hpp"

namespace hb::core {

using Fields = std::vector<std::pair<std::string, std::string>>;

class LinuxHa : public ::testing::Test {
protected:
    LinuxHa() { make("a 10.0.0.100 web\nb 10.0.0.101\n"); }

    void make(const std::string& haresources, const std::string& failback = "on") {
        auto parsed =
            config::parse({.ha_cf = "keepalive 200ms\ndeadtime 2\ninitdead 4\nbcast eth0\nauto_failback " +
                                    failback + "\nnode a\nnode b\n",
                           .authkeys = "auth 1\n1 crc\n",
                           .haresources = haresources,
                           .node_name = "a"});
        config_ = parsed.config;
        config::seal(config_);
        core_ = std::make_unique<Core>(config_,
                                       Origin{.digest = auth::sha256_head,
                                              .generation = 5,
                                              .uuid = {},
                                              .seed = 3,
                                              .restarted = false,
                                              .groups = {},
                                              .peer_was_dead = {}},
                                       now_);
        step(Tick{});
    }

    void step(const Event& event) {
        Actions actions;
        core_->step(now_, event, actions);
        trace::write_step(Cluster::place(0), *core_, event, actions);
        for (const Action& action : actions) {
            if (const auto* frame = std::get_if<SendFrame>(&action)) {
                Fields fields;
                wire::Message m;
                EXPECT_EQ(
                    wire::decode(
                        {.form = wire::Envelope::Form::netstring, .body = frame->body, .signature = {}}, m),
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
            if (slow_stops_ && op.verb == Operate::Verb::stop) {
                unanswered_.push_back(op);
                continue;
            }
            done_.push_back((op.verb == Operate::Verb::start  ? "start "
                             : op.verb == Operate::Verb::stop ? "stop "
                                                              : "announce ") +
                            std::to_string(op.first.value));
            if (op.verb != Operate::Verb::announce)
                step(OperationDone{.operation = op.operation,
                                   .first = op.first,
                                   .last = op.last,
                                   .outcome = op.verb == Operate::Verb::stop ? stops_ : Outcome::ok});
        }
    }

    void pass(Duration d) {
        const Instant end = now_ + d;
        while (now_ < end) {
            now_ = std::min(end, std::max(core_->deadline(), now_));
            if (core_->deadline() <= now_) step(Tick{});
            if (beating_ && now_ - beat_ >= 200ms) status();
            if (now_ < end)
                now_ = std::min(end, std::max(now_ + 1ms, std::min(core_->deadline(), beat_ + 200ms)));
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
    void ask(const std::string& hold, const std::string& info) {
        say("ask_resources", {{"rsc_hold", hold}, {"info", info}});
    }

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
            for (const char* name :
                 {"dest", "rsc_hold", "isstable", "info", "st", "node", "result", "firstseq", "lastseq"})
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
    bool slow_stops_ = false;
    std::vector<Operate> unanswered_;
    Generation generation_ = 9;
    Sequence seq_ = 0;
    std::vector<Fields> sent_;
    std::vector<Operate> operations_;
    std::vector<std::string> logs_, done_;
};

}  // namespace hb::core
