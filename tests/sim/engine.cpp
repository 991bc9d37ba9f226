#include "sim/engine.hpp"

#include <cstring>
#include <utility>

#include "engine/medium.hpp"
#include "hb/ipc/page.hpp"
#include "sim/arp.hpp"
#include "sim/dialect.hpp"
#include "sim/host.hpp"
#include "sim/world.hpp"
#include "trace.hpp"

namespace hb::sim {

Engine::Engine(Host& host, const core::Origin& origin)
    : host_(host), authenticator_(host.config().keys), core_(host.config(), origin, host.now()),
      last_drain_(host.now()) {
    if (host.world().settings.first_sequence) begin_with(core_, host.world().settings.first_sequence);
    for (std::size_t m = 0; m < host.config().media.size(); ++m)
        if (host.interface_up(m)) notices_.push_back(core::MediumChanged{id_of<MediumId>(m), true});
    notices_.push_back(host.carrier());
    wake_soon();
}

void Engine::arrive(const FramePtr& frame) {
    if (socket_.size() == socket_room) return;
    socket_.push_back({frame, host_.wall_ns()});
    wake_soon();
}

void Engine::notice(const core::Event& event) {
    notices_.push_back(event);
    wake_soon();
}

void Engine::freeze() { frozen_ = true; }

// The channel ends. The page that both shared is this engine's alone from now on.
void Engine::lose_supervisor() {
    orphan_ = true;
    notice(core::SupervisorGone{});
}

void Engine::thaw() {
    frozen_ = false;
    wake_soon();
}

// The kernel's scheduler takes its time.
void Engine::wake_soon() { wake_at(host_.world().time.now() + host_.world().between(5us, 60us)); }

void Engine::wake_at(Moment moment) {
    if (moment >= wake_) return;
    wake_ = moment;
    const unsigned ticket = ++ticket_;
    host_.world().time.at(moment, [this, ticket, life = std::weak_ptr<char>(life_)] {
        if (life.expired() || ticket != ticket_) return;
        wake_ = no_moment;
        if (!frozen_ && !host_.paused()) turn();
    });
}

void Engine::turn() {
    const Instant now = host_.now();
    core_.set_wall_clock(now, static_cast<std::uint64_t>(host_.wall_ns() / 1'000'000'000));
    const bool had_input = !socket_.empty() || !notices_.empty() || !answers_.empty();
    acted_ = false;
    for (std::size_t i = 0; i < frames_per_turn && !socket_.empty(); ++i) {
        const Received received = socket_.front();
        socket_.pop_front();
        receive(received, now);
    }
    if (socket_.empty()) last_drain_ = now;
    for (const core::WitnessHeard& heard : std::exchange(answers_, {})) step(now, heard);
    while (!notices_.empty()) {
        const core::Event event = notices_.front();
        notices_.pop_front();
        step(now, event);
    }
    if (!orphan_) supervisor_turn_ = host_.page().supervisor_turn;
    core::Tick tick;
    if (supervisor_turn_ != Instant{}) tick.supervisor_turn = supervisor_turn_;
    if (!host_.config().witnesses.empty()) tick.frame_seen = host_.frame_seen();
    step(now, tick);
    if (!orphan_) publish(now);
    host_.world().oracle.turn_done(host_.node(), now, had_input || acted_);
    if (leaving_ && !ended_) {
        ended_ = true;
        return host_.engine_left(core_.surrendered());
    }
    if (!ended_) wait();
}

void Engine::wait() {
    if (!socket_.empty() || !notices_.empty()) return wake_soon();
    const Moment deadline = host_.clock().moment(core_.deadline());
    if (deadline == no_moment) return;
    wake_at(std::max(deadline, host_.world().time.now()) + host_.world().between(2us, 80us));
}

void Engine::receive(const Received& received, Instant now) {
    const Bytes octets{received.frame->octets.data(), received.frame->octets.size()};
    wire::Envelope envelope;
    if (wire::open_envelope(octets, envelope) != wire::DropReason::none) return;
    if (authenticator_.verify(envelope) != wire::DropReason::none) return;
    static wire::Message message;
    message.fields.clear();
    message.scratch_used = 0;
    if (wire::decode(envelope, message) != wire::DropReason::none) return;
    if (speaks_linux_ha()) strip_extension(message);
    const Instant stamp = engine::on_boot_clock(received.stamp, {now, host_.wall_ns()}, last_drain_);
    Oracle& oracle = host_.world().oracle;
    oracle.frame_before(host_.node(), message, stamp, *received.frame);
    step(now, core::FrameReceived{received.frame->medium, stamp, &message, received.frame->source});
    oracle.frame_after(host_.node());
}

void Engine::step(Instant now, const core::Event& event) {
    static core::Actions actions;
    actions.clear();
    core_.step(now, event, actions);
    acted_ = acted_ || !actions.empty();
    mix(event, actions);
    perform(actions);
}

/// All that the core said goes into the hash of the run, not only what has an effect in this world.
void Engine::mix(const core::Event& event, const core::Actions& actions) {
    static std::string step;
    struct Octets {
        void operator()(std::uint64_t value) {
            step.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
        void operator()(std::string_view text) { step.append(text); }
    };
    step.clear();
    trace::put_step(core_, event, actions, Octets{});
    host_.world().log.mix(step.data(), step.size());
}

void Engine::perform(const core::Actions& actions) {
    for (const core::Action& action : actions) {
        if (const auto* frame = std::get_if<core::SendFrame>(&action)) send(frame->body);
        if (const auto* request = std::get_if<core::Operate>(&action); request && !orphan_)
            host_.request(*request);
        if (const auto* fence = std::get_if<core::Fence>(&action); fence && !orphan_)
            host_.fence(fence->node);
        if (const auto* hook = std::get_if<core::RunHook>(&action))
            host_.world().oracle.hook_run(host_.node(), hook->text);
        if (const auto* ping = std::get_if<core::PingWitness>(&action))
            host_.world().pings.ask(host_, ping->witness);
        if (const auto* probes = std::get_if<core::ProbeAddresses>(&action)) probe(host_, *probes);
        if (const auto* reply = std::get_if<core::ReplyToOperator>(&action))
            host_.say("operator: %s %.*s", reply->accepted ? "ok" : "refused",
                      static_cast<int>(reply->text.size()), reply->text.view().data());
        if (const auto* record = std::get_if<LogRecord>(&action))
            host_.say("%.*s", static_cast<int>(record->text.size()), record->text.view().data());
        if (std::get_if<core::Leave>(&action)) leaving_ = true;
    }
}

bool Engine::speaks_linux_ha() const { return host_.world().settings.extras.linux_ha == host_.node(); }

void Engine::send(Bytes body) {
    static std::array<std::byte, 4096> datagram, stripped;
    if (speaks_linux_ha()) body = without_extension(body, stripped);
    invariant(body.size() <= 2048);
    std::memcpy(datagram.data(), body.data(), body.size());
    const auth::Signature signature = authenticator_.sign(body);
    const std::size_t size =
        body.size() + wire::append_signature(signature.view(), std::span(datagram).subspan(body.size()));
    Oracle& oracle = host_.world().oracle;
    const bool status = oracle.sent(host_.node(), body, size);
    host_.world().network.send(host_.node(), Bytes(datagram.data(), size),
                               status ? oracle.silences(host_.node()) : std::vector<Duration>{});
}

// What stays valid when this engine ends. An instant of zero says: leave what the engine before wrote.
void Engine::publish(Instant now) {
    Page& page = host_.page();
    page.engine_turn = now;
    if (core_.hold_until() != Instant{})
        page.hold_until_ms = ipc::page_ms(std::min(core_.hold_until(), now + std::chrono::hours{1}));
    const config::Config& config = host_.config();
    for (std::size_t n = 0; n < config.nodes.size(); ++n)
        page.peers_dead[n] = core_.node(id_of<NodeId>(n)).state == core::MemberState::dead;
    page.generation = core_.generation();
    for (std::size_t n = 0; n < config.nodes.size(); ++n) page.known[n] = core_.known(id_of<NodeId>(n));
    host_.remember_peers();
    if (const Generation wanted = core_.wanted_generation()) host_.supervisor()->want_generation(wanted);
    if (!core_.take_heritage_changed()) return;
    for (std::size_t g = 0; g < config.groups.size(); ++g) page.groups[g] = core_.heritage(id_of<GroupId>(g));
}

}  // namespace hb::sim
