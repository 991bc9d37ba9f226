#include "sim/settings.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "hb/base/bounds.hpp"
#include "hb/config/load.hpp"
#include "hb/config/parse.hpp"

namespace hb::sim {

Random seeded(std::uint64_t seed) {
    std::uint64_t z = seed + 0x9e3779b97f4a7c15u;  // splitmix64
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return Random{z ^ (z >> 31)};
}

static std::string ms(Duration d) { return std::to_string(to_ms(d)) + "ms"; }

static std::string random_group(Random& random, const std::string& preferred, unsigned number) {
    const std::string n = std::to_string(number);
    std::string line = preferred + " IPaddr::10.0." + n + ".1/24/eth0";
    if (random.below(3) == 0) line += " IPaddr2::10.0." + n + ".2/24/eth0";
    const auto scripts = random.below(4);  // none, none, one or two
    if (scripts >= 2) line += " web" + n;
    if (scripts == 3) line += " base" + n + "::x";
    return line;
}

static void random_times(Settings& s, Random& random) {
    static constexpr Duration keepalives[] = {20ms, 50ms, 100ms, 250ms, 1s, 2s};
    s.keepalive = keepalives[random.below(std::size(keepalives))];
    s.deadtime = s.keepalive * static_cast<int>(6 + random.below(7));
    s.warntime = s.deadtime / 2;
    s.initdead = s.deadtime * static_cast<int>(2 + random.below(2));
    s.script_min = 1ms;
    s.script_max = s.keepalive / 4 * static_cast<int>(1 + random.below(12));
    s.drift_ppm = random.below(3) == 0 ? static_cast<std::int64_t>(random.below(1001)) : 0;
    s.quality.delay_max =
        std::min<Duration>(s.keepalive / 4, 100us + 1us * static_cast<int>(random.below(5000)));
    if (random.below(3) == 0) s.quality.loss = static_cast<unsigned>(random.below(201));
    if (random.below(3) == 0) s.quality.duplicate = static_cast<unsigned>(random.below(300));
    if (random.below(4) == 0) s.quality.corrupt = static_cast<unsigned>(random.below(100));
}

/// Half of all worlds have no more than the ordinary faults.
static void random_oddities(Settings& s) {
    Random random = seeded(s.seed ^ 0x0dd);
    if (random.below(2)) return;
    s.odd.recordings = random.below(3) != 0;
    s.odd.operators = random.below(3) != 0;
    s.odd.clones = random.below(3) == 0;
    s.odd.numbers = random.below(3) == 0;
    s.first_generation = 0x10000;
    if (s.odd.clones) s.clones = {random.below(s.nodes.size())};
    if (!s.odd.numbers) return;
    if (random.below(2)) s.first_generation = bounds::generation - 0x10000;
    if (random.below(2)) s.first_sequence = bounds::sequence - static_cast<Sequence>(random.below(400));
    if (random.below(2)) s.first_epoch = 0xffffffff - static_cast<std::uint32_t>(random.below(8));
}

/// From a generator of their own: what a world has besides them does not depend on them.
static void random_extras(Settings& s) {
    Random random = seeded(s.seed ^ 0xe47a);
    s.extras.fencing = random.below(5) == 0;
    s.extras.devices_reboot = random.below(2) != 0;
    if (random.below(5) == 0) s.extras.pings = 1 + random.below(3);
    s.extras.quorum = s.extras.pings > 0 && random.below(2) == 0;
    s.extras.moves_per_hour = static_cast<unsigned>(random.below(8));
    s.extras.status_limit = s.deadtime;
    if (random.below(5) == 0)
        s.extras.monitor = std::max<Duration>(100ms, s.deadtime / 4 * static_cast<int>(1 + random.below(8)));
}

Settings Settings::random(std::uint64_t seed) {
    Random random = seeded(seed);
    Settings s;
    s.seed = seed;
    s.nodes = {"alpha", "beta", "gamma", "delta"};
    s.nodes.resize(random.below(6) ? 2 : 3 + random.below(2));
    if (random.below(2)) std::swap(s.nodes[0], s.nodes[1]);
    s.media = static_cast<unsigned>(1 + random.below(2));
    random_times(s, random);
    s.auto_failback = random.below(2) != 0;
    static constexpr const char* methods[] = {"crc", "md5", "sha1", "sha256"};
    s.method = methods[random.below(4)];
    s.groups.clear();
    const auto groups = 1 + random.below(6);
    for (unsigned i = 0; i < groups; ++i)
        s.groups.push_back(random_group(random, s.nodes[random.below(s.nodes.size())], i));
    // What is assumed of a supervisor: all addresses are gone within a quarter of a deadtime.
    const Duration each = s.deadtime / 4 / static_cast<int>(4 * groups);
    s.address_max = std::clamp<Duration>(1us * static_cast<int>(random.below(2950)) + 60us, 60us,
                                         std::min<Duration>(each, 3ms));
    s.address_min = 50us;
    if (random.below(2)) s.address_lifetime = std::chrono::seconds{2 + random.below(3)};
    random_oddities(s);
    random_extras(s);
    return s;
}

static std::string lines_of(const Settings& s) {
    std::string lines;
    for (const std::string& name : s.nodes)
        if (s.extras.fencing) lines += "fence " + name + " fence_sim switch=1\n";
    for (std::size_t w = 0; w < s.extras.pings; ++w) {
        const std::string net = "10.9." + std::to_string(w);
        const bool group = w > 0 && w + 1 == s.extras.pings;
        lines += group ? "ping_group routers " + net + ".1 " + net + ".2\n" : "ping " + net + ".1\n";
    }
    if (s.extras.quorum) lines += "quorum on\n";
    if (s.extras.monitor != 0s)
        lines += "monitor * " + ms(s.extras.monitor) + " " + ms(s.extras.status_limit) + "\nmoves_per_hour " +
                 std::to_string(s.extras.moves_per_hour) + "\n";
    return lines;
}

static std::string other_way(std::string line) {
    const std::size_t mask = line.find("/24/");
    return mask == line.npos ? line : line.replace(mask, 4, "/25/");
}

config::Config Settings::config(std::size_t host, std::uint32_t changed, int percent) const {
    config::Sources sources;
    sources.node_name = nodes[name_of(host)];
    std::string& cf = sources.ha_cf;
    cf = "address_lifetime " +
         (address_lifetime == 0s ? "off" : std::to_string(to_ms(address_lifetime) / 1000)) + "\nkeepalive " +
         ms(keepalive) + "\nwarntime " + ms(warntime * percent / 100) + "\ndeadtime " +
         ms(deadtime * percent / 100) + "\ninitdead " + ms(initdead) + "\nlogfacility none\nudpport 694\n";
    for (unsigned i = 0; i < media; ++i) cf += "bcast eth" + std::to_string(i) + "\n";
    cf += std::string("auto_failback ") + (auto_failback ? "on" : "off") + "\n";
    for (const std::string& name : nodes) cf += "node " + name + "\n";
    cf += lines_of(*this);
    sources.authkeys = "auth 2\n1 crc\n2 " + method + (method == "crc" ? "\n" : " not-a-secret\n");
    for (std::size_t g = 0; g < groups.size(); ++g)
        sources.haresources += (g < 32 && changed >> g & 1 ? other_way(groups[g]) : groups[g]) + "\n";
    config::Parsed parsed = config::parse(sources);
    if (!parsed.ok()) {
        for (const config::Problem& problem : parsed.problems)
            std::fputs(config::to_text(problem).c_str(), stderr);
        std::exit(2);
    }
    config::seal(parsed.config);
    return std::move(parsed.config);
}

}  // namespace hb::sim
