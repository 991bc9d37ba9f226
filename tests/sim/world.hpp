#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hb/base/random.hpp"
#include "sim/attacker.hpp"
#include "sim/devices.hpp"
#include "sim/log.hpp"
#include "sim/network.hpp"
#include "sim/oracle.hpp"
#include "sim/pings.hpp"
#include "sim/settings.hpp"
#include "sim/timeline.hpp"

namespace hb::sim {

class Host;
class Capture;

struct Options {
    bool verbose = false;
    std::string pcap;  ///< empty: none
};

/// Hosts, a network between them, and an oracle that looks at them after every event. All chance comes from
/// the seed, so the same settings and the same faults give the same run.
class World {
public:
    World(const Settings& settings, const Options& options);
    ~World();
    World(const World&) = delete;

    const Settings settings;
    Timeline time;
    Random random;
    Log log;
    std::vector<std::unique_ptr<Host>> hosts;
    Network network;
    Oracle oracle;
    Attacker attacker;
    Devices devices;
    Pings pings;

    Host& host(std::size_t node) const { return *hosts[node]; }
    std::size_t size() const { return hosts.size(); }
    std::string name(std::size_t host) const;  ///< a second life of a name has a tick
    bool same_name(std::size_t a, std::size_t b) const { return settings.name_of(a) == settings.name_of(b); }
    const config::Config& config() const;  ///< of host 0: tables are the same on all

    /// Uniform, both ends included.
    Duration between(Duration least, Duration most);
    bool chance(unsigned per_mille) {
        return per_mille && !settings.fixed_delays && random.below(1000) < per_mille;
    }

    void run_for(Duration span);
    /// False if it did not come true within `limit`.
    bool run_until(const std::function<bool()>& true_now, Duration limit);
    /// Runs until the oracle holds the cluster for settled, checks it, and watches it for two more deadtimes.
    void settle();
    /// `act` happens when next some group on some host is acquiring or releasing, or after `limit`.
    void ambush(Duration limit, std::function<void()> act);
    void capture(const Frame& frame);

private:
    void spring_ambushes();
    struct Ambush {
        Moment limit;
        std::function<void()> act;
    };
    std::vector<Ambush> ambushes_;
    std::unique_ptr<Capture> capture_;
};

}  // namespace hb::sim
