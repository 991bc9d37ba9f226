#include "hb/auth/digest.hpp"
#include "hb/ipc/page.hpp"
#include "sim/host.hpp"
#include "sim/supervisor.hpp"
#include "sim/world.hpp"

namespace hb::sim {

// What a daemon before this one left running is stopped before anything else. What it adopts it does not prolong.
void Supervisor::adopt_leftovers() {
    for (std::size_t r = 0; r < scripts_.size(); ++r) {
        if (!host_.leftovers[r]) continue;
        holdings_.starting(id_of<ResourceId>(r));
        expires_[r] = Instant{};
    }
    release_all();
    adopting_ = false;
    host_.world().oracle.hands_back(host_.node());
    later(1us, [this] { run(); });
}

// Before each act the list in /run says what may be there; so it tells the next one all of it.
void Supervisor::leave_list() {
    for (std::size_t r = 0; r < scripts_.size() && !adopting_; ++r)
        host_.leftovers[r] = holdings_.may_hold(id_of<ResourceId>(r));
}

void Supervisor::die() {
    leave_list();
    for (std::size_t r = 0; r < scripts_.size(); ++r)
        if (scripts_[r].running) kill_process(id_of<ResourceId>(r));
}

void Supervisor::begin() {
    if (host_.disk.writing()) return later(2ms, [this] { begin(); });
    next_ = host_.disk.reserved() + 1;
    host_.disk.write(next_ + 1, [this, life = std::weak_ptr<char>(life_)] {
        if (life.expired()) return;
        top_ = host_.disk.reserved();
        spawning_ = restart_waits_ = true;
        adopt_leftovers();
        spawn();
    });
}

Instant Supervisor::hold_until() const { return ipc::page_instant(host_.page().hold_until_ms, host_.now()); }

// The newest value is what is judged: it is read once more when the timer is due.
void Supervisor::look() {
    using Verdict = hb::policy::Judgement::Verdict;
    const Instant now = host_.now();
    const hb::policy::Evidence evidence{
        .now = now,
        .due = look_at_,
        .hold_until = hold_until(),
        .engine_turn = host_.own_engine() ? host_.page().engine_turn : now,
        .holding = holdings_.judged(Instant::max(), now),
        .keepalive = host_.config().keepalive,
        .deadtime = host_.config().deadtime,
    };
    const auto judgement = lease_.judge(evidence);
    look_at_ = judgement.look_again;
    if (judgement.verdict == Verdict::passed) judged("the right to hold has passed");
    if (judgement.verdict == Verdict::hung) judged("the engine does not turn any more");
}

void Supervisor::judged(const char* why) {
    host_.say("supervisor: %s", why);
    const bool had_engine = host_.own_engine() != nullptr;
    host_.kill_engine();
    drop_requests();
    release_all();
    if (!had_engine || stopping_) return;
    spawning_ = true;
    later(host_.world().between(300us, 3ms), [this] { spawn(); });
}

// What the engine before asked for and is not begun is void; what runs is let run, unless its group is
// released.
void Supervisor::drop_requests() {
    forget_fencing();
    inbox_.clear();
    for (const OperationPtr& operation : operations_) operation->over = true;
    operations_.clear();
    std::erase_if(batches_, [](const Batch& batch) { return batch.operation != nullptr; });
    for (Script& script : scripts_) script.operation = nullptr;
}

void Supervisor::engine_died() {
    if (asleep()) return later(0ns, [this] { engine_died(); });
    drop_requests();
    std::erase_if(deaths_, [this](Instant at) { return host_.now() - at > 60s; });
    deaths_.push_back(host_.now());
    if (stopping_ || deaths_.size() > 1)
        release_all();
    else
        release_what_moved();
    if (!stopping_) schedule_engine();
    later(1us, [this] { run(); });
}

// What was being started or stopped is in nobody's hands. What is blocked stays so for the next engine.
void Supervisor::release_what_moved() {
    for (std::size_t g = 0; g < blocked_.size(); ++g) {
        const core::GroupState was = host_.page().groups[g].state;
        blocked_[g] |= was == core::GroupState::blocked;
        if (!blocked_[g] && was != core::GroupState::owned) release(id_of<GroupId>(g));
    }
}

void Supervisor::schedule_engine() {
    if (deaths_.size() >= 5) {
        host_.say("supervisor: gives up");
        stopping_ = true;
        return;
    }
    static constexpr Duration waits[] = {0s, 1s, 2s, 4s};
    spawning_ = true;
    restart_waits_ = deaths_.size() > 1;
    later(waits[deaths_.size() - 1] + host_.world().between(300us, 3ms), [this] { spawn(); });
}

void Supervisor::spawn() {
    if (stopping_ || host_.own_engine()) {
        spawning_ = restart_waits_ = false;
        return;
    }
    // After a second death everything is released first, and at the start what is configured no more; else the addresses.
    const bool waits = ran_before_ || host_.found_old_lines() ? releasing() : releases_addresses();
    if (restart_waits_ && waits) return later(2ms, [this] { spawn(); });
    next_ = std::max(next_, host_.page().generation + 1);
    if (next_ > top_) {  // waits for the disk: no generation is used that is not reserved
        restart_waits_ = true;
        refill();
        return later(2ms, [this] { spawn(); });
    }
    spawning_ = restart_waits_ = reload_released_ = false;
    untold_.clear();
    host_.start_engine(origin());
    host_.engine()->reserve(top_);
    host_.page().engine_turn = look_at_ = host_.now();
    ran_before_ = true;
    ++next_;
    refill();
}

void Supervisor::refill() {
    if (next_ <= top_ || refill_waits_) return;
    if (host_.disk.writing()) {
        refill_waits_ = true;
        return later(2ms, [this] {
            refill_waits_ = false;
            refill();
        });
    }
    host_.disk.write(next_, [this, life = std::weak_ptr<char>(life_)] {
        if (life.expired()) return;
        top_ = host_.disk.reserved();
        if (host_.own_engine()) host_.engine()->reserve(top_);
    });
}

void Supervisor::want_generation(Generation wanted) {
    if (wanted <= std::max(top_, next_)) return;
    next_ = wanted;
    refill();
}

core::Origin Supervisor::origin() {
    core::Origin origin;
    origin.digest = auth::sha256_head;
    origin.generation = next_;
    origin.uuid.fill(static_cast<std::byte>(0x10 + host_.config().self.index()));
    origin.seed = host_.world().random.next();
    origin.restarted = ran_before_;
    origin.peers = host_.page().known;
    for (std::size_t g = 0; g < blocked_.size(); ++g) origin.groups.push_back(inherit(id_of<GroupId>(g)));
    if (!ran_before_) return origin;
    origin.peer_was_dead = host_.page().peers_dead;
    origin.hold_until = hold_until();
    return origin;
}

core::Inherited Supervisor::inherit(GroupId group) const {
    core::Inherited was = host_.page().groups[group.index()];
    if (blocked_[group.index()])
        was.state = core::GroupState::blocked;
    else if (holdings_.releasing(group))
        was.state = core::GroupState::releasing;
    else if (was.state != core::GroupState::owned || !holdings_.may_hold_any(group))
        was.state = core::GroupState::foreign;
    return was;
}

void Supervisor::release(GroupId group) {
    if (!holdings_.release(group)) return;
    host_.world().oracle.stop_asked(host_.node(), group);
    host_.say("supervisor: releases %s", host_.config().groups[group.index()].key.c_str());
    const config::Group& which = host_.config().groups[group.index()];
    for (std::size_t r = which.first.index(); r < which.first.index() + which.count; ++r)
        if (scripts_[r].running && scripts_[r].verb == Verb::start) kill_script(id_of<ResourceId>(r));
}

void Supervisor::release_all() {
    for (std::size_t g = 0; g < blocked_.size(); ++g) release(id_of<GroupId>(g));
}

void Supervisor::pursue_release() {
    Batch batch{.addresses = {}, .verb = Verb::stop, .operation = nullptr};
    if (pending_retries_ == 0)
        for (const ResourceId resource : holdings_.next_stops()) {
            if (host_.config().resources[resource.index()].kind == config::Resource::Kind::address)
                batch.addresses.push_back(resource);
            else
                release_stop(resource);
        }
    for (std::size_t i = 0; i < batch.addresses.size(); i += 64) {
        Batch part = batch;
        part.addresses.assign(
            batch.addresses.begin() + static_cast<std::ptrdiff_t>(i),
            batch.addresses.begin() + static_cast<std::ptrdiff_t>(std::min(i + 64, batch.addresses.size())));
        batches_.push_front(part);
    }
    for (const auto& ended : holdings_.take_ended()) {
        const config::Group& group = host_.config().groups[ended.group.index()];
        blocked_[ended.group.index()] = ended.outcome != Outcome::ok;
        host_.say("supervisor: %s %s", group.key.c_str(),
                  ended.outcome == Outcome::ok ? "released" : "blocked");
        if (reload_asked_ && reload_released_ && ended.outcome == Outcome::ok)
            untold_.insert(ended.group);
        else
            tell_released(ended.group, ended.outcome);
    }
}

void Supervisor::tell_released(GroupId group, Outcome outcome) {
    const config::Group& which = host_.config().groups[group.index()];
    done_upwards(0, which.first, id_of<ResourceId>(which.first.index() + which.count - 1u), outcome);
}

void Supervisor::stop() {
    if (stopping_) return;
    stopping_ = true;
    later(1us, [this] {
        if (host_.own_engine())
            host_.engine()->notice(core::StopAsked{});
        else
            release_all();
        run();
    });
}

void Supervisor::reload() {
    if (stopping_) return;
    reload_asked_ = true;
    reload_released_ = false;
    later(1us, [this] { run(); });
}

bool Supervisor::idle() const {
    for (const Script& script : scripts_)
        if (script.running) return false;
    return operations_.empty() && batches_.empty() && inbox_.empty() && !in_netlink_ && !releasing();
}

// When nothing is under way what has another line now is released; then another engine goes on with the rest.
void Supervisor::pursue_reload() {
    if (stopping_) reload_asked_ = false;
    if (!reload_asked_ || !idle() || !host_.own_engine() || next_ > top_) return;
    const std::vector<GroupId> changed = host_.changed_lines();
    const bool again = std::exchange(reload_released_, true);
    for (const GroupId group : changed)
        if (holdings_.may_hold_any(group) && !(again && holdings_.is_blocked(group))) release(group);
    if (!again || !idle()) return later(1us, [this] { run(); });
    reload_asked_ = false;
    const std::set<GroupId> untold = std::exchange(untold_, {});
    for (const GroupId group : changed) {
        if (!holdings_.may_hold_any(group)) continue;
        host_.say("supervisor: %s does not stop, nothing is read",
                  host_.config().groups[group.index()].key.c_str());
        for (const GroupId released : untold) tell_released(released, Outcome::ok);
        return;
    }
    host_.say("supervisor: %zu lines of haresources changed", changed.size());
    host_.kill_engine();
    drop_requests();
    for (const GroupId group : changed) {
        host_.page().groups[group.index()] = core::Inherited{};
        blocked_[group.index()] = 0;
    }
    host_.take_new_text();
    release_what_moved();
    spawning_ = true;
    spawn();
}

void Supervisor::engine_left(bool surrendered) {
    if (asleep()) return later(0ns, [this, surrendered] { engine_left(surrendered); });
    drop_requests();
    release_all();
    if (!surrendered) stopping_ = true;
    if (!stopping_) {
        spawning_ = true;
        later(host_.world().between(300us, 3ms), [this] { spawn(); });
    }
    later(1us, [this] { run(); });
}

bool Supervisor::releasing() const {
    for (std::size_t g = 0; g < blocked_.size(); ++g)
        if (holdings_.releasing(id_of<GroupId>(g))) return true;
    return false;
}

bool Supervisor::releases_addresses() const {
    const config::Config& config = host_.config();
    for (std::size_t r = 0; r < config.resources.size(); ++r)
        if (config.resources[r].kind == config::Resource::Kind::address &&
            holdings_.releasing(config.resources[r].group) && holdings_.may_hold(id_of<ResourceId>(r)))
            return true;
    return false;
}

void Supervisor::end_if_empty() {
    if (!stopping_ || adopting_ || ending_ || host_.own_engine() || in_netlink_ || !batches_.empty() ||
        releasing())
        return;
    ending_ = true;
    leave_list();
    host_.daemon_ended();
}

}  // namespace hb::sim
