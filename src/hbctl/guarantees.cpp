// The arithmetic behind each sentence is in docs/decisions.md, "The right to hold".
#include "hbctl/guarantees.hpp"

#include <algorithm>

#include "hb/base/text.hpp"
#include "hbctl/show.hpp"

namespace hb::hbctl {
namespace {

using config::Config;
using hb::concat;

/// The kernel ends an address up to that much after its lifetime.
constexpr Duration kernel_lateness = 400ms;
/// A supervisor that stands still is waited for as long; then its engine gives the groups away (core/silent.cpp).
constexpr Duration least_patience = 2s, longest_beat = 2s;
/// How long a claim waits for addresses that still answer, behind their lifetime or without one (core/guard.cpp).
constexpr Duration lifetime_slack = 500ms, wait_for_unending = 1s;
/// The claim guard and the way of a few messages.
constexpr Duration a_moment = 100ms;
/// A deadtime in which the next engine surely proves itself.
constexpr Duration enough_to_go_on = 300ms;
/// For so many keepalives a deadtime survives one cut of one direction, and several at once.
constexpr int keepalives_for_one_cut = 5, keepalives_for_several = 6;

std::string other(const Config& config) {
    return config.nodes.size() == 2 ? "the other node" : "another node";
}

bool has_lifetime(const Config& config) { return config.address_lifetime > Duration{}; }

bool survives_one_cut(const Config& config) {
    return config.deadtime >= config.keepalive * keepalives_for_one_cut;
}

bool has_witnesses(const Config& config) { return config.quorum && !config.witnesses.empty(); }

/// Every other node can be cut off.
bool has_fences(const Config& config) {
    for (std::size_t i = 0; i < config.nodes.size(); ++i) {
        const auto serves = [i](const config::FenceDevice& d) {
            return !d.victim.exists() || d.victim.index() == i;
        };
        if (i != config.self.index() && std::none_of(config.fences.begin(), config.fences.end(), serves))
            return false;
    }
    return true;
}

bool has(const Config& config, bool (*is_one)(const config::Group&)) {
    return std::any_of(config.groups.begin(), config.groups.end(), is_one);
}
bool must_run_once(const config::Group& group) { return group.exclusive; }
bool may_run_twice(const config::Group& group) { return !group.exclusive; }

std::string kept_by_kernel(const Config& config) {
    const Duration gone = config.address_lifetime + kernel_lateness;
    const std::string expire = concat(
        "heartbeat is killed whole or frozen: the kernel ends its addresses within ", time_text(gone), ' ');
    if (gone < config.deadtime) return concat(expire, "by itself, before ", other(config), " acts");
    return concat(expire, "by itself; ", other(config),
                  " asks whether they still answer, and waits that long");
}

std::vector<std::string> kept(const Config& config) {
    const std::string dead = time_text(config.deadtime), right = time_text(config.deadtime * 3 / 4);
    std::vector<std::string> out{
        concat("a node loses its power: ", other(config), " serves after ", dead),
        config.deadtime >= enough_to_go_on
            ? "the engine of heartbeat is killed: the next one goes on, and nothing moves"
            : concat("the engine of heartbeat is killed: the next one goes on, or ", other(config),
                     " serves"),
        concat("the engine hangs: what it holds is gone ", right, " after its last proof of life, before ",
               other(config), " acts at ", dead)};
    out.push_back(
        concat("the supervisor is killed: its engine keeps the others away until ",
               has_lifetime(config) ? "the kernel has ended the addresses" : "heartbeat is started again"));
    if (has_lifetime(config)) out.push_back(kept_by_kernel(config));
    out.push_back(concat(
        "the interface of an address loses its carrier: ", other(config), " serves ",
        config.media.size() > 1 ? "at once if another medium reaches it, else after " : "after ", dead));
    if (survives_one_cut(config))
        out.push_back(concat(
            "heartbeats pass in one direction only (cable, switch, firewall): the node that is no longer heard "
            "learns it, and gives up in time",
            config.deadtime < config.keepalive * keepalives_for_several
                ? concat(" (one such fault at a time; for more, a deadtime of ",
                         time_text(config.keepalive * keepalives_for_several), ")")
                : std::string{}));
    out.push_back("somebody plays back recorded heartbeats: no group moves");
    out.push_back(
        "a second host is started under the name of a node: the one that started earlier lets go first");
    if (has_fences(config) && has(config, must_run_once))
        out.push_back(
            "a node falls silent and may still run something: it is fenced before what is at_most_one starts elsewhere");
    if (has_witnesses(config))
        out.push_back("a node is cut off from all nodes and all ping nodes: it holds nothing (quorum on)");
    return out;
}

std::string missing_in_partition(const Config& config) {
    std::string out = "one owner while the nodes live but hear nothing of each other";
    if (has_fences(config)) out += ", for groups that are at_least_one";
    if (has_witnesses(config)) return out + " and both reach a ping node: both serve";
    out += ": both serve.";
    if (config.media.size() == 1) out += " A second bcast line, over other hardware, makes that unlikely;";
    return out + (config.media.size() == 1 ? " ping nodes" : " Ping nodes") +
           " with `quorum on` prevent it when one of them is cut off";
}

std::string missing_for_scripts(const Config& config) {
    const std::string end =
        "that a script has ended on a node that hangs when " + other(config) + " starts its own";
    return config.watchdog.empty() ? end + ": `fence` or `stonith` sees to that"
                                   : end + ": the watchdog ends it later";
}

std::vector<std::string> missing(const Config& config) {
    std::vector<std::string> out;
    if (!has_fences(config) || has(config, may_run_twice)) out.push_back(missing_in_partition(config));
    if (!has_lifetime(config))
        out.push_back(
            "one owner after heartbeat was killed whole: its addresses stay in the kernel "
            "(no address_lifetime) until it is started again");
    if (!survives_one_cut(config))
        out.push_back(
            concat("one owner when heartbeats pass in one direction only: that needs a deadtime of ",
                   time_text(config.keepalive * keepalives_for_one_cut)));
    if (has(config, must_run_once) && !has_fences(config)) out.push_back(missing_for_scripts(config));
    out.push_back(
        "one owner in the first moments after a whole host was paused (a virtual machine) and goes on");
    out.push_back(
        "one owner where a node boots that hears nothing, neither heartbeats nor ARP, of one that has not met it since "
        "its own start");
    out.push_back(
        "that recordings move nothing where a node runs Linux-HA: its protocol has no echo to prove what is new");
    out.push_back("anything of this on the side of a node that runs Linux-HA (3.0.6)");
    return out;
}

std::string list(std::string_view title, const std::vector<std::string>& sentences) {
    if (sentences.empty()) return {};
    std::string out = concat(title, '\n');
    for (const std::string& sentence : sentences) out += wrap(concat("  - ", sentence), 4);
    return out;
}

}  // namespace

std::string time_text(Duration duration) {
    const std::int64_t ms = to_ms(duration);
    if (ms % 1000 != 0) return ms < 1000 ? concat(ms, " ms") : concat(ms / 1000, '.', ms % 1000 / 100, " s");
    return concat(ms / 1000, " s");
}

// A silent node is dead after the deadtime; that of a cable that came and went is a keepalive longer. What the kernel of a frozen
// host still answers for is waited for. In the middle of a hand-over nobody serves while a supervisor stands still.
Duration longest_outage(const Config& config) {
    if (!has_lifetime(config))
        return config.deadtime + std::max(config.keepalive, wait_for_unending) + a_moment;
    const Duration beat = std::min<Duration>(std::max(config.keepalive, config.deadtime / 4), longest_beat);
    return std::max({config.deadtime + config.keepalive, config.address_lifetime + lifetime_slack,
                     std::max<Duration>(least_patience, 2 * beat)}) +
           a_moment;
}

Guarantees guarantees(const Config& config) {
    if (config.nodes.size() < 2) return {};
    return {kept(config), missing(config)};
}

std::string guarantees_text(const Config& config) {
    const Guarantees all = guarantees(config);
    if (all.kept.empty()) return {};
    return list("Guaranteed: an address never has two owners, also when", all.kept) +
           wrap(concat("After each of these somebody serves again within ", time_text(longest_outage(config)),
                       ", and what the scripts take to start."),
                0) +
           list("Not guaranteed:", all.missing);
}

}  // namespace hb::hbctl
