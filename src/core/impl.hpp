#pragma once
#include <string_view>
#include <utility>
#include <vector>

#include "act/defence.hpp"
#include "act/monitors.hpp"
#include "decide/right.hpp"
#include "decide/standby.hpp"
#include "due.hpp"
#include "guard.hpp"
#include "hb/core/core.hpp"
#include "hb/wire/vocabulary.hpp"
#include "log.hpp"
#include "parts.hpp"
#include "say/holding.hpp"
#include "say/hooks.hpp"
#include "say/narrator.hpp"
#include "say/outbox.hpp"
#include "say/outgoing.hpp"
#include "say/pulse.hpp"
#include "say/registers.hpp"
#include "self/beginning.hpp"
#include "self/carriers.hpp"
#include "self/departure.hpp"
#include "self/ear.hpp"
#include "self/number.hpp"
#include "self/pause.hpp"
#include "self/supervisor.hpp"
#include "self/witnesses.hpp"
#include "table.hpp"
#include "tables.hpp"

namespace hb::core {

/// The supervisor judges the right to hold in whole milliseconds; the core is to be first.
constexpr Duration give_up_margin = 2ms;

struct Core::Impl {
    Impl(const config::Config& config, const Origin& origin, Instant now);

    // core.cpp
    void step(Instant now, const Event& event, Actions& out);
    void on(const Tick&);
    void on(const FrameReceived&);
    void on_message(NodeId node, const wire::Message& message, std::string_view type, Sequence number);
    void on(const MediumChanged&);
    void on(const AddressGone&);
    void on(const OperationDone&);
    void on(const OperatorAsked&);  // operator.cpp
    void unblock(const OperatorAsked& asked);
    void ask_standby(GroupId group, Effects& sum);
    void ask_takeover(GroupId group, Effects& sum);
    void on(const StopAsked&);
    void on(const AddressClaimed&);  // conflict.cpp
    void on(const CarrierChanged&);  // carrier.cpp
    void on(const WitnessHeard&);    // witness.cpp
    void on(const FenceDone&);       // fence.cpp
    void on(const SupervisorGone&);  // silent.cpp
    Instant deadline() const;
    Instant hold_until() const;
    Duration lease() const { return lease_of(config_.deadtime); }
    Instant right_ends() const;  ///< with a peer that no longer hears us; never otherwise
    bool armed() const;
    bool holds_any() const;
    bool may_lose(const Group& g) const;
    bool may_lose_any() const;
    bool may_answer() const;
    Instant echo_due() const;
    void give_up_without_echo();
    void take_back_own();
    void finish_step();
    void notice_pause();
    void emit(const Action& action) { outgoing_.emit(action); }
    void log(const log::Kind& kind, std::initializer_list<log::Fact> facts) { outgoing_.log(kind, facts); }
    std::string_view name(NodeId node) const { return config_.nodes[node.index()]; }
    Peer& peer(NodeId node) { return peers_[node.index()]; }
    const Peer& peer(NodeId node) const { return peers_[node.index()]; }
    GroupId group_of(const Group& g) const {
        return id_of<GroupId>(static_cast<std::size_t>(&g - groups_.data()));
    }
    NodeId node_of(const Peer& p) const {
        return id_of<NodeId>(static_cast<std::size_t>(&p - peers_.data()));
    }
    template <class F>
    void for_peers(F&& f) {
        for (std::size_t i = 0; i < peers_.size(); ++i)
            if (i != config_.self.index()) f(id_of<NodeId>(i), peers_[i]);
    }
    template <class F>
    bool any_peer(F&& f) const {
        for (std::size_t i = 0; i < peers_.size(); ++i)
            if (i != config_.self.index() && f(peers_[i])) return true;
        return false;
    }

    // witness.cpp: ping nodes
    Duration ping_interval() const;
    Duration steady() const;
    void ask_witnesses();
    void judge_witnesses();
    void compare_reach(NodeId node);
    NodeId better_connected(GroupId group) const;
    Instant last_company() const;
    bool quorum_met() const;
    Instant quorum_ends() const;
    Instant isolation_due() const;
    void judge_isolation();
    void judge_deafness(Instant frame_seen);
    Instant deafness_due() const;
    Instant undecided_until() const;

    // silent.cpp: the supervisor
    Instant supervisor_ends() const;
    void judge_supervisor();
    void surrender();

    // sender.cpp: messages out
    template <class Fill>
    void send(std::string_view type, NodeId destination, Fill&& fill);
    template <class Fill>
    void send_unsequenced(std::string_view type, NodeId destination, Fill&& fill);
    void send_status();
    void send_resource(std::string_view info, bool stable);
    void send_acknowledgement(NodeId node, Sequence sequence);
    void free_store();

    // extension.cpp: hb4 fields
    void add_extension(wire::Builder& builder);
    void add_echo(wire::Builder& builder);
    void read_extension(NodeId node, const wire::Message& message, Instant received);
    void read_flags(Peer& p, std::string_view flags);
    void read_echo(NodeId node, const wire::Message& message, Instant received);
    void own_number_heard(NodeId node, const Echo& echo, Instant received);
    static std::optional<Echo> echo_of(const wire::Message& message, std::string_view node);
    void read_registers(NodeId node, std::string_view text);
    template <class F>
    void read_runs(std::string_view text, F&& f) const;
    void read_twin(const wire::Message& message);
    void heard_register(NodeId node, GroupId group, const Register& heard);

    // rexmit.cpp: what is missing, and is said again
    Stream::Order sequence(NodeId node, Sequence number);
    void acknowledge(NodeId node);
    void ask_again();
    void on_rexmit(NodeId node, const wire::Message& message);
    bool say_again(NodeId node, Sequence number);
    bool may_say_again(Peer& p);
    void log_rexmit(const log::Kind& kind, std::initializer_list<log::Fact> facts);
    void on_nak(NodeId node, const wire::Message& message);
    void on_acknowledgement(NodeId node, const wire::Message& message);

    // life.cpp: which life of a node is believed
    bool names_us(const Echo& echo, Instant received) const;
    bool names_us(const wire::Message& message, Instant received) const;
    bool admit(NodeId node, const FrameReceived& frame, Generation generation);
    void ask_life(NodeId node, const wire::Message& message, Generation generation);
    void take_answer(NodeId node, const wire::Message& message, Generation generation);
    void begin_life(NodeId node, Generation generation);
    void prove(NodeId node);
    void remember_life(Peer& p) const;
    void say_replay(NodeId node, const FrameReceived& frame, Generation generation);
    void learn_number(const Echo& echo, Instant received);
    void renumber();
    void begin_generation(Generation generation);
    /// It lives, or follows a life that we have met: it is not heard by chance, and may count us dead.
    static bool binds(const Peer& p) { return p.genuine || p.known.met; }
    /// What it says is said now.
    static bool is_believed(const Peer& p) {
        return p.genuine || (p.known.met && p.generation == p.known.generation);
    }

    // twin.cpp: another host of our name
    bool twin_lives() const;
    void on_own_name(const FrameReceived& frame, Generation generation, Sequence number);
    bool said_otherwise(const wire::Message& message, Sequence number);
    void judge_twin(const FrameReceived& frame);
    void suppose_twin(const Echo& echo, Instant received);
    void heard_of_twin(NodeId teller, const Echo& echo, Instant received);
    void stand_aside(const Mac& mac, Ipv4 address);
    bool is_mute() const;
    bool listens_for_twin() const;
    bool twin_forbids(GroupId group) const;
    bool twin_holds_any() const;

    // member.cpp: who is in
    void on_status(NodeId node, const wire::Message& message, Instant received, Stream::Order order);
    void judge_silence(Instant heard_until);
    void declare_dead(NodeId node);
    void say_stonith(NodeId node, std::string_view result);
    void peer_left(NodeId node);
    void forget_wishes_for_blocked(NodeId node);
    void heard_on(NodeId node, MediumId medium, Instant received, Sequence number);
    void set_member(NodeId node, MemberState state);
    void become_active();
    void ask_nodes();
    bool owes_answer(const Peer& p) const;
    Instant reqnodes_due(NodeId node) const;
    bool waits_for_somebody() const;
    void take_next_generation();
    void on_stonith(NodeId node, const wire::Message& message);
    void return_empty_handed();
    void answer_at_once(NodeId node);
    bool alive(NodeId node) const;
    bool in_session(NodeId node) const {
        return alive(node) && peer(node).speaks_ours && peer(node).hearing.session();
    }
    bool linux_ha_alive() const;  ///< a living peer with which only the handshake decides
    bool settled() const;         ///< every configured node is in session, dead or gone
    void heard_late(NodeId node, Duration interval);
    void say_late_ones(NodeId node);
    void listen(bool any_medium);
    Duration first_patience() const;
    Instant silence_ends(NodeId node) const;

    // carrier.cpp: interfaces of service addresses
    void carrier_lost(GroupId group);
    void carrier_returned(GroupId group);
    bool serviceable(GroupId group) const;
    bool any_medium_usable() const;
    bool silence_is_proven() const;
    bool serves_without_carrier(GroupId group) const;
    Instant serviceable_from(GroupId group) const;
    bool heard_us_since(NodeId node, Instant then) const;
    Instant carrier_right_ends(GroupId group) const;
    Instant carrier_right_ends() const;
    void give_up_without_carrier();
    void look_at_carriers();
    void carrier_with_linux_ha(GroupId group);
    void say_unclaimed(NodeId dead);

    // hook.cpp: other people's messages
    void on(const UserMessage&);
    template <class Fill>
    void run_hook(Fill&& fill);
    void hook_on(const wire::Message& message);
    void hook_on_state(NodeId node, std::string_view state);
    void consider_hook(const wire::Message& message);

    // group.cpp: one resource group's life
    void enter(GroupId group, GroupState state, const char* cause);
    void acquire(GroupId group, const char* cause);
    void release(GroupId group, const char* cause, bool addresses_first);
    void set_register(GroupId group, std::uint32_t epoch, NodeId holder);
    void issue_operations();
    bool runs_script(const Group& g) const;
    std::size_t scripts_under_way(bool starting) const;
    bool next_run(GroupId group, ResourceId& first, ResourceId& last) const;
    bool next_stop(GroupId group, ResourceId& first, ResourceId& last) const;
    void answered(GroupId group);
    void started_all(GroupId group);
    void stopped_all(GroupId group);
    void start_failed(GroupId group);
    bool stays_away_failed(GroupId group);
    void stop_failed(GroupId group);
    void ask_whether_stopped(GroupId group);
    void count_as_stopped(GroupId group, const char* why);
    void block(GroupId group);
    void run_timers();
    void announce_due();
    void flush_group_log();
    void touch() { groups_touched_ = true; }
    void fail_operation(GroupId group);
    void stop_addresses_at_once(GroupId group);
    void lose_right(GroupId group, const char* cause);

    // placement.cpp: who should own what
    void evaluate();
    void evaluate(GroupId group);
    void consider_claim(GroupId group, bool may_take);
    void serve_or_grant(GroupId group, bool may_take);
    void consider_giving(GroupId group);
    NodeId place(GroupId group) const;
    NodeId first_live(GroupId group) const;
    bool could_stand_in() const;
    NodeId stand_in(GroupId group) const;
    bool nobody_else_can(GroupId group) const;
    bool left_blocked(NodeId node, GroupId group) const;
    bool is_blocked_at(NodeId node, GroupId group) const;
    bool asks_for(NodeId node, GroupId group) const;
    void stay_away(GroupId group);
    bool held_elsewhere(GroupId group) const;
    bool fit(GroupId group, NodeId node) const;
    bool earlier(GroupId group, NodeId a, NodeId b) const;
    void claim(GroupId group, const char* cause);
    void grant(GroupId group, NodeId to);
    Holding holding() const;
    bool has_local_groups() const;
    bool holds(GroupState state) const {
        return state == GroupState::acquiring || state == GroupState::owned ||
               state == GroupState::releasing || state == GroupState::blocked;
    }
    bool is_local(GroupId group) const { return config_.groups[group.index()].preferred == config_.self; }

    // fence.cpp: what must never run twice waits until a dead node is cut off
    std::size_t devices_for(NodeId node) const;
    NodeId unfenced(GroupId group) const;
    bool must_fence(NodeId node) const;
    bool wait_for_fence(GroupId group);
    void fence(NodeId node);
    void fence_failed(NodeId node);
    void fence_succeeded(NodeId node);
    void confirm_fenced(const OperatorAsked& asked);
    void forget_fence(NodeId node);
    void run_fences();
    Instant fence_deadline() const;

    // guard.cpp: does anybody still answer, before a claim
    void guard(Instant heard_until);
    void ask_first(GroupId group);
    void guard_group(GroupId group);
    void probe(GroupId group);
    void flush_probes();
    bool wants_guard(GroupId group) const;
    bool guard_passed(GroupId group);
    bool left_by_the_dead(GroupId group);
    void begin_guard(GroupId group);
    void guard_answered(GroupId group, const Mac& mac);
    Duration answer_bound(GroupId group, const Mac& mac, bool& orphan) const;
    Duration orphan_wait(const Peer& p) const;
    Mac probed_mac(GroupId group) const;
    std::size_t address_count(GroupId group) const;
    bool has_address(GroupId group) const { return address_count(group) > 0; }
    bool guard_over(GroupId group) const;
    bool needs_silence(GroupId group) const;
    bool is_threat(const Peer& p) const {
        const bool left_behind =
            p.state == MemberState::left && p.helpless;  // the kernel still has its addresses
        return p.suspect || left_behind ||
               (p.state == MemberState::dead && !p.left_cleanly && !p.cut.is_cut_off());
    }
    Instant guard_begins(NodeId node) const;
    void log_waiting(GroupId group);
    void log_claimed(GroupId group);
    void log_answer(GroupId group, const log::Kind& kind, Duration span);
    void flush_guard_log();

    // conflict.cpp: who else has our addresses
    NodeId node_that_signed_with(const Mac& mac) const;
    NodeId node_with(const Mac& mac) const;
    void ask_who_answers(NodeId node, GroupId group);
    void defend(const AddressClaimed& claimed);
    void say_conflict(const log::Kind& kind, const AddressClaimed& claimed);
    void reconsider_announcing(NodeId node, GroupId group, GroupState before);
    void announce_again(GroupId group);
    void note_both(GroupId group, NodeId other, bool kept);
    void flush_both_log();
    void announce_to_a_new_session();
    std::uint32_t longest_lifetime_ms() const;
    // monitor.cpp: alive but useless
    void watch(GroupId group);
    void run_monitors();
    bool monitor_answered(const OperationDone& done);
    void monitor_failed(ResourceId resource, Outcome outcome);
    void restart_from(GroupId group, ResourceId resource);
    Duration move_pause() const;
    bool may_move(GroupId group) const;
    bool somebody_else(GroupId group) const;

    // negotiation.cpp: the handshakes
    enum class Phase { init, starting, both_starting, received, stable, shutdown };
    void handshake_active();
    void on_starting(NodeId node);
    void on_resource(NodeId node, const wire::Message& message, Sequence number);
    void on_ask(NodeId node, const wire::Message& message);
    void on_shutdone(NodeId node, Sequence number);
    void leave_when_known(NodeId node);
    void on_takeover(NodeId node, const wire::Message& message);
    void on_reqnodes(NodeId node);
    void on_repnodes(NodeId node);
    void handshake_timers();
    void handshake_peer_dead(NodeId node);
    void settle(bool local_timer);
    void take_local();
    bool handshake_tells_enough() const;
    void consider_failback();
    bool start_standby(Holding set);
    std::pair<bool, std::string_view> ask_by_handshake(OperatorAsked::Verb verb,
                                                       Holding set);  ///< accepted, and what to say
    void on_ask_me(NodeId node, Holding set);
    void on_ask_other(NodeId node, Holding set);
    void on_ask_done(NodeId node, Holding set);
    void standby_released();
    void standby_acquired();
    void claim_set(Holding set, const char* cause);
    void release_set(Holding set, const char* cause);
    bool set_busy(Holding set) const;
    void report();  ///< log and messages on the way from busy to calm
    void shutdown_progress();

    const config::Config& config_;
    const Table table_;
    Number number_;
    Twin twin_;
    bool aside_ = false;  ///< another host has our name, and everything that is ours
    Beginning beginning_;
    Random random_;

    std::vector<Peer> peers_;
    std::vector<Group> groups_;
    std::vector<std::uint8_t> up_;  ///< by ResourceId: it was started, or may be
    std::vector<bool> medium_usable_;
    Carriers carriers_;
    Instant carrier_check_ = never;  ///< a deadtime after the last carrier came back
    Monitors monitors_;
    Witnesses witnesses_;
    Ear ear_;
    bool quorum_was_met_ = true;
    Supervisor supervisor_;
    unsigned acknowledge_digit_ = 0;

    Instant now_;
    Pause pause_;
    Instant replay_logged_, rexmit_logged_;
    Outgoing outgoing_;
    Outbox outbox_;
    Hooks hooks_;
    Pulse pulse_;
    Due due_;
    Registers registers_;

    MemberState own_ = MemberState::init;
    OperationId next_operation_ = 1;
    Departure departure_;
    Instant groups_deadline_ = never;
    bool groups_touched_ = true;

    Phase phase_ = Phase::init;
    Holding mine_, theirs_;
    SaidHolding said_;
    Instant starting_again_ = never;
    bool starting_unheard_ = false;  ///< our `starting` came before the peer listened
    void repeat_resource();
    bool peer_stable_ = false, needs_failback_ = false;
    Instant settle_at_ = never, failback_at_ = never;
    Standby standby_;
    bool busy_ = false, initial_done_ = false, local_pending_ = false, took_over_ = false;

    Narrator narrator_;
    bool issue_any_ = false, throttled_ = false;  ///< throttled: some script waits for the end of others

    Instant guard_at_ = never;  ///< of the next look at the groups' guards
    bool guarding_ = false;     ///< a claim waits for its guard
    std::optional<ProbeAddresses> probes_;
    std::size_t probe_actions_ = 0;
    Defence defence_;
};

}  // namespace hb::core

#include "send.hpp"
