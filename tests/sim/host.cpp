#include "sim/host.hpp"

#include <cstdarg>
#include <cstdio>
#include <utility>

#include "hb/core/cause.hpp"
#include "sim/world.hpp"

namespace hb::sim {

Host::Host(World& world, std::size_t node, config::Config config)
    : kernel(config.resources.size(), config.media.size()), disk(world, world.settings.first_generation),
      leftovers(config.resources.size()), world_(world), node_(node), config_(std::move(config)),
      left_blocked_(config_.groups.size()) {}

Instant Host::now() const { return clock_.local(world_.time.now()); }

void Host::say(const char* format, ...) {
    char text[450];
    va_list args;
    va_start(args, format);
    std::vsnprintf(text, sizeof text, format, args);
    va_end(args);
    world_.log.line(static_cast<int>(node_), "%s", text);
}

void Host::power_on() {
    if (powered_) return;
    world_.oracle.fault();
    powered_ = true;
    paused_ = false;
    const std::int64_t drift = node_ == 0   ? world_.settings.drift_ppm
                               : node_ == 1 ? -world_.settings.drift_ppm
                                            : 0;
    const Instant start{std::chrono::seconds{5} + world_.between(0s, 40s)};
    clock_ = BootClockModel(world_.time.now(), start, drift);
    frame_seen_ = now();
    deaf_until_ = Instant{};
    say("power on, boot %u", ++boots_);
    start_daemon();
}

void Host::power_cut() {
    if (!powered_) return;
    say("power cut");
    kill_engine();
    supervisor_.reset();
    powered_ = paused_ = false;
    disk.power_cut();
    kernel.lose_all();
    std::fill(leftovers.begin(), leftovers.end(), 0);
    world_.oracle.power_lost(node_);
    world_.oracle.network_changed();
}

void Host::restore_generation(Generation value) {
    say("the file says generation %u", value);
    disk.restore(value);
    world_.oracle.numbers_lost(node_);
}

bool Host::stands_aside() const { return engine_ && group(0).cause == core::cause::name_twice; }

void Host::start_daemon() {
    if (!powered_ || supervisor_) return;
    world_.oracle.fault();
    say("daemon starts");
    take_new_text();
    page_ = Page{};
    page_.groups.resize(config_.groups.size());
    page_.peers_dead.resize(config_.nodes.size());
    page_.known.resize(config_.nodes.size());
    disk.known.resize(config_.nodes.size());
    for (std::size_t n = 0; n < disk.known.size(); ++n) page_.known[n].generation = disk.known[n];
    for (core::Inherited& group : page_.groups)
        group.epoch = boots_ == 1 && node_ < world_.settings.nodes.size() ? world_.settings.first_epoch : 0;
    supervisor_ = std::make_unique<Supervisor>(*this);
    supervisor_->begin();
}

void Host::stop_daemon() {
    if (!supervisor_) return;
    world_.oracle.fault();
    say("SIGTERM to the daemon");
    supervisor_->stop();
}

void Host::crash_engine() {
    if (!engine_) return;
    world_.oracle.fault();
    say("engine crashes");
    const bool orphan = engine_->orphan();
    kill_engine();
    if (supervisor_ && !orphan) supervisor_->engine_died();
}

void Host::freeze_engine() {
    if (!engine_) return;
    world_.oracle.fault();
    say("SIGSTOP to the engine");
    engine_->freeze();
}

void Host::thaw_engine() {
    if (!engine_ || !engine_->frozen()) return;
    world_.oracle.fault();
    say("SIGCONT to the engine");
    engine_->thaw();
}

void Host::pause() {
    if (!powered_ || paused_) return;
    world_.oracle.fault();
    say("host stands still");
    paused_ = true;
    world_.oracle.network_changed();
}

void Host::resume() {
    if (!paused_) return;
    world_.oracle.fault();
    say("host goes on");
    world_.oracle.network_changed();
    paused_ = false;
    world_.oracle.hands_back(node_);
    if (engine_) engine_->wake_soon();
    if (supervisor_) supervisor_->resume();
}

void Host::ask(core::OperatorAsked::Verb verb, core::OperatorAsked::Set set) {
    static constexpr const char* verbs[] = {"standby", "takeover", "unblock", "fenced"};
    static constexpr const char* sets[] = {"all", "local", "foreign"};
    if (!own_engine()) return;
    world_.oracle.fault();
    say("operator asks for %s %s", verbs[static_cast<int>(verb)], sets[static_cast<int>(set)]);
    if (verb == core::OperatorAsked::Verb::unblock) supervisor_->forget_blocked();
    engine_->notice(core::OperatorAsked{1, verb, set});
}

void Host::ask_fenced(std::size_t name) {
    if (!own_engine()) return;
    world_.oracle.fault();
    for (auto& host : world_.hosts)
        if (host->config_.self.index() == name && seen_dead(name)) host->power_cut();
    say("operator says that %s is off", world_.settings.nodes[name].c_str());
    if (seen_dead(name)) world_.oracle.fencing.confirmed(node_, name);
    engine_->notice(
        core::OperatorAsked{1, core::OperatorAsked::Verb::fenced, {}, config_.nodes[name], "root"});
}

bool Host::seen_dead(std::size_t name) const {
    return engine_->core().node(id_of<NodeId>(name)).state == core::MemberState::dead;
}

void Host::send_user_message() {
    if (own_engine()) engine_->notice(core::UserMessage{"t=outdate\nx=1\n"});
}

void Host::set_interface(std::size_t medium, bool up) {
    if (static_cast<bool>(kernel.interfaces[medium]) == up) return;
    world_.oracle.fault();
    say("eth%zu %s", medium, up ? "up" : "down");
    kernel.interfaces[medium] = up;
    world_.oracle.network_changed();
    if (medium == 0 && up) world_.oracle.cable_is_in(node_);
    if (engine_) engine_->notice(core::MediumChanged{id_of<MediumId>(medium), up});
    if (engine_ && medium == 0) engine_->notice(carrier());
}

void Host::set_cable(bool in) {
    if (kernel.cable == in) return;
    world_.oracle.fault();
    say("cable of eth0 %s", in ? "in" : "out");
    kernel.cable = in;
    world_.oracle.network_changed();
    if (in) world_.oracle.cable_is_in(node_);
    if (engine_) engine_->notice(carrier());
}

void Host::set_deaf(bool deaf) {
    if (kernel.deaf == deaf) return;
    world_.oracle.fault();
    say(deaf ? "receives nothing any more" : "receives again");
    kernel.deaf = deaf;
    world_.oracle.network_changed();
}

void Host::answered(std::uint8_t witness) {
    if (!hears(0)) return;
    frame_came();
    if (!engine_) return;
    world_.oracle.company.heard_ping(node_);
    engine_->hear_witness(core::WitnessHeard{witness, now()});
}

void Host::frame_came() {
    deaf_until_ = deaf_until();
    frame_seen_ = now();
}

Instant Host::deaf_until() const {
    const bool deaf = now() - frame_seen_ >= world_.settings.deadtime / 2 - world_.settings.keepalive;
    return deaf ? now() : deaf_until_;
}

core::CarrierChanged Host::carrier() const {
    return {ResourceId{0}, id_of<ResourceId>(config_.resources.size() - 1),
            kernel.cable && kernel.interfaces[0]};
}

void Host::set_conduct(ResourceId resource, Conduct conduct) {
    if (kernel.conduct[resource.index()] == conduct) return;
    world_.oracle.fault();
    static constexpr const char* conducts[] = {"behaves",        "fails to start", "fails to stop",
                                               "hangs in start", "hangs in stop",  "dies again and again",
                                               "hangs in status"};
    say("%s now %s", config_.resources[resource.index()].word.c_str(), conducts[static_cast<int>(conduct)]);
    kernel.conduct[resource.index()] = conduct;
    if (conduct == Conduct::good && supervisor_) supervisor_->unhang(resource);
    if (conduct == Conduct::dies) end_service(resource);
}

// The service itself ends, whatever its script has said. Who is not asked for its status is not missed: that is left out here.
void Host::end_service(ResourceId resource) {
    if (!powered_ || kernel.service(resource) != Service::running) return;
    if (config_.resources[resource.index()].monitor_interval == 0s) return;
    say("%s ends by itself", config_.resources[resource.index()].word.c_str());
    kernel.services[resource.index()] = Service::absent;
    kernel.ended[resource.index()] = 1;
    world_.oracle.service_failed(node_, config_.resources[resource.index()].group);
}

void Host::clean_up_blocked() {
    bool any = false;
    for (std::size_t g = 0; g < config_.groups.size(); ++g) {
        if (!engine_ || group(g).state != core::GroupState::blocked) continue;
        any = true;
        const config::Group& which = config_.groups[g];
        for (std::size_t r = which.first.index(); r < which.first.index() + which.count; ++r) {
            kernel.services[r] = Service::absent;
            remove_address(id_of<ResourceId>(r));
        }
    }
    if (any) ask(core::OperatorAsked::Verb::unblock, core::OperatorAsked::Set::all);
}

void Host::delete_address(ResourceId resource) {
    if (!kernel.address(resource) || !supervisor_ || paused_) return;
    world_.oracle.fault();
    say("somebody deletes %s", config_.resources[resource.index()].word.c_str());
    lose_address(resource);
}

void Host::arrive(const FramePtr& frame) {
    if (!hears(frame->medium.index())) return;
    frame_came();
    if (!engine_) return;
    if (!frame->replayed && !frame->damaged) world_.oracle.company.heard_node(node_);
    engine_->arrive(frame);
}

void Host::request(const core::Operate& operate) { supervisor_->request(operate); }

void Host::fence(NodeId node) {
    world_.oracle.fencing.asked(node_, node);
    supervisor_->fence(node);
}

void Host::engine_left(bool surrendered) {
    say(surrendered ? "engine leaves: it has no supervisor" : "engine leaves");
    const bool orphan = engine_->orphan();
    for (std::size_t g = 0; g < left_blocked_.size(); ++g)
        left_blocked_[g] = group(g).state == core::GroupState::blocked;
    kill_engine();
    if (supervisor_ && !orphan) supervisor_->engine_left(surrendered);
}

void Host::start_engine(const core::Origin& origin) {
    kill_engine();  // one whose supervisor was killed
    graves_.clear();
    left_blocked_.assign(config_.groups.size(), false);
    say("engine starts, generation %u", origin.generation);
    engine_ = std::make_unique<Engine>(*this, origin);
    world_.attacker.engine_started(node_);
    world_.oracle.engine_started(node_, origin.restarted);
}

void Host::kill_engine() {
    if (!engine_) return;
    engine_->end();
    graves_.push_back(std::move(engine_));
    world_.oracle.engine_ended(node_);
}

void Host::remember_peers() {
    bool changed = false;
    for (std::size_t n = 0; n < page_.known.size(); ++n)
        changed |= page_.known[n].generation != disk.known[n];
    if (!changed || std::exchange(remembering_, true)) return;
    world_.time.after(world_.between(200us, 8ms), [this, boot = boots_] {
        remembering_ = false;
        if (!powered_ || boot != boots_) return;
        for (std::size_t n = 0; n < page_.known.size(); ++n) disk.known[n] = page_.known[n].generation;
    });
}

void Host::daemon_ended() {
    say("daemon ended");
    world_.oracle.fault();
    kill_engine();
    // It may be the one that says so.
    world_.time.after(0ns, [this, ended = supervisor_.get()] {
        if (supervisor_.get() == ended) supervisor_.reset();
    });
}

core::GroupStatus Host::group(std::size_t g) const {
    return engine_ ? engine_->core().group(id_of<GroupId>(g)) : core::GroupStatus{};
}

bool Host::holds_anything() const {
    for (std::size_t r = 0; r < config_.resources.size(); ++r)
        if (kernel.addresses[r] || kernel.services[r] != Service::absent) return true;
    return false;
}

}  // namespace hb::sim
