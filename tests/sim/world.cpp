#include "sim/world.hpp"

#include "sim/capture.hpp"
#include "sim/host.hpp"

namespace hb::sim {

static std::vector<std::unique_ptr<Host>> make_hosts(World& world) {
    std::vector<std::unique_ptr<Host>> hosts;
    for (std::size_t n = 0; n < world.settings.hosts(); ++n)
        hosts.push_back(std::make_unique<Host>(world, n, world.settings.config(n)));
    return hosts;
}

World::World(const Settings& given, const Options& options)
    : settings(given), random(seeded(given.seed ^ 0x5eed)), log(time, given.hosts(), options.verbose),
      hosts(make_hosts(*this)), network(*this, given.hosts(), given.media, given.quality), oracle(*this),
      attacker(*this), devices(*this), pings(*this) {
    for (std::size_t n = 0; n < size(); ++n) log.name(n, name(n));
    if (settings.odd.recordings) network.tap = [this](const FramePtr& frame) { attacker.heard(frame); };
    if (!options.pcap.empty()) capture_ = std::make_unique<Capture>(options.pcap);
}

World::~World() = default;

std::string World::name(std::size_t host) const {
    return settings.nodes[settings.name_of(host)] + (host < settings.nodes.size() ? "" : "'");
}

const config::Config& World::config() const { return hosts.front()->config(); }

Duration World::between(Duration least, Duration most) {
    if (most <= least) return least;
    if (settings.fixed_delays) return least + (most - least) / 2;
    return least + Duration{static_cast<std::int64_t>(
                       random.below(static_cast<std::uint64_t>((most - least).count() + 1)))};
}

void World::capture(const Frame& frame) {
    if (capture_) capture_->write(frame);
}

void World::run_for(Duration span) {
    const Moment limit = time.now() + span;
    while (time.step(limit)) {
        oracle.after_event();
        if (!ambushes_.empty()) spring_ambushes();
    }
}

bool World::run_until(const std::function<bool()>& true_now, Duration limit) {
    const Moment end = time.now() + limit;
    while (!true_now()) {
        if (!time.step(end)) return true_now();
        oracle.after_event();
        if (!ambushes_.empty()) spring_ambushes();
    }
    return true;
}

void World::settle() {
    const Moment patience = oracle.settled_at() + 50 * (3 * settings.deadtime + settings.initdead) + 1h;
    while (time.now() < patience) {
        while (time.now() < oracle.settled_at() && time.now() < patience)
            run_for(oracle.settled_at() - time.now());
        if (time.now() >= patience) break;
        const std::uint64_t faults = oracle.faults();
        oracle.check_settled();
        oracle.watch(true);
        time.after(between(0s, settings.deadtime),
                   [this] { host(random.below(size())).step_clock(between(-5h, 5h)); });
        if (settings.odd.recordings) attacker.harass(2 * settings.deadtime);
        run_for(2 * settings.deadtime);
        oracle.watch(false);
        if (oracle.faults() == faults) oracle.check_settled();
        if (oracle.faults() == faults) return;
    }
    if (settings.quality.loss == 0)
        oracle.broken("a cluster without faults settles", "not within %lld s",
                      static_cast<long long>(patience / 1s));
    log.line(Log::world, "never calm: too many frames are lost");
}

void World::ambush(Duration limit, std::function<void()> act) {
    ambushes_.push_back({time.now() + limit, std::move(act)});
}

void World::spring_ambushes() {
    bool moving = false;
    for (const auto& host : hosts)
        for (std::size_t g = 0; host->engine() && g < config().groups.size() && !moving; ++g) {
            const core::GroupState state = host->group(g).state;
            moving = state == core::GroupState::acquiring || state == core::GroupState::releasing;
        }
    for (std::size_t i = 0; i < ambushes_.size();) {
        if (!moving && time.now() < ambushes_[i].limit) {
            ++i;
            continue;
        }
        const auto act = std::move(ambushes_[i].act);
        ambushes_.erase(ambushes_.begin() + static_cast<std::ptrdiff_t>(i));
        act();
        return;  // one at a time: the next with the next event
    }
}

}  // namespace hb::sim
