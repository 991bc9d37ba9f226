#pragma once
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hb/auth/digest.hpp"
#include "hb/config/load.hpp"
#include "hb/core/core.hpp"
#include "hb/wire/vocabulary.hpp"
#include "trace.hpp"

namespace hb::core {

inline Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

/// A few cores on one wire in virtual time: frames arrive after 200 us, operations are answered after 1 ms.
class Cluster {
public:
    struct Node {
        config::Config config;
        std::unique_ptr<Core> core;
        Generation generation = 0;
        bool paused = false;
        std::vector<std::string> logs;
        std::set<std::size_t> held;           ///< ResourceIds that were started and not stopped
        std::vector<std::string> operations;  ///< "start 0-2"
        std::vector<std::string> replies;
        std::vector<std::string> hooks;  ///< "t=status\nst=dead\n..."
        bool left = false;
        std::set<std::size_t> deaf_to;  ///< witnesses that it does not reach
        bool counts_frames = false;     ///< its media tell when any frame came in
        Instant frame_seen = never, supervisor_turn = never;
        Instant turned;              ///< the newest tick
        std::size_t idle_turns = 0;  ///< ticks in a row, at this instant, that did nothing
    };
    static constexpr std::size_t most_idle_turns = 4;

    explicit Cluster(
        std::string ha_cf = "keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n",
        std::string haresources = "a 10.0.0.100 web\n", std::size_t count = 2) {
        for (std::size_t i = 0; i < count; ++i)
            ha_cf += std::string("node ") + static_cast<char>('a' + i) + "\n";
        nodes.resize(count);
        for (std::size_t i = 0; i < count; ++i) {
            auto parsed = config::parse({.ha_cf = ha_cf,
                                         .authkeys = "auth 1\n1 crc\n",
                                         .haresources = haresources,
                                         .node_name = std::string(1, static_cast<char>('a' + i))});
            for (const auto& p : parsed.problems)
                if (p.level == config::Problem::Level::error) ADD_FAILURE() << config::to_text(p);
            nodes[i].config = parsed.config;
            nodes[i].config.address_lifetime = 0s;  // what a node holds stays until it is stopped
            config::seal(nodes[i].config);
        }
    }

    void start(std::size_t i, std::vector<Inherited> groups = {}, bool restarted = false,
               Instant hold_until = never) {
        Node& n = nodes[i];
        n.left = false;
        n.core = std::make_unique<Core>(n.config,
                                        Origin{.digest = auth::sha256_head,
                                               .generation = ++n.generation,
                                               .uuid = {},
                                               .seed = i + 7,
                                               .restarted = restarted,
                                               .groups = std::move(groups),
                                               .hold_until = hold_until,
                                               .peer_was_dead = {}},
                                        now);
        n.core->set_wall_clock(now, 1'800'000'000);
        step(i, tick(i));
    }
    Tick tick(std::size_t i) const {
        return {.frame_seen = nodes[i].frame_seen, .supervisor_turn = nodes[i].supervisor_turn};
    }
    void crash(std::size_t i) {
        nodes[i].core.reset();
        nodes[i].held.clear();
    }

    void step(std::size_t i, const Event& event) {
        Node& n = nodes[i];
        Actions actions;
        n.core->step(now, event, actions);
        trace::write_step(place(i), *n.core, event, actions);
        if (std::holds_alternative<Tick>(event)) judge_turn(i, actions.empty());
        for (const Action& action : actions) perform(i, action);
    }

    /// Of a line in the trace.
    static std::string place(std::size_t i) {
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        return std::string(test->test_suite_name()) + "." + test->name() + " " + std::to_string(i);
    }

    /// A deadline that lies in the past is a promise that the next tick changes something.
    void judge_turn(std::size_t i, bool nothing_done) {
        Node& n = nodes[i];
        const bool idle = nothing_done && n.core->deadline() <= now && n.turned == now;
        n.idle_turns = idle ? n.idle_turns + 1 : 0;
        n.turned = now;
        if (n.idle_turns == most_idle_turns)
            ADD_FAILURE() << n.config.nodes[i] << " turns without a change, its deadline is in the past\n"
                          << log_of(i);
    }

    /// Runs until `end`; false if it never came to rest (a busy loop).
    bool run_until(Instant end) {
        for (std::size_t steps = 0; steps < 2'000'000; ++steps) {
            Instant next = end;
            for (Node& n : nodes)
                if (n.core && !n.left && !n.paused) next = std::min(next, std::max(now, n.core->deadline()));
            for (const auto& d : due)
                if (!nodes[d.node].paused) next = std::min(next, std::max(now, d.at));
            if (next >= end) {
                now = end;
                return true;
            }
            now = next;
            std::set<std::size_t> turning;  // every turn ends with a tick
            for (std::size_t k = 0; k < due.size();) {
                if (due[k].at > now || nodes[due[k].node].paused) {
                    ++k;
                    continue;
                }
                const Due d = due[k];
                due.erase(due.begin() + static_cast<std::ptrdiff_t>(k));
                d.act();
                turning.insert(d.node);
            }
            for (std::size_t i = 0; i < nodes.size(); ++i) {
                const bool runs = nodes[i].core && !nodes[i].left && !nodes[i].paused;
                if (runs && (turning.contains(i) || nodes[i].core->deadline() <= now)) step(i, tick(i));
            }
        }
        return false;
    }
    void run(Duration d) { EXPECT_TRUE(run_until(now + d)) << "the cores never came to rest"; }

    GroupState state(std::size_t i, std::size_t group = 0) {
        return nodes[i].core->group(id_of<GroupId>(group)).state;
    }
    bool serves(std::size_t i, std::size_t resource = 0) const { return nodes[i].held.contains(resource); }
    std::size_t owners(std::size_t resource = 0) const {
        std::size_t n = 0;
        for (const Node& node : nodes) n += node.held.contains(resource);
        return n;
    }
    bool logged(std::size_t i, std::string_view text) const {
        for (const auto& line : nodes[i].logs)
            if (line.find(text) != line.npos) return true;
        return false;
    }
    std::string log_of(std::size_t i) const {
        std::string all;
        for (const auto& line : nodes[i].logs) all += line + "\n";
        return all;
    }

    Instant now = at(0s);
    std::vector<Node> nodes;
    std::function<bool(std::size_t from, std::size_t to)> lost = [](std::size_t, std::size_t) {
        return false;
    };
    std::function<Outcome(std::size_t node, std::string_view verb, std::size_t resource)> outcome =
        [](std::size_t, std::string_view, std::size_t) { return Outcome::ok; };
    std::function<Outcome(std::size_t node, NodeId victim)> fence_outcome = [](std::size_t, NodeId) {
        return Outcome::ok;
    };
    Duration fence_takes = 1s;
    std::vector<std::string> fences;  ///< "b cuts off a", when it was asked for
    std::function<void(std::string_view verb)> on_operate;
    bool monitors_unanswered = false;
    std::function<bool(std::string_view verb, std::size_t resource)> stays_unanswered =
        [](std::string_view, std::size_t) { return false; };
    std::size_t most_owners = 0;
    std::vector<std::string> sent;                  ///< "a status", in order
    std::array<std::deque<std::string>, 8> bodies;  ///< by node: the last messages

    void perform(std::size_t i, const Action& action) {
        Node& n = nodes[i];
        if (const auto* frame = std::get_if<SendFrame>(&action)) {
            deliver(i, std::string(text_of(frame->body)));
        } else if (const auto* op = std::get_if<Operate>(&action)) {
            operate(i, *op);
        } else if (const auto* reply = std::get_if<ReplyToOperator>(&action)) {
            n.replies.push_back((reply->accepted ? "ok " : "refused ") + std::string(reply->text.view()));
        } else if (const auto* record = std::get_if<LogRecord>(&action)) {
            n.logs.push_back(std::to_string((now - at(0s)) / 1ms) + " " + std::string(record->text.view()));
        } else if (const auto* ping = std::get_if<PingWitness>(&action)) {
            answer_ping(i, ping->witness);
        } else if (const auto* cut = std::get_if<Fence>(&action)) {
            fence(i, cut->node);
        } else if (const auto* probe = std::get_if<ProbeAddresses>(&action)) {
            probes.push_back({now, i, *probe});
            ask(i, *probe);
        } else if (const auto* hook = std::get_if<RunHook>(&action)) {
            n.hooks.push_back(std::string(hook->text));
        } else if (std::get_if<Leave>(&action)) {
            n.left = true;
        }
    }

    struct Probe {
        Instant at;
        std::size_t node;
        ProbeAddresses what;
    };
    std::vector<Probe> probes;
    /// Who answers for an address on the LAN, beside those nodes that have it; asked anew with every probe.
    std::function<std::vector<Mac>(std::size_t resource)> others = [](std::size_t) {
        return std::vector<Mac>{};
    };
    /// Its kernel has it although no core runs there.
    std::vector<std::set<std::size_t>> orphans = std::vector<std::set<std::size_t>>(8);
    bool arp_works = true, heartbeat_macs = true;
    static Mac mac_of(std::size_t node) { return Mac{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(node + 1)}}; }

private:
    void answer_ping(std::size_t i, std::uint8_t witness) {
        if (nodes[i].deaf_to.contains(witness)) return;
        const Core* life = nodes[i].core.get();
        due.push_back({now + 300us, i, [this, i, life, witness] {
                           if (nodes[i].core.get() != life || nodes[i].left) return;
                           saw_frame(i);
                           step(i, WitnessHeard{.witness = witness, .received = now});
                       }});
    }
    void saw_frame(std::size_t i) {
        if (nodes[i].counts_frames) nodes[i].frame_seen = now;
    }

    struct Due {
        Instant at;
        std::size_t node;
        std::function<void()> act;
    };
    std::vector<Due> due;

    void deliver(std::size_t from, const std::string& body) {
        wire::Message shown;
        decode(body, shown);
        bodies[from].push_back(body);
        if (bodies[from].size() > 64) bodies[from].pop_front();
        sent.push_back(nodes[from].config.nodes[nodes[from].config.self.index()] + " " +
                       std::string(shown.get_or("t", "?")));
        for (std::size_t to = 0; to < nodes.size(); ++to) {
            if (to == from || !nodes[to].core || lost(from, to)) continue;
            const Core* life = nodes[to].core.get();
            const Instant arrival = now + 200us;
            due.push_back({arrival, to, [this, from, to, life, body, arrival] {
                               if (nodes[to].core.get() != life || nodes[to].left) return;
                               saw_frame(to);
                               wire::Message message;
                               decode(body, message);
                               step(to, FrameReceived{.medium = MediumId{0},
                                                      .received = arrival,
                                                      .message = &message,
                                                      .source_mac = heartbeat_macs ? mac_of(from) : Mac{}});
                           }});
        }
    }
    static void decode(const std::string& body, wire::Message& out) {
        const wire::Envelope envelope{
            .form = wire::Envelope::Form::netstring, .body = bytes_of(body), .signature = {}};
        ASSERT_EQ(wire::decode(envelope, out), wire::DropReason::none);
        ASSERT_LE(body.size() + limits::signature, limits::datagram);
    }
    void fence(std::size_t i, NodeId victim) {
        const auto& names = nodes[i].config.nodes;
        fences.push_back(std::to_string((now - at(0s)) / 1ms) + " " + names[i] + " cuts off " +
                         names[victim.index()]);
        const Core* life = nodes[i].core.get();
        due.push_back({now + fence_takes, i, [this, i, life, victim] {
                           const Outcome o = fence_outcome(i, victim);
                           if (o == Outcome::ok) crash(victim.index());
                           if (nodes[i].core.get() == life) step(i, FenceDone{.node = victim, .outcome = o});
                       }});
    }
    void ask(std::size_t asker, const ProbeAddresses& probe) {
        if (!arp_works) return;
        for (std::size_t r = probe.first.index(); r <= probe.last.index(); ++r) {
            std::vector<Mac> macs = others(r);
            for (std::size_t n = 0; n < nodes.size(); ++n)
                if (n != asker && (nodes[n].held.contains(r) || orphans[n].contains(r)))
                    macs.push_back(mac_of(n));
            const Core* life = nodes[asker].core.get();
            for (const Mac& mac : macs)
                due.push_back({now + 300us, asker, [this, asker, life, r, mac] {
                                   if (nodes[asker].core.get() == life)
                                       step(asker, AddressClaimed{id_of<ResourceId>(r), mac});
                               }});
        }
    }
    void operate(std::size_t i, const Operate& op) {
        static constexpr const char* verbs[] = {"start", "stop", "announce", "cancel", "monitor"};
        const std::string verb = verbs[static_cast<int>(op.verb)];
        nodes[i].operations.push_back(verb + " " + std::to_string(op.first.value) + "-" +
                                      std::to_string(op.last.value));
        if (op.verb == Operate::Verb::announce || op.verb == Operate::Verb::cancel) return;
        if (on_operate) on_operate(verb);
        if (op.verb == Operate::Verb::monitor && monitors_unanswered) return;
        if (stays_unanswered(verb, op.first.index())) return;
        const Core* life = nodes[i].core.get();
        due.push_back({now + 1ms, i, [this, i, life, op, verb] {
                           if (nodes[i].core.get() != life) return;
                           for (std::size_t r = op.first.value; r <= op.last.value; ++r) {
                               const Outcome o = outcome(i, verb, r);
                               if (o == Outcome::ok && op.verb == Operate::Verb::start)
                                   nodes[i].held.insert(r);
                               if (o == Outcome::ok && op.verb == Operate::Verb::stop) nodes[i].held.erase(r);
                               most_owners = std::max(most_owners, owners(r));
                               step(i, OperationDone{.operation = op.operation,
                                                     .first = id_of<ResourceId>(r),
                                                     .last = id_of<ResourceId>(r),
                                                     .outcome = o});
                           }
                       }});
    }
};

}  // namespace hb::core
