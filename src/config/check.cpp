#include <algorithm>

#include "config/ha_cf.hpp"
#include "hb/base/text.hpp"

/// Rules of the whole ha.cf. Texts in 3.0.6's words where it has them, for log checkers know them.
namespace hb::config {
namespace {

std::string_view short_name(std::string_view name) { return name.substr(0, name.find('.')); }

/// What the kernel or an installer calls a host before somebody has named it.
bool is_unnamed(std::string_view host) {
    return host.empty() || host == "(none)" || short_name(host) == "localhost" ||
           short_name(host) == "localhost6";
}

void check_nodes(HaCf& file, const Sources& sources) {
    const std::string self = lower_case(sources.node_name);
    const auto& nodes = file.config.nodes;
    const auto found = std::find(nodes.begin(), nodes.end(), self);
    if (found != nodes.end()) {
        file.config.self = id_of<NodeId>(static_cast<std::size_t>(found - nodes.begin()));
        if (nodes.size() == 1)
            file.report.warning(file.nodes[0], "no other node is named: nobody can take over",
                                "add `node NAME` for the other host");
        return;
    }
    const auto like = std::find_if(nodes.begin(), nodes.end(),
                                   [&](const std::string& n) { return short_name(n) == short_name(self); });
    const std::string text = concat("Current node [", shown(self), "] not in configuration!");
    if (is_unnamed(self) && !sources.node_name_is_written)
        return file.report.not_ready(
            {}, text, "give this host its name: hostnamectl set-hostname NAME, with a name of a node line");
    if (like == nodes.end())
        file.report.error(
            {}, text,
            concat("add `node ", shown(self), "`: the name of this host by `uname -n` or nodeinfo"));
    else
        file.report.error(file.nodes[static_cast<std::size_t>(like - nodes.begin())], text,
                          concat("this host is ", shown(self), " by `uname -n` or nodeinfo: write it so"));
}

void check_media(HaCf& file) {
    if (file.config.media.empty() && !file.has_bad_medium)
        file.report.error(
            {}, "No heartbeat media defined",
            file.other_medium.empty()
                ? std::string{"add `bcast eth0`, with the interface that reaches the other node"}
                : concat("add `bcast ", shown(file.other_medium), "`"));
}

/// Where a rule between two times points: at the first of them that is written in the file.
Word place(const HaCf& file, std::string_view first, std::string_view second) {
    return file.has(first) ? file.place(first) : file.place(second);
}

void default_times(HaCf& file) {
    Config& c = file.config;
    if (!file.has("warntime")) c.warntime = c.deadtime / 2;
    if (!file.has("deadping")) c.deadping = c.deadtime;
    if (file.has("initdead")) return;
    c.initdead = c.deadtime > 10s ? c.deadtime : c.deadtime < 6s ? Duration{12s} : 2 * c.deadtime;
}

void check_deadtime(HaCf& file) {
    const Config& c = file.config;
    const Word at = place(file, "deadtime", "keepalive");
    if (c.deadtime <= 2 * c.keepalive)
        file.report.error(at,
                          concat("Dead time [", to_ms(c.deadtime), "] is too small compared to keeplive [",
                                 to_ms(c.keepalive), "]"),
                          concat("in ms; more than ", to_ms(2 * c.keepalive), " ms is needed, ",
                                 to_ms(10 * c.keepalive), " ms is good"));
    else if (c.deadtime < 6 * c.keepalive)
        file.report.warning(at,
                            concat("deadtime [", to_ms(c.deadtime), " ms] is less than six times keepalive [",
                                   to_ms(c.keepalive), " ms]: ", (c.deadtime - 1ns) / c.keepalive,
                                   " lost heartbeats in a row look like a dead node"),
                            concat("write at least ", to_ms(6 * c.keepalive), "ms, or a smaller keepalive"));
}

void check_initdead(HaCf& file) {
    const Config& c = file.config;
    const Word at = place(file, "initdead", "deadtime");
    if (c.initdead < c.deadtime)
        file.report.error(at,
                          concat("Initial dead time [", to_ms(c.initdead), "] is smaller than deadtime [",
                                 to_ms(c.deadtime), "]"),
                          "in ms; initdead must be at least deadtime, twice as long is good");
    else if (c.initdead < 10s)
        file.report.warning(at, concat("Initial dead time [", to_ms(c.initdead), " ms] may be too small!"),
                            "the network of a host that has just booted may need longer");
}

void check_times(HaCf& file) {
    const Config& c = file.config;
    check_deadtime(file);
    check_initdead(file);
    if (c.warntime >= c.deadtime)
        file.report.warning(place(file, "warntime", "deadtime"),
                            concat("warntime [", to_ms(c.warntime), " ms] is not below deadtime [",
                                   to_ms(c.deadtime), " ms]: a node is dead before it is late"));
    else if (c.warntime <= c.keepalive)
        file.report.warning(place(file, "warntime", "keepalive"),
                            concat("warntime [", to_ms(c.warntime), " ms] is not above keepalive [",
                                   to_ms(c.keepalive), " ms]: every heartbeat is late"));
    if (file.has("deadping") && c.deadping <= 2 * c.keepalive)
        file.report.error(file.place("deadping"),
                          concat("Ping dead time [", to_ms(c.deadping),
                                 "] is too small compared to keeplive [", to_ms(c.keepalive), "]"));
}

void check_log(HaCf& file) {
    Config& c = file.config;
    if (!c.logfile.empty() || !c.debugfile.empty() || !c.logfacility.empty()) return;
    if (file.has("logfacility")) {
        file.report.warning(file.place("logfacility"),
                            "nothing is logged: logfacility is none and there is no logfile",
                            "add `logfile /var/log/ha-log`");
        return;
    }
    if (file.has("logfile") || file.has("debugfile")) return;  // an error of its own already
    c.logfacility = "daemon";
    file.report.warning(
        {}, "no logfile, debugfile or logfacility: the log goes to syslog as `logfacility daemon`",
        "add `logfile /var/log/ha-log` and `logfacility local0`");
}

void check_failback(HaCf& file) {
    if (file.config.auto_failback != AutoFailback::legacy) return;
    file.config.auto_failback = AutoFailback::on;
    file.report.warning(
        file.place("auto_failback"),
        file.has("auto_failback")
            ? "auto_failback legacy is treated as `on`: the protocol of legacy is not spoken yet"
            : "auto_failback is not given; its default, legacy, is treated as `on`",
        "write `auto_failback on` or `auto_failback off`");
}

}  // namespace

void check_ha_cf(HaCf& file, const Sources& sources) {
    default_times(file);
    check_nodes(file, sources);
    check_media(file);
    check_fences(file);
    check_witnesses(file);
    if (!file.has_bad_time) check_times(file);
    check_log(file);
    check_failback(file);
}

}  // namespace hb::config
