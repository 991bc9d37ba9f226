#include "sim/chaos.hpp"

#include "sim/host.hpp"

namespace hb::sim {

using Verb = core::OperatorAsked::Verb;
using Set = core::OperatorAsked::Set;

void Chaos::run(unsigned rounds) {
    begin();
    world_.settle();
    for (unsigned i = 0; i < rounds; ++i) {
        round();
        if (world_.settings.odd.recordings && world_.chance(300)) leave_some_off();
        repair();
        world_.settle();
    }
}

// Together, or one long after the other.
void Chaos::begin() {
    const bool together = world_.chance(600);
    for (std::size_t n = 0; n < world_.settings.nodes.size(); ++n) {
        const auto& host = world_.hosts[n];
        world_.time.after(world_.between(0s, together ? 20ms : 2 * world_.settings.initdead),
                          [&host] { host->power_on(); });
    }
    world_.run_for(2 * world_.settings.initdead + 50ms);
}

void Chaos::round() {
    ++round_;
    world_.oracle.round_begins();
    const auto strikes = 1 + world_.random.below(4);
    for (std::size_t i = 0; i < strikes; ++i) sometime([this] { strike(); });
    const Duration time = world_.between(3 * world_.settings.deadtime, 6 * world_.settings.deadtime);
    world_.run_for(world_.chance(300) ? std::max(time, 3 * world_.settings.address_lifetime) : time);
}

void Chaos::sometime(std::function<void()> act) {
    const Duration wait = world_.between(0ms, 3 * world_.settings.deadtime);
    if (world_.chance(400))
        world_.ambush(wait, std::move(act));
    else
        world_.time.after(wait, std::move(act));
}

// A repair that belongs to a round that is over does no harm: it is done again.
void Chaos::lasting(Duration least, Duration most, std::function<void()> end) {
    world_.time.after(world_.between(least, most), [this, end = std::move(end), mine = round_] {
        if (mine == round_) end();
    });
}

std::size_t Chaos::other_than(std::size_t node) {
    return (node + 1 + world_.random.below(world_.size() - 1)) % world_.size();
}

void Chaos::strike() {
    if (strike_oddly() || strike_extras()) return;
    switch (world_.random.below(12)) {
        case 0:
        case 1:
        case 2:
        case 3: return strike_process();
        case 11: return strike_text();
        case 4:
        case 5:
        case 6: return strike_network();
        case 7:
        case 8: return strike_operator();
        case 9: return strike_service();
        case 10: return strike_twice();
    }
}

// Only in worlds that have more than the ordinary faults.
bool Chaos::strike_oddly() {
    const Settings::Odd& odd = world_.settings.odd;
    if (odd.recordings && world_.chance(300)) return world_.attacker.strike(), true;
    if (odd.operators && world_.chance(200)) return strike_operators(), true;
    if (odd.clones && world_.chance(300)) return strike_clone(), true;
    if (odd.numbers && world_.chance(150)) return strike_numbers(), true;
    return false;
}

// Only in worlds that have them.
bool Chaos::strike_extras() {
    const Settings::Extras& extras = world_.settings.extras;
    if (extras.fencing && world_.chance(200)) return strike_device(), true;
    if (extras.pings && world_.chance(250)) return strike_ping(), true;
    if (extras.monitor != 0s && world_.chance(250)) return strike_monitored(), true;
    return false;
}

// A device begins to fail, to hang or to answer late. Often its node falls silent soon.
void Chaos::strike_device() {
    const std::size_t name = world_.random.below(world_.settings.nodes.size());
    static constexpr Device conducts[] = {Device::fails, Device::hangs, Device::late};
    world_.devices.set(name, conducts[world_.random.below(3)]);
    if (world_.chance(500))
        lasting(world_.settings.deadtime, 4 * world_.settings.deadtime,
                [this, name] { world_.devices.set(name, Device::good); });
    if (world_.chance(600))
        lasting(0s, world_.settings.deadtime, [this, name] { world_.host(name).pause(); });
}

// A ping node loses its power, or one host its way to it, or a host hears nothing at all.
void Chaos::strike_ping() {
    Host& host = anyone();
    const std::size_t witness = world_.random.below(world_.settings.extras.pings);
    const Duration deadtime = world_.settings.deadtime;
    switch (world_.random.below(4)) {
        case 0:
            world_.pings.power(witness, false);
            return lasting(deadtime / 5, 4 * deadtime,
                           [this, witness] { world_.pings.power(witness, true); });
        case 1:
            world_.pings.connect(host.node(), witness, false);
            return lasting(deadtime / 5, 4 * deadtime, [this, witness, node = host.node()] {
                world_.pings.connect(node, witness, true);
            });
        case 2:
        case 3:
            host.set_deaf(true);
            return lasting(deadtime / 5, 4 * deadtime, [&host] { host.set_deaf(false); });
    }
}

// A service ends by itself, once or again and again, here or wherever it runs; or nobody can say how it is.
void Chaos::strike_monitored() {
    const ResourceId resource = id_of<ResourceId>(world_.random.below(world_.config().resources.size()));
    const bool everywhere = world_.chance(400), once = world_.chance(300);
    const Conduct conduct = world_.chance(800) ? Conduct::dies : Conduct::status_hangs;
    Host& one = anyone();
    if (one.config().resources[resource.index()].monitor_interval == 0s) return;
    for (auto& host : world_.hosts) {
        if (!everywhere && host.get() != &one) continue;
        if (once)
            host->end_service(resource);
        else
            host->set_conduct(resource, conduct);
    }
}

void Chaos::strike_process() {
    Host& host = anyone();
    const Duration deadtime = world_.settings.deadtime;
    switch (world_.random.below(9)) {
        case 0:
            world_.oracle.fault();
            host.power_cut();
            return lasting(deadtime / 5, 4 * deadtime, [&host] { host.power_on(); });
        case 1:
        case 2: return host.crash_engine();
        case 3:
            host.freeze_engine();
            return lasting(deadtime / 10, 2 * deadtime, [&host] { host.thaw_engine(); });
        case 4: host.pause(); return lasting(deadtime / 10, standstill(), [&host] { host.resume(); });
        case 5:
            host.stop_daemon();
            return lasting(deadtime / 5, 3 * deadtime, [&host] { host.start_daemon(); });
        case 6:
            host.crash_supervisor();
            if (world_.chance(200)) host.crash_engine();
            return;
        case 7:
            host.freeze_supervisor();
            if (world_.chance(200)) host.crash_engine();
            return lasting(deadtime / 10, standstill(), [&host] { host.thaw_supervisor(); });
        case 8: return host.step_clock(world_.between(-5h, 5h));
    }
}

// Sometimes for longer than the addresses live.
Duration Chaos::standstill() {
    const Duration lifetime = world_.settings.address_lifetime;
    return lifetime != 0s && world_.chance(500) ? 2 * lifetime : 2 * world_.settings.deadtime;
}

void Chaos::strike_network() {
    Network& network = world_.network;
    Host& host = anyone();
    const std::size_t from = host.node(), to = other_than(from);
    const std::size_t medium = world_.random.below(world_.settings.media);
    const Duration deadtime = world_.settings.deadtime;
    switch (world_.random.below(7)) {
        case 0:
        case 1:  // one way
            world_.log.line(Log::world, "cut %zu to %zu", from, to);
            network.cut(from, to);
            return lasting(deadtime / 10, 3 * deadtime, [&network] { network.mend_all(); });
        case 2:
        case 3:  // one node from all others
            world_.log.line(Log::world, "cut off %zu", from);
            for (std::size_t n = 0; n < world_.size(); ++n)
                if (n != from) network.cut(from, n), network.cut(n, from);
            return lasting(deadtime / 10, 3 * deadtime, [&network] { network.mend_all(); });
        case 4:
            world_.log.line(Log::world, "cut %zu to %zu on eth%zu", from, to, medium);
            return network.cut(from, to, medium);
        case 5:
            if (medium == 0 && world_.chance(500)) {
                host.set_cable(false);
                return lasting(deadtime / 10, 3 * deadtime, [&host] { host.set_cable(true); });
            }
            host.set_interface(medium, false);
            return lasting(deadtime / 10, 3 * deadtime,
                           [&host, medium] { host.set_interface(medium, true); });
        case 6:
            world_.log.line(Log::world, "recordings of %zu are replayed", from);
            return network.replay(from, 64);
    }
}

void Chaos::strike_operator() {
    static constexpr Verb verbs[] = {Verb::standby, Verb::standby, Verb::takeover};
    static constexpr Set sets[] = {Set::all, Set::local, Set::foreign};
    Host& host = anyone();
    host.ask(verbs[world_.random.below(3)], sets[world_.random.below(3)]);
}

// Below all that were used, and for no other life.
Generation Chaos::unused_number() { return world_.settings.first_generation / 2 + 0x40 * ++numbers_lost_; }

// Another host is started under the name of a node, with a higher number or a lower one. Or it goes again.
void Chaos::strike_clone() {
    const std::size_t number = world_.settings.nodes.size();
    Host& clone = world_.host(number);
    const Host& original = world_.host(world_.settings.name_of(number));
    if (clone.powered()) return world_.chance(500) ? clone.power_cut() : clone.stop_daemon();
    const Generation newest = std::max(original.disk.reserved(), clone.disk.reserved());
    clone.restore_generation(world_.chance(500) ? newest + 0x100 : unused_number());
    clone.power_on();
    if (world_.chance(500))
        lasting(world_.settings.deadtime / 5, 4 * world_.settings.deadtime, [&clone] { clone.power_cut(); });
}

// An old disk is put into a host without power, or only the file is lost.
void Chaos::strike_numbers() {
    Host& host = anyone();
    if (!host.powered()) return;
    world_.oracle.fault();
    const bool whole = world_.chance(700);
    if (whole) host.power_cut();
    host.restore_generation(unused_number());
    if (whole)
        lasting(world_.settings.deadtime / 5, 4 * world_.settings.deadtime, [&host] { host.power_on(); });
}

// Several of them, who know nothing of each other or of what goes on.
void Chaos::strike_operators() {
    const auto times = 1 + world_.random.below(4);
    for (std::size_t i = 0; i < times; ++i) {
        Host& host = anyone();
        const std::size_t about = world_.random.below(world_.settings.nodes.size());
        world_.time.after(world_.between(0s, world_.chance(500) ? 20ms : world_.settings.deadtime),
                          [this, &host, about] {
                              if (world_.chance(250)) return host.clean_up_blocked();
                              if (world_.chance(250)) return host.ask_fenced(about);
                              host.ask(world_.chance(600) ? Verb::standby : Verb::takeover,
                                       static_cast<Set>(world_.random.below(3)));
                          });
    }
}

void Chaos::strike_service() {
    Host& host = anyone();
    const ResourceId resource = id_of<ResourceId>(world_.random.below(host.config().resources.size()));
    if (host.config().resources[resource.index()].kind == config::Resource::Kind::address)
        return host.delete_address(resource);
    static constexpr Conduct conducts[] = {Conduct::start_fails, Conduct::stop_fails, Conduct::start_hangs,
                                           Conduct::stop_hangs};
    host.set_conduct(resource, conducts[world_.random.below(4)]);
    lasting(world_.settings.deadtime, 4 * world_.settings.deadtime,
            [&host, resource] { host.set_conduct(resource, Conduct::good); });
    if (world_.chance(700)) host.ask(world_.chance(500) ? Verb::standby : Verb::takeover, Set::all);
    if (world_.chance(300)) host.disk.hang(true);
}

// Two faults in the order that hurts: one direction first, and within the right to hold something else.
void Chaos::strike_twice() {
    Host& host = anyone();
    const std::size_t from = host.node(), to = other_than(from);
    world_.log.line(Log::world, "cut %zu to %zu, and more", from, to);
    world_.network.cut(from, to);
    lasting(2 * world_.settings.keepalive, world_.settings.deadtime, [this, &host, from, to] {
        switch (world_.random.below(4)) {
            case 0: return world_.network.cut(to, from);
            case 1: return host.crash_engine();
            case 2: world_.network.cut(to, from); return host.crash_engine();
            case 3: return world_.network.replay(from, 64);
        }
    });
    lasting(world_.settings.deadtime, 4 * world_.settings.deadtime, [this] { world_.network.mend_all(); });
}

// A line of haresources is changed on all hosts, and each of them told, one after the other.
void Chaos::strike_text() {
    text_ ^= 1u << world_.random.below(world_.config().groups.size());
    world_.log.line(Log::world, "haresources is changed: %x", text_);
    for (auto& host : world_.hosts) {
        host->edit(text_);
        world_.time.after(world_.between(0ms, world_.settings.deadtime), [&host] { host->reload(); });
    }
}

// The faults end, but for one node or all but one, which stay without power: the others go on alone.
void Chaos::leave_some_off() {
    repair();
    world_.settle();
    const std::size_t which = world_.random.below(world_.size());
    const bool sole = world_.chance(500);
    for (std::size_t n = 0; n < world_.size(); ++n)
        if ((n == which) != sole) world_.host(n).power_cut();
    world_.settle();
}

// Often the second host of a name goes. Who stood aside for it is started again by an operator, once he is alone.
void Chaos::end_second_lives() {
    for (std::size_t n = world_.settings.nodes.size(); n < world_.size(); ++n) {
        Host& host = world_.host(world_.settings.name_of(n));
        if (world_.chance(700)) world_.host(n).power_cut();
        if (!world_.host(n).powered() && host.stands_aside()) host.power_cut();
    }
}

// All faults end. What is still blocked is given free after the operator has stopped it by hand.
void Chaos::repair() {
    ++round_;
    world_.log.line(Log::world, "repair");
    world_.network.mend_all();
    world_.devices.all_good();
    world_.pings.mend_all();
    end_second_lives();
    for (auto& host : world_.hosts) {
        if (host->node() < world_.settings.nodes.size()) host->power_on();
        host->resume();
        host->thaw_supervisor();
        host->thaw_engine();
        host->disk.hang(false);
        host->set_cable(true);
        host->set_deaf(false);
        for (std::size_t m = 0; m < world_.settings.media; ++m) host->set_interface(m, true);
        for (std::size_t r = 0; r < host->config().resources.size(); ++r)
            host->set_conduct(id_of<ResourceId>(r), Conduct::good);
    }
    world_.oracle.fault();
    const bool ended = world_.run_until(
        [this] {
            for (auto& host : world_.hosts)
                if (host->supervisor() && host->supervisor()->stopping()) return false;
            return true;
        },
        200s);
    if (!ended) world_.oracle.broken("a daemon that is stopped ends", "not within 200 s");
    for (auto& host : world_.hosts) {
        host->start_daemon();
        host->reload();
        if (world_.chance(500)) host->clean_up_blocked();
    }
    world_.oracle.fault();
}

}  // namespace hb::sim
