// Dispatch: the one file that sees all parts of the core.
#include "hb/core/core.hpp"

#include <algorithm>
#include <utility>

#include "hb/base/text.hpp"
#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

static Outbox::Sender sender_of(const config::Config& config, const Origin& origin) {
    return {.name = std::string_view{config.nodes[config.self.index()]},
            .uuid = origin.uuid,
            .ttl = config.nodes.size() + config.witnesses.size() + config.hopfudge};
}

Core::Impl::Impl(const config::Config& config, const Origin& origin, Instant now)
    : config_(config), table_(config), number_(origin.generation), beginning_(origin, now),
      random_(origin.seed), peers_(config.nodes.size()), groups_(config.groups.size()),
      up_(config.resources.size()), medium_usable_(config.media.size(), true), carriers_(config),
      monitors_(config.resources), witnesses_(config.witnesses.size(), now), ear_(config.deadtime),
      supervisor_(now, supervisor_beat(config.keepalive, config.deadtime)), now_(now),
      pause_(now, config.keepalive, config.deadtime), outbox_(sender_of(config, origin), origin.generation),
      pulse_(now), registers_(config.groups.size(), origin.digest), defence_(config.resources.size()) {
    invariant(origin.digest != nullptr && config.self.exists());
    twin_.states.resize(groups_.size());
    twin_.listening = now;
    acknowledge_digit_ = static_cast<unsigned>(random_.below(10));
    // Who was dead counts only for one that goes on holding: what happened since the others were released is unknown.
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        peers_[i].deadtime = config.deadtime;
        peers_[i].since = now;
        peers_[i].registers.resize(groups_.size());
        if (i < origin.peers.size()) peers_[i].known = origin.peers[i];
        if (beginning_.goes_on() && i < origin.peer_was_dead.size() && origin.peer_was_dead[i])
            peers_[i].state = MemberState::dead;
    }
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        Group& g = groups_[i];
        g.since = now;
        if (i >= origin.groups.size()) continue;
        const Inherited& inherited = origin.groups[i];
        g.own = {.epoch = inherited.epoch, .holder = inherited.holder, .state = inherited.state};
        if (beginning_.restarted())
            g.cause = "kept over a restart of the engine";
        else if (inherited.state != GroupState::foreign)
            g.cause = "left by a heartbeat that was killed";
        g.from_before = beginning_.restarted() && inherited.state == GroupState::foreign &&
                        inherited.holder == config.self;
        const config::Group& group = config.groups[i];
        const bool held = inherited.state == GroupState::owned || inherited.state == GroupState::blocked;
        for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r) up_[r] = held;
        if (inherited.state == GroupState::owned) initial_done_ = true;
        // Whom the engine before saw answering, and which announcements were still due, this one does not know.
        if (beginning_.restarted() && inherited.state == GroupState::owned && has_address(id_of<GroupId>(i)))
            g.announcing.begin(now, false);
    }
    own_ = MemberState::up;
    for (std::size_t i = 0; i < groups_.size(); ++i)  // what is being released is not held any more
        if (groups_[i].own.state == GroupState::owned)
            (is_local(id_of<GroupId>(i)) ? mine_.local : mine_.foreign) = true;
    for (std::size_t i = 0; i < groups_.size(); ++i) watch(id_of<GroupId>(i));
}

void Core::Impl::notice_pause() {
    const Pause::Slept slept = pause_.notice(now_);
    if (!slept.excuses) return;
    log(log::pause, {to_ms(slept.gap)});
    if (!slept.beyond_right) return;
    if (holds_any()) log(log::pause_lost, {to_ms(slept.gap), to_ms(lease())});
    for (std::size_t i = 0; i < groups_.size(); ++i)
        lose_right(id_of<GroupId>(i), "we slept past our right to hold");
    for_peers([](NodeId, Peer& p) { p.hearing.end_session(); });
}

void Core::Impl::step(Instant now, const Event& event, Actions& out) {
    invariant(now >= now_);
    now_ = now;
    const bool waited = outgoing_.waits();
    if (outgoing_.begin(out)) {
        outbox_.forget_unnumbered();
        hooks_.forget();
    }
    if (!waited) renumber();  // nothing that is still to be sent lies in the store
    notice_pause();
    std::visit([this](const auto& e) { on(e); }, event);
    finish_step();
    outgoing_.end();
}

void Core::Impl::finish_step() {
    become_active();
    look_at_carriers();
    evaluate();
    if (guard_at_ > now_) flush_guard_log();  // else more groups follow
    issue_operations();
    evaluate();
    flush_group_log();
    flush_both_log();
    report();
    shutdown_progress();
    if (is_mute()) {
        due_.say_nothing();
        pulse_.stop();
    }
    if (!departure_.gone() && (due_.says() || pulse_.due(now_))) send_status();
}

void Core::Impl::on(const Tick& tick) {
    if (tick.supervisor_turn != never) supervisor_.turned(tick.supervisor_turn);
    judge_supervisor();
    judge_deafness(tick.frame_seen);
    guard(tick.heard_until);
    judge_silence(tick.heard_until);
    judge_witnesses();
    judge_isolation();
    give_up_without_echo();
    give_up_without_carrier();
    if (waits_for_somebody()) due_.decide_again();  // others can serve meanwhile
    // The end of a wait is no event.
    const bool twin_waited_for =
        twin_.heard != Instant{} && now_ < twin_.heard + config_.deadtime + 4 * config_.keepalive;
    if (now_ < twin_.listening + 4 * config_.keepalive || twin_waited_for) due_.decide_again();
    run_timers();
    run_fences();
    run_monitors();
    handshake_timers();
    if (own_ == MemberState::active) ask_nodes();
    ask_again();
    const bool again = pulse_.repeat(now_, [this] {
        return any_peer([this](const Peer& p) {
            return p.speaks_ours && p.hearing.session() && p.hearing.echoed() < pulse_.change() &&
                   (p.state == MemberState::up || p.state == MemberState::active);
        });
    });
    if (again) due_.ask_for_answer();
}

void Core::Impl::on(const FrameReceived& frame) {
    const wire::Message& m = *frame.message;
    const auto t = m.get(field::t), src = m.get(field::src);
    const auto ts = m.hex(field::ts);
    if (!t || !src || !ts || *ts == 0 || t->size() >= 32) return;
    const auto found = std::find(config_.nodes.begin(), config_.nodes.end(), *src);
    if (found == config_.nodes.end()) return;
    const NodeId node = id_of<NodeId>(static_cast<std::size_t>(found - config_.nodes.begin()));
    const auto generation =
        static_cast<Generation>(std::min<std::uint64_t>(m.hex(field::hg).value_or(0), 0xffffffff));
    if (generation == 0 || generation > bounds::generation) return;
    const bool unsequenced = t->starts_with("NS_");
    const auto number = m.hex(field::seq);
    if (!unsequenced && (!number || *number == 0 || *number > 0xffffffff)) return;
    if (node == config_.self)
        return unsequenced ? void() : on_own_name(frame, generation, static_cast<Sequence>(*number));
    const bool for_us = m.get_or(field::dest, name(config_.self)) == name(config_.self);
    if (!admit(node, frame, generation)) return;
    if (unsequenced) {
        if (generation != peer(node).generation) return;
        if (*t == type::ns_nak) on_nak(node, m);
        if (for_us && *t == type::ns_rexmit) on_rexmit(node, m);
        if (for_us && *t == type::ns_ack) on_acknowledgement(node, m);
        return;
    }
    const Stream::Order order = sequence(node, static_cast<Sequence>(*number));
    heard_on(node, frame.medium, frame.received, static_cast<Sequence>(*number));
    if (order == Stream::Order::drop) return;
    if (order == Stream::Order::fresh) remember_life(peer(node));
    if (order == Stream::Order::fresh && binds(peer(node))) peer(node).macs.signed_with(frame.source_mac);
    if (*t == type::status)
        on_status(node, m, frame.received, order);
    else if (for_us)
        on_message(node, m, *t, static_cast<Sequence>(*number));
    acknowledge(node);
}

/// What is no status. Nothing of a life that may be a recording makes us let go, claim, or run a script.
void Core::Impl::on_message(NodeId node, const wire::Message& m, std::string_view t, Sequence number) {
    if (t == type::reqnodes) on_reqnodes(node);
    if (t == type::repnodes) on_repnodes(node);
    if (t == type::starting) on_starting(node);
    if (t == type::resource) on_resource(node, m, number);
    if (t == type::ask_resources) on_ask(node, m);
    if (!is_believed(peer(node))) return;
    if (t == type::shutdone) on_shutdone(node, number);
    if (t == type::hb_takeover) on_takeover(node, m);
    if (t == type::stonith) on_stonith(node, m);
    consider_hook(m);
}

void Core::Impl::on(const MediumChanged& changed) {
    if (medium_usable_[changed.medium.index()] == changed.usable) return;
    medium_usable_[changed.medium.index()] = changed.usable;
    log(changed.usable ? log::medium_up : log::medium_down,
        {config_.media[changed.medium.index()].interface});
    const bool any =
        std::any_of(medium_usable_.begin(), medium_usable_.end(), [](bool usable) { return usable; });
    if (!any) log(log::no_media, {});
    listen(any);
    if (!changed.usable) return;
    due_.say();
    for (Group& g : groups_)  // what could not be started without it may be tried again at once
        if (g.own.state == GroupState::not_here && !g.in_standby && g.retry_at != never) g.retry_at = now_;
    touch();
}

void Core::Impl::on(const StopAsked&) {
    if (!departure_.begin()) return;
    due_.say_change();
    due_.decide_again();
    mine_ = Holding{};
    if (own_ == MemberState::active) send_resource("shutdown", false);
    log(log::giving_up_all, {});
    release_set({.local = true, .foreign = true}, "this node is stopped");
}

Instant Core::Impl::deadline() const {
    if (outgoing_.waits() || due_.says() || groups_touched_ || issue_any_) return now_;
    Instant at = std::min({pulse_.deadline(), groups_deadline_, settle_at_, failback_at_, standby_.deadline(),
                           departure_.deadline()});
    at = std::min(
        {at, guard_at_, carrier_check_, carrier_right_ends(), fence_deadline(), monitors_.deadline()});
    at = std::min(at, echo_due());
    at = std::min(at, deafness_due());
    if (supervisor_.lost() && !departure_.surrendered()) at = std::min(at, supervisor_ends());
    if (config_.quorum) at = std::min(at, isolation_due());
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        if (i == config_.self.index()) continue;
        const Peer& p = peers_[i];
        at = std::min(at, silence_ends(id_of<NodeId>(i)));
        if (!p.suspect) at = std::min(at, guard_begins(id_of<NodeId>(i)));
        at = std::min(at, reqnodes_due(id_of<NodeId>(i)));
        if (!in_session(id_of<NodeId>(i)) && alive(id_of<NodeId>(i))) at = std::min(at, p.stream.deadline());
    }
    return at;
}

bool Core::Impl::armed() const {
    return any_peer([](const Peer& p) {
        return p.hearing.armed() && p.echoes &&
               (p.state == MemberState::up || p.state == MemberState::active);
    });
}

Instant Core::Impl::right_ends() const {
    Instant ends = never;
    for (std::size_t i = 0; i < peers_.size(); ++i)
        if (i != config_.self.index() && alive(id_of<NodeId>(i)) && peers_[i].echoes &&
            peers_[i].hearing.armed())
            ends = std::min(ends, peers_[i].hearing.confirmed() + lease());
    return ends;
}

bool Core::Impl::holds_any() const {
    return std::any_of(groups_.begin(), groups_.end(), [](const Group& g) {
        return g.own.state == GroupState::acquiring || g.own.state == GroupState::owned;
    });
}

/// Something of this group is left that lose_right() would let go.
bool Core::Impl::may_lose(const Group& g) const {
    if (g.own.state == GroupState::acquiring || g.own.state == GroupState::owned) return true;
    const bool unfinished = g.own.state == GroupState::releasing || g.own.state == GroupState::blocked;
    if (!unfinished || g.addresses_first) return false;
    const config::Group& group = config_.groups[static_cast<std::size_t>(&g - groups_.data())];
    for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r)
        if (up_[r] && config_.resources[r].kind == config::Resource::Kind::address) return true;
    return false;
}

bool Core::Impl::may_lose_any() const {
    return std::any_of(groups_.begin(), groups_.end(), [this](const Group& g) { return may_lose(g); });
}

/// Whether an address of ours may still be in the kernel without a request that it goes.
bool Core::Impl::may_answer() const {
    return std::any_of(groups_.begin(), groups_.end(),
                       [this](const Group& g) { return g.own.state != GroupState::blocked && may_lose(g); });
}

/// What each living peer of ours proves, what a carrier or the quorum allows, and what the engine before had.
Instant Core::Impl::hold_until() const {
    if (departure_.surrendered())
        return pause_.last_turn() - config_.deadtime;  // a supervisor that wakes puts nothing back
    Right right{pause_.last_turn(), config_.keepalive, config_.deadtime};
    if (!may_answer()) return right.until();  // scripts that still stop need the engine's turns only
    bool proven = true;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const Peer& p = peers_[i];
        if (i == config_.self.index() || p.state == MemberState::dead || p.state == MemberState::left)
            continue;
        if (p.heard && !binds(p)) continue;  // it may be a recording
        proven &= p.hearing.has_named_us() || (p.heard && !p.echoes);
        if (p.echoes && p.heard) right.ask(p.hearing.confirmed(), p.hearing.armed());
    }
    if (const Instant ends = carrier_right_ends(); ends != never) right.limit(ends + give_up_margin);
    right.limit(quorum_ends());
    proven |= now_ >= beginning_.started() + config_.deadtime;
    if (!proven) right.limit(beginning_.right_before());
    return right.until();
}

/// When what is here goes because a living peer does not hear us. Never if nothing is left that could go.
Instant Core::Impl::echo_due() const {
    return armed() && may_lose_any() ? right_ends() - give_up_margin : never;
}

/// A living peer does not hear us: it will count us dead. What is held goes before that, addresses first.
void Core::Impl::give_up_without_echo() {
    if (echo_due() > now_) return;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        groups_[i].take_back |= groups_[i].own.state == GroupState::owned;
        lose_right(id_of<GroupId>(i), "a living peer does not hear this node");
    }
}

/// Beside a peer of 3.0.6's dialect the handshake moves groups, and knows nothing of what was let go for no peer. What the peer
/// holds it says in its `resource`, and that it hears us in its echo.
void Core::Impl::take_back_own() {
    const bool untold = any_peer([](const Peer& p) {
        const bool living = p.state == MemberState::up || p.state == MemberState::active;
        return living && (p.resource_sequence == 0 || (p.echoes && !p.hearing.session()));
    });
    if (untold || !handshake_tells_enough() || !peer_stable_ || !standby_.none() || armed() ||
        departure_.leaving() || own_ != MemberState::active)
        return;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const Group& g = groups_[i];
        const GroupId id = id_of<GroupId>(i);
        const bool theirs = is_local(id) ? theirs_.foreign : theirs_.local;
        if (g.take_back && g.own.state == GroupState::foreign && !theirs) claim(id, "taken back");
    }
}

Core::Core(const config::Config& config, const Origin& origin, Instant now)
    : impl_(std::make_unique<Impl>(config, origin, now)) {}
Core::~Core() = default;

void Core::step(Instant now, const Event& event, Actions& out) { impl_->step(now, event, out); }
Instant Core::deadline() const { return impl_->deadline(); }
Instant Core::hold_until() const { return impl_->hold_until(); }
bool Core::surrendered() const { return impl_->departure_.surrendered(); }
bool Core::leaving() const { return impl_->departure_.leaving(); }

NodeStatus Core::node(NodeId node) const {
    const Impl& i = *impl_;
    const Peer& p = i.peer(node);
    if (node == i.config_.self)
        return {.state = i.own_,
                .dialect = Dialect::ours,
                .session = true,
                .generation = i.outbox_.generation(),
                .since = i.beginning_.started(),
                .last_heard = i.pause_.last_turn(),
                .deadtime = i.config_.deadtime,
                .round_trip = {}};
    return {.state = p.state,
            .dialect = p.speaks_ours ? Dialect::ours : Dialect::linux_ha,
            .session = i.in_session(node),
            .generation = p.generation,
            .since = p.since,
            .last_heard = p.heard ? p.last_status : Instant{},
            .deadtime = p.deadtime,
            .round_trip = p.hearing.round_trip()};
}

WitnessStatus Core::witness(std::size_t index) const { return impl_->witnesses_.status(index); }

LinkStatus Core::link(NodeId node, MediumId medium) const {
    const Link& link = impl_->peer(node).links[medium.index()];
    return {.state = link.state, .last_heard = link.last_heard};
}

GroupStatus Core::group(GroupId group) const {
    const Group& g = impl_->groups_[group.index()];
    std::string_view cause =
        g.waits_for.exists() ? impl_->table_.causes(g.waits_for).fencing : std::string_view{g.cause};
    if (const NodeId holder = g.own.holder;
        holder.exists() && holder != impl_->config_.self && !impl_->holds(g.own.state)) {
        if (impl_->is_blocked_at(holder, group)) cause = impl_->table_.causes(holder).blocked;
        if (impl_->left_blocked(holder, group)) cause = impl_->table_.causes(holder).left;
    }
    if (!impl_->holds(g.own.state)) {  // why it is not claimed, whoever has it
        if (!impl_->quorum_met()) cause = cause::no_quorum;
        if (impl_->ear_.deaf()) cause = cause::deaf;
        if (impl_->supervisor_.lost()) cause = cause::supervisor_silent;
        if (impl_->aside_) cause = cause::name_twice;
    }
    return {.state = g.own.state,
            .holder = g.own.holder,
            .epoch = g.own.epoch,
            .since = g.since,
            .cause = cause,
            .failed_monitor = g.health.last_failed(),
            .monitor_failed_at = g.health.last_failed_at()};
}

Inherited Core::heritage(GroupId group) const {
    const Register& r = impl_->groups_[group.index()].own;
    return {.state = r.state, .holder = r.holder, .epoch = r.epoch};
}

bool Core::take_heritage_changed() { return impl_->due_.take_heritage(); }
Generation Core::generation() const { return impl_->outbox_.generation(); }
KnownLife Core::known(NodeId node) const { return impl_->peer(node).known; }
Generation Core::wanted_generation() const { return impl_->number_.wanted(generation()); }
void Core::set_reserved(Generation upto) { impl_->number_.reserve(upto); }
void Core::set_load(std::string_view load) { impl_->outbox_.set_load(load); }
void Core::set_wall_clock(Instant now, std::uint64_t unix_seconds) {
    impl_->outbox_.set_wall_clock(now, unix_seconds);
}

}  // namespace hb::core
