#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hb::hbctl {

using Milliseconds = std::int64_t;

/// The daemon's records, read: see control/command.hpp. Words that a newer daemon may add stay words.
struct Status {
    struct Link {
        std::string medium, state;
        std::optional<Milliseconds> heard;  ///< ago
    };
    struct Node {
        std::string name;
        bool is_self = false;
        std::string state;
        Milliseconds since = 0;             ///< ago
        std::optional<Milliseconds> heard;  ///< ago
        Milliseconds deadtime = 0;
        std::string dialect;  ///< "ours", "linux-ha"
        bool has_session = false;
        std::optional<std::int64_t> round_trip_us;
        std::vector<Link> links;
    };
    struct Ping {
        std::string name, state;            ///< "up", "dead", "unknown"
        Milliseconds since = 0;             ///< ago
        std::optional<Milliseconds> heard;  ///< ago
    };
    struct Group {
        std::string key, preferred, state;
        std::string holder;  ///< empty: nobody
        std::uint64_t epoch = 0;
        Milliseconds since = 0;  ///< ago
        std::string cause;       ///< may be empty
        std::string line;
        std::string policy;                          ///< "at-most-one", "at-least-one"
        std::string failed_monitor;                  ///< a resource; empty: none since the start
        std::optional<Milliseconds> monitor_failed;  ///< ago
    };
    struct Counter {
        std::string name;
        std::uint64_t value = 0;
    };

    std::string version, self;
    std::uint64_t generation = 0;
    Milliseconds uptime = 0;
    bool is_leaving = false;
    std::optional<Milliseconds> hold;  ///< how long what is held may be kept; none: nothing is held
    std::vector<Node> nodes;
    std::vector<Ping> pings;
    std::vector<Group> groups;
    std::vector<Counter> counters;

    const Node* find(std::string_view name) const;
    const Ping* find_ping(std::string_view name) const;
};

/// nullopt: cut short, or not the answer of a heartbeat.
std::optional<Status> parse_status(std::string_view text);

}  // namespace hb::hbctl
