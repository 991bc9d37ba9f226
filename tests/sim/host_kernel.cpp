// The kernel of a host: it goes on whatever becomes of the daemon.
#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

// A system call that is under way ends, be its process stopped or killed meanwhile; not when the power fails.
void Host::in_kernel(Duration after, std::function<void()> act) {
    world_.time.after(after, [this, boot = boots_, act = std::move(act)] {
        if (powered_ && boot == boots_) act();
    });
}

/// Sets an address, or gives one that is there another lifetime. One that has just expired is set again.
void Host::set_address(ResourceId resource) {
    kernel.addresses[resource.index()] = 1;
    const unsigned lifetime = ++kernel.lifetimes[resource.index()];
    if (config_.address_lifetime == 0s) return;
    // Its own clock, in ticks: a little early, or up to 0.4 s late.
    const Duration lateness = world_.between(-20ms, 400ms);
    const Moment ends = clock_.moment(now() + config_.address_lifetime + lateness);
    in_kernel(ends - world_.time.now(), [this, resource, lifetime] {
        if (lifetime != kernel.lifetimes[resource.index()]) return;
        say("kernel: %s expires", config_.resources[resource.index()].word.c_str());
        world_.oracle.address_expires(node_, resource);
        lose_address(resource);
    });
}

void Host::remove_address(ResourceId resource) {
    kernel.addresses[resource.index()] = 0;
    ++kernel.lifetimes[resource.index()];
}

// Not by the supervisor: the kernel tells it.
void Host::lose_address(ResourceId resource) {
    remove_address(resource);
    if (supervisor_) supervisor_->address_deleted(resource);
}

void Host::edit(std::uint32_t changed) { text_ = changed; }

void Host::edit_times(int percent) { percent_ = percent; }

void Host::reload() {
    if (!supervisor_) return;
    world_.oracle.fault();
    say("SIGHUP to the supervisor");
    supervisor_->reload();
}

std::vector<GroupId> Host::changed_lines() const {
    const config::Config now = world_.settings.config(node_, text_, percent_);
    std::vector<GroupId> changed;
    for (std::size_t g = 0; g < now.groups.size(); ++g)
        if (now.groups[g].line != config_.groups[g].line) changed.push_back(id_of<GroupId>(g));
    return changed;
}

void Host::take_new_text() {
    found_old_lines_ = false;
    for (const GroupId group : changed_lines()) {
        const config::Group& old = config_.groups[group.index()];
        for (std::size_t r = old.first.index(); r < old.first.index() + old.count; ++r)
            found_old_lines_ |= leftovers[r] != 0;
    }
    for (const GroupId group : changed_lines()) world_.oracle.group_replaced(node_, group);
    config_ = world_.settings.config(node_, text_, percent_);
}

void Host::step_clock(Duration by) {
    say("the wall clock is set %s", by < 0s ? "back" : "forward");
    wall_offset_ += by;
}

void Host::crash_supervisor() {
    if (!supervisor_) return;
    world_.oracle.fault();
    say("SIGKILL to the supervisor");
    const bool again = !supervisor_->stopping();
    supervisor_->die();
    supervisor_.reset();
    if (engine_) engine_->lose_supervisor();
    world_.oracle.network_changed();
    if (again) in_kernel(init_waits, [this] { restart_by_init(); });
}

void Host::restart_by_init() {
    if (paused_) return in_kernel(10ms, [this] { restart_by_init(); });
    start_daemon();
}

void Host::freeze_supervisor() {
    if (!supervisor_ || supervisor_->stopped()) return;
    world_.oracle.fault();
    say("SIGSTOP to the supervisor");
    supervisor_->set_stopped(true);
    world_.oracle.network_changed();
}

void Host::thaw_supervisor() {
    if (!supervisor_ || !supervisor_->stopped()) return;
    world_.oracle.fault();
    say("SIGCONT to the supervisor");
    supervisor_->set_stopped(false);
    world_.oracle.hands_back(node_);
}

/// Nobody on this host could remove an address of its: no supervisor, or one that does not run, or a new one that still
/// reads what the one before has left.
bool Host::helpless() const {
    return powered_ && (paused_ || !supervisor_ || supervisor_->stopped() || supervisor_->adopting());
}

}  // namespace hb::sim
