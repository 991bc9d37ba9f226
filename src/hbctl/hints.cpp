#include <algorithm>

#include "hb/base/text.hpp"
#include "hb/core/cause.hpp"
#include "hbctl/show.hpp"

namespace hb::hbctl {
namespace {

using hb::concat;
namespace cause = core::cause;

std::size_t count_groups(const Status& status, bool (*is_one)(const Status::Group&)) {
    return static_cast<std::size_t>(std::count_if(status.groups.begin(), status.groups.end(), is_one));
}

std::string groups(std::size_t n) { return n == 1 ? "1 group is" : concat(n, " groups are"); }

void hint_about_fencing(const Status& status, std::vector<std::string>& out) {
    std::vector<std::string> named;
    for (const Status::Group& g : status.groups) {
        if (!std::string_view{g.cause}.starts_with(cause::waits_for_fencing)) continue;
        std::string node{g.cause.substr(cause::waits_for_fencing.size())};
        if (std::find(named.begin(), named.end(), node) != named.end()) continue;
        out.push_back(concat("What must not run twice waits until ", node,
                             " is cut off, and the log says what its device answers. If no device can: turn ",
                             node, " off by hand, then: hbctl fenced ", node, " --yes-it-is-off"));
        named.push_back(std::move(node));
    }
}

/// The rest of a cause behind `beginning`, up to a comma: a node; empty: another cause.
std::string_view node_in(std::string_view cause, std::string_view beginning) {
    if (!cause.starts_with(beginning)) return {};
    cause.remove_prefix(beginning.size());
    return cause.substr(0, cause.find(','));
}

void hint_about_blocked(const Status& status, std::vector<std::string>& out) {
    const std::size_t here =
        count_groups(status, [](const Status::Group& g) { return g.state == "blocked"; });
    const std::size_t again = count_groups(status, [](const Status::Group& g) {
        return g.state == "blocked" && std::string_view{g.cause}.starts_with(cause::stop_failed_again);
    });
    if (again > 0)
        out.push_back(
            concat(groups(again),
                   " still blocked after an unblock: the script goes on saying that it does not stop. Look "
                   "that nothing of it runs here, then: hbctl unblock --yes-it-is-stopped"));
    if (here > again)
        out.push_back(concat(groups(here - again),
                             " blocked: stopping failed, and nobody may take over what may still run here. "
                             "The log names the script. Stop it by hand, then: hbctl unblock"));
    std::vector<std::string> named;
    for (const Status::Group& g : status.groups) {
        const std::string_view there = node_in(g.cause, cause::blocked_on),
                               left = node_in(g.cause, cause::left_blocked_by);
        if ((there.empty() && left.empty()) || std::find(named.begin(), named.end(), g.cause) != named.end())
            continue;
        named.push_back(g.cause);
        out.push_back(
            there.empty()
                ? concat("What ", left,
                         " could not stop before it left may still run there. Look that it does not, then "
                         "here: hbctl takeover")
                : concat("What is blocked on ", there,
                         " may still run there. Stop it there by hand, then on ", there, ": hbctl unblock"));
    }
}

struct Obstacle {
    std::string_view cause, advice;
};
constexpr Obstacle obstacles[] = {
    {cause::no_carrier,
     " not served here: the interface of the address has no carrier. Check cable and switch, or: ip link set INTERFACE up"},
    {cause::no_quorum,
     " not claimed: neither a node nor a ping node is heard (quorum). Mend the network; if this node "
     "alone is to serve, take `quorum` out of ha.cf, then: heartbeat -r"},
    {cause::deaf,
     " not claimed: nothing at all is received here. Check the cable, the interface and the firewall (UDP)"},
    {cause::supervisor_silent,
     " not served: the supervisor of this host is silent. A disk that hangs? Look at the log, then start "
     "heartbeat again"},
    {cause::name_twice,
     " not served: another host lives under the name of this node. Give one of them a name of its own, then "
     "start heartbeat again"},
};

bool is_stopped_by(const Status::Group& g, const Obstacle& obstacle) {
    return g.state != "owned" && g.cause == obstacle.cause;
}

bool has_obstacle(const Status::Group& g) {
    return std::any_of(std::begin(obstacles), std::end(obstacles),
                       [&](const Obstacle& o) { return is_stopped_by(g, o); });
}

void hint_about_obstacles(const Status& status, std::vector<std::string>& out) {
    for (const Obstacle& obstacle : obstacles) {
        const auto stopped = [&](const Status::Group& g) { return is_stopped_by(g, obstacle); };
        if (const auto n = std::count_if(status.groups.begin(), status.groups.end(), stopped); n > 0)
            out.push_back(concat(groups(static_cast<std::size_t>(n)), obstacle.advice));
    }
}

void hint_about_groups(const Status& status, std::vector<std::string>& out) {
    hint_about_blocked(status, out);
    hint_about_obstacles(status, out);
    const std::size_t refused = count_groups(
        status, [](const Status::Group& g) { return g.state == "not-here" && !has_obstacle(g); });
    if (refused > 0)
        out.push_back(concat(
            groups(refused),
            " not to be started here, after a standby or a failed start. To take them: hbctl takeover"));
    hint_about_fencing(status, out);
    const std::size_t lonely = count_groups(status, [](const Status::Group& g) {
        return g.state == "foreign" && g.holder.empty() && !has_obstacle(g);
    });
    if (lonely > 0)
        out.push_back(concat(groups(lonely),
                             " held by nobody: at start a node waits for the others, initdead at most"));
}

void hint_about_place(const Status& status, std::vector<std::string>& out) {
    for (const Status::Node& node : status.nodes) {
        const auto is_away = [&](const Status::Group& g) {
            return g.state == "owned" && g.preferred == node.name;
        };
        const auto away =
            static_cast<std::size_t>(std::count_if(status.groups.begin(), status.groups.end(), is_away));
        if (!node.is_self && node.state == "active" && away > 0)
            out.push_back(concat(groups(away), " here though ", node.name,
                                 " is preferred and active. To give them: hbctl standby foreign"));
    }
}

void hint_about_links(const Status::Node& node, std::vector<std::string>& out) {
    const bool one_is_up =
        std::any_of(node.links.begin(), node.links.end(), [](const auto& l) { return l.state == "up"; });
    for (const Status::Link& link : node.links)
        if (link.state == "lost" && one_is_up)
            out.push_back(concat("Nothing comes from ", node.name, " over ", link.medium,
                                 ": check cable, switch and that interface on both hosts"));
}

void hint_about_peer(const Status::Node& node, std::vector<std::string>& out) {
    const bool lives = node.state == "up" || node.state == "active";
    if (node.is_self) return;
    if (!node.heard)
        out.push_back(concat(
            node.name,
            " was never heard: is heartbeat started there, with the same authkeys, udpport and a bcast line "
            "for this network? Compare both logs"));
    else if (node.state == "dead")
        out.push_back(concat(node.name, " is dead: nothing heard for ", duration_text(*node.heard),
                             ". Check that host; when it starts again it is let in by itself"));
    else if (lives && node.dialect == "ours" && !node.has_session)
        out.push_back(concat(
            node.name,
            " is heard but does not hear this node yet: if it stays so, check the way from here to there"));
    else if (lives && node.dialect == "linux-ha")
        out.push_back(concat(node.name,
                             " speaks the protocol of Linux-HA Heartbeat: groups move by its rules, and a "
                             "one-way link is not noticed"));
    hint_about_links(node, out);
}

void hint_about_keys(const Status& status, std::vector<std::string>& out) {
    std::uint64_t refused = 0;
    for (const Status::Counter& counter : status.counters)
        if (counter.name.find("signature") != std::string::npos ||
            counter.name.find("unknown key") != std::string::npos)
            refused += counter.value;
    if (refused > 0)
        out.push_back(concat(
            refused,
            " messages were refused for their signature: is authkeys the same on all nodes, or is there a "
            "second cluster on this port?"));
}

}  // namespace

std::vector<std::string> hints(const Status& status) {
    std::vector<std::string> out;
    hint_about_groups(status, out);
    for (const Status::Node& node : status.nodes) hint_about_peer(node, out);
    hint_about_place(status, out);
    hint_about_keys(status, out);
    return out;
}

}  // namespace hb::hbctl
