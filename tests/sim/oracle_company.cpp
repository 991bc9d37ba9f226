#include "sim/oracle_company.hpp"

#include <algorithm>

#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

namespace {
constexpr Duration remembered = 60s;  ///< an answer of a ping node from before says nothing about an ear
}  // namespace

void CompanyPromise::engine_started(std::size_t host) {
    ears_.resize(world_.size());
    ears_[host] = {world_.time.now(), world_.time.now(), false, world_.host(host).now(), Instant{}};
}

void CompanyPromise::heard_node(std::size_t host) {
    if (!ears_.empty()) ears_[host].node = world_.time.now();
}

void CompanyPromise::heard_ping(std::size_t host) {
    ears_[host].ping = world_.time.now();
    ears_[host].any_ping = true;
}

Duration CompanyPromise::ping_interval() const {
    const Settings& s = world_.settings;
    return std::max<Duration>(s.keepalive, std::min<Duration>(s.deadtime / 8, 100ms));
}

// What it receives it reads in its next turn.
void CompanyPromise::turn_begins(std::size_t host) {
    const Host& here = world_.host(host);
    if (world_.config().witnesses.empty()) return;
    if (here.deaf_until() > ears_[host].turn) ears_[host].deaf_until = here.now();
    ears_[host].turn = here.now();
}

bool CompanyPromise::has_quorum(std::size_t host) const {
    if (!world_.settings.extras.quorum) return true;
    for (std::size_t w = 0; w < world_.config().witnesses.size(); ++w)
        if (world_.pings.reaches(host, w)) return true;
    for (std::size_t other = 0; other < world_.size(); ++other)
        if (other != host && world_.oracle.is_live(other) && !world_.network.severed(other, host) &&
            !world_.network.severed(host, other))
            return true;
    return false;
}

void CompanyPromise::claimed(std::size_t host, GroupId group) {
    const Settings& s = world_.settings;
    const Ear& ear = ears_[host];
    const Host& here = world_.host(host);
    const std::string& key = world_.config().groups[group.index()].key;
    const Duration alone = world_.time.now() - std::max(ear.node, ear.ping);
    if (s.extras.quorum && alone >= s.deadtime * 3 / 4)
        world_.oracle.broken("without quorum nothing is claimed",
                             "%s claims %s, and has heard nobody for %.3f s", world_.name(host).c_str(),
                             key.c_str(), static_cast<double>(alone.count()) / 1e9);
    const Duration silent = here.now() - here.frame_seen();
    const bool answered_lately =
        ear.any_ping && world_.time.now() - ear.ping < silent + remembered - s.deadtime;
    if (answered_lately && silent > s.deadtime / 2 + 2 * ping_interval())
        world_.oracle.broken("a deaf node claims nothing",
                             "%s claims %s, and has received nothing for %.3f s", world_.name(host).c_str(),
                             key.c_str(), static_cast<double>(silent.count()) / 1e9);
}

// A ping node that does not answer, though it is there: frames were lost by chance.
void CompanyPromise::turn_done(std::size_t host) {
    if (!world_.host(host).engine()) return;
    for (std::size_t w = 0; w < world_.config().witnesses.size(); ++w)
        if (world_.pings.reaches(host, w) &&
            world_.host(host).engine()->core().witness(w).state == core::WitnessState::dead)
            world_.oracle.noise();
}

void CompanyPromise::after_event() {
    if (!world_.settings.extras.quorum || world_.time.now() < next_look_) return;
    next_look_ = world_.time.now() + world_.settings.keepalive / 8;
    for (std::size_t host = 0; host < world_.size(); ++host)
        if (world_.host(host).engine() && !world_.host(host).helpless()) check_alone(host);
}

// While others live what is held ends three quarters of a deadtime after they were heard; when they are dead, with the last ping node.
void CompanyPromise::check_alone(std::size_t host) {
    const Settings& s = world_.settings;
    const Host& here = world_.host(host);
    const Duration ping_lost = world_.config().deadping + 2 * ping_interval();
    const Duration bound = std::max<Duration>(s.deadtime * 3 / 4, ping_lost) + s.deadtime / 4 + 50ms;
    const Moment since = std::max({ears_[host].node, ears_[host].ping, world_.oracle.handed_back(host)});
    if (world_.time.now() - since <= bound) return;
    for (std::size_t r = 0; r < world_.config().resources.size(); ++r)
        if (here.kernel.addresses[r])
            world_.oracle.broken("without quorum nothing is held",
                                 "%s has %s, and has heard nobody for %.3f s", world_.name(host).c_str(),
                                 world_.config().resources[r].word.c_str(),
                                 static_cast<double>((world_.time.now() - since).count()) / 1e9);
}

}  // namespace hb::sim
