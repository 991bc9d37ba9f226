#include "sim/arp.hpp"

#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {
namespace {

constexpr MediumId lan{0};

bool passes(World& world, std::size_t from, std::size_t to) {
    return world.host(from).interface_up(lan.index()) && world.host(to).hears(lan.index()) &&
           !world.network.is_cut(from, to, lan.index()) && !world.chance(world.network.quality.loss);
}

Duration way(World& world) {
    return world.between(world.network.quality.delay_min, world.network.quality.delay_max);
}

void hear(World& world, std::size_t from, std::size_t to, ResourceId resource) {
    Host& host = world.host(to);
    if (!host.hears(lan.index())) return;
    host.frame_came();
    if (!host.engine()) return;
    host.engine()->notice(core::AddressClaimed{resource, mac_of(from, lan)});
}

void answer(World& world, std::size_t from, std::size_t to, ResourceId resource) {
    if (!passes(world, from, to)) return world.oracle.probe_lost(to, from, resource);
    world.time.after(way(world), [&world, from, to, resource] {
        world.oracle.probe_answered(to, from, resource);
        hear(world, from, to, resource);
    });
}

void ask(World& world, std::size_t from, std::size_t to, ResourceId resource) {
    if (!passes(world, from, to)) return world.oracle.probe_lost(from, to, resource);
    world.time.after(way(world), [&world, from, to, resource] {
        if (!world.host(to).powered()) return;
        world.host(to).frame_came();
        if (world.host(to).kernel.address(resource)) answer(world, to, from, resource);
    });
}

}  // namespace

Mac mac_of(std::size_t node, MediumId medium) {
    return Mac{{2, 0, 0, 0, static_cast<std::uint8_t>(node + 1), static_cast<std::uint8_t>(medium.value)}};
}

void probe(Host& asker, const core::ProbeAddresses& probes) {
    World& world = asker.world();
    for (std::size_t r = probes.first.index(); r <= probes.last.index(); ++r)
        for (std::size_t to = 0; to < world.size(); ++to)
            if (to != asker.node()) ask(world, asker.node(), to, id_of<ResourceId>(r));
}

void announce(Host& speaker, ResourceId resource) {
    World& world = speaker.world();
    if (!speaker.kernel.address(resource) || !speaker.interface_up(lan.index())) return;
    const std::size_t from = speaker.node();
    world.oracle.announced(from, resource);
    for (std::size_t to = 0; to < world.size(); ++to)
        if (to != from && passes(world, from, to))
            world.time.after(way(world), [&world, from, to, resource] { hear(world, from, to, resource); });
}

}  // namespace hb::sim
