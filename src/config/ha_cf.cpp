#include "config/ha_cf.hpp"

#include <algorithm>
#include <array>

#include "config/value.hpp"
#include "hb/base/limits.hpp"
#include "hb/base/text.hpp"

/// One function per keyword, or per kind of keyword where several are alike.
namespace hb::config {

bool has_no_value(HaCf& file, const Line& line) {
    if (line.size() > 1) return false;
    file.report.error(line[0], concat(line[0].text, " needs a value"),
                      concat("write `", line[0].text, " VALUE`; see ha.cf(5)"));
    return true;
}

const Word* only_value(HaCf& file, const Line& line) {
    if (has_no_value(file, line)) return nullptr;
    if (line.size() > 2) {
        file.report.error(
            line[2], concat(line[0].text, " takes one value, but [", shown(line[2].text), "] follows it"),
            "a remark starts with #");
        return nullptr;
    }
    const auto [found, is_new] = file.given.insert_or_assign(std::string{line[0].text}, line[1]);
    if (!is_new)
        file.report.warning(
            line[0],
            concat(line[0].text, " is given more than once: this line holds, the earlier one does not"),
            "remove one of the lines");
    return &line[1];
}

namespace {

std::optional<bool> boolean_value(HaCf& file, const Line& line) {
    const Word* value = only_value(file, line);
    if (!value) return std::nullopt;
    const std::optional<bool> yes = parse_boolean(value->text);
    if (!yes)
        file.report.error(*value, concat(line[0].text, " [", shown(value->text), "] is neither on nor off"),
                          concat("write `", line[0].text, " on` or `", line[0].text, " off`"));
    return yes;
}

std::optional<unsigned> number_value(HaCf& file, const Line& line, unsigned least, unsigned greatest) {
    const Word* value = only_value(file, line);
    if (!value) return std::nullopt;
    const std::optional<unsigned> number = parse_number(value->text, least, greatest);
    if (!number)
        file.report.error(*value, concat(line[0].text, " [", shown(value->text), "] is not a number from ",
                                         least, " to ", greatest));
    return number;
}

void take_time(HaCf& file, const Line& line, Duration& out, Duration least,
               PlainNumber plain = PlainNumber::seconds) {
    const Word* value = only_value(file, line);
    if (!value) return;
    const Time time = parse_time(value->text, plain);
    file.has_bad_time = file.has_bad_time || !time.value || *time.value < least;
    if (!time.value) {
        file.report.error(*value, concat(line[0].text, " [", shown(value->text), "] ", time.fault),
                          plain == PlainNumber::seconds
                              ? "write seconds, as in 2 or 0.5, or add ms or us, as in 200ms"
                              : "write milliseconds, as in 250");
        return;
    }
    if (*time.value < least) {
        file.report.error(*value,
                          concat(line[0].text, " [", value->text, "] is too short: the least is 1 ms"));
        return;
    }
    out = *time.value;
}

void no_effect(HaCf& file, const Line& line, std::string_view why) {
    file.report.warning(line[0], concat(line[0].text, " has no effect: ", why));
}

// Nodes and media.

void take_node(HaCf& file, const Line& line) {
    if (has_no_value(file, line)) return;
    for (const Word& word : Line(line.begin() + 1, line.end())) {
        const std::string name = lower_case(word.text);
        constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
        if (name.find_first_not_of(allowed) != std::string::npos || name.size() > limits::node_name) {
            file.report.error(word, concat("[", shown(word.text), "] is not a node name"),
                              concat("letters, digits, `.`, `-` and `_`, at most ", limits::node_name,
                                     ": what `uname -n` says there"));
        } else if (std::find(file.config.nodes.begin(), file.config.nodes.end(), name) !=
                   file.config.nodes.end()) {
            file.report.warning(word, concat("node ", name, " is named twice"), "remove one of them");
        } else if (file.config.nodes.size() == limits::nodes) {
            file.report.error(word, concat("too many nodes: at most ", limits::nodes));
            return;
        } else {
            file.config.nodes.push_back(name);
            file.nodes.push_back(word);
        }
    }
}

void take_bcast(HaCf& file, const Line& line) {
    if (has_no_value(file, line)) return;
    for (const Word& word : Line(line.begin() + 1, line.end())) {
        const auto is_same = [&](const Medium& m) { return m.interface == word.text; };
        if (word.text.size() > 15 || word.text.find('/') != std::string_view::npos) {
            file.has_bad_medium = true;
            file.report.error(word, concat("[", shown(word.text), "] is not the name of an interface"),
                              "`ip link` lists the interfaces of this host");
        } else if (std::any_of(file.config.media.begin(), file.config.media.end(), is_same)) {
            file.report.warning(word, concat("bcast ", word.text, " is given twice"), "remove one of them");
        } else if (file.config.media.size() == limits::media) {
            file.report.error(word, concat("too many media: at most ", limits::media));
            return;
        } else {
            file.config.media.push_back({Medium::Kind::bcast, std::string{word.text}, std::nullopt});
            file.media.push_back(word);
        }
    }
}

void take_medium_not_built(HaCf& file, const Line& line) {
    if (line[0].text != "serial" && line.size() > 1 && file.other_medium.empty())
        file.other_medium = line[1].text;
    no_effect(file, line, "this medium is not built yet, no heartbeat is sent over it; use bcast");
}

void take_udpport(HaCf& file, const Line& line) {
    if (const auto port = number_value(file, line, 1, 65535))
        file.config.udpport = static_cast<std::uint16_t>(*port);
}

void take_baud(HaCf& file, const Line& line) {
    const Word* value = only_value(file, line);
    if (!value) return;
    for (const std::string_view speed : {"9600", "19200", "38400", "57600", "115200", "230400", "460800"})
        if (value->text == speed) return no_effect(file, line, "no heartbeat is sent over a serial line");
    file.report.error(*value, concat("baud [", shown(value->text), "] is not a speed of a serial line"),
                      "9600, 19200, 38400, 57600, 115200, 230400 or 460800");
}

// Times.

void take_keepalive(HaCf& file, const Line& line) { take_time(file, line, file.config.keepalive, 1ms); }
void take_deadtime(HaCf& file, const Line& line) { take_time(file, line, file.config.deadtime, 1ms); }
void take_warntime(HaCf& file, const Line& line) { take_time(file, line, file.config.warntime, 1ms); }
void take_initdead(HaCf& file, const Line& line) { take_time(file, line, file.config.initdead, 1ms); }
void take_deadping(HaCf& file, const Line& line) { take_time(file, line, file.config.deadping, 1ms); }
void take_max_rexmit_delay(HaCf& file, const Line& line) {
    take_time(file, line, file.config.max_rexmit_delay, 1ms, PlainNumber::milliseconds);
}
void take_conn_logd_time(HaCf& file, const Line& line) {
    Duration unused = -1ms;
    take_time(file, line, unused, 0ms);
    if (unused >= 0ms) no_effect(file, line, "there is no logging daemon to connect to");
}

// Resources.

void take_auto_failback(HaCf& file, const Line& line) {
    const Word* value = only_value(file, line);
    if (!value) return;
    if (lower_case(value->text) == "legacy") {
        file.config.auto_failback = AutoFailback::legacy;
        return;
    }
    const std::optional<bool> yes = parse_boolean(value->text);
    file.config.auto_failback = yes == false ? AutoFailback::off : AutoFailback::on;
    if (!yes)
        file.report.error(*value,
                          concat("auto_failback [", shown(value->text), "] is none of on, off, legacy"),
                          "on: resources go back to the node that haresources names when it returns");
}

void take_nice_failback(HaCf& file, const Line& line) {
    if (const auto nice = boolean_value(file, line))
        file.report.warning(line[0], "nice_failback has no effect: it is obsolete",
                            concat("write `auto_failback ", *nice ? "off" : "on", "` instead"));
}

void take_policy(HaCf& file, const Line& line, bool exclusive) {
    if (has_no_value(file, line)) return;
    for (const Word& word : Line(line.begin() + 1, line.end())) file.policies.push_back({word, exclusive});
}
void take_at_most_one(HaCf& file, const Line& line) { take_policy(file, line, true); }
void take_at_least_one(HaCf& file, const Line& line) { take_policy(file, line, false); }

void take_address_lifetime(HaCf& file, const Line& line) {
    const Word* value = only_value(file, line);
    if (!value) return;
    const std::string word = lower_case(value->text);
    file.lifetime = word == "off" ? std::optional{0u} : parse_number(word, 2, 3600);
    if (!file.lifetime && word != "auto")
        file.report.error(
            *value, concat("address_lifetime [", shown(value->text), "] is none of auto, off and 2 to 3600"),
            "whole seconds, as in `address_lifetime 5`; auto follows the deadtime");
}

// Log.

void take_path(HaCf& file, const Line& line, std::string& out, const std::string& example) {
    const Word* value = only_value(file, line);
    if (!value) return;
    const std::string_view plain = unquoted(value->text);
    if (value->text.starts_with('/') && plain == value->text)
        out = value->text;
    else if (plain.starts_with('/'))
        file.report.error(
            *value,
            concat(line[0].text, " [", shown(value->text), "] has quotes: they would be part of the name"),
            concat("write `", line[0].text, " ", shown(plain), "`"));
    else
        file.report.error(*value, concat(line[0].text, " [", shown(value->text), "] is not an absolute path"),
                          concat("write `", line[0].text, " ",
                                 example.empty() ? concat("/var/log/", shown(plain)) : example, "`"));
}
void take_log_path(HaCf& file, const Line& line, std::string& out) { take_path(file, line, out, {}); }
void take_logfile(HaCf& file, const Line& line) { take_log_path(file, line, file.config.logfile); }
void take_debugfile(HaCf& file, const Line& line) { take_log_path(file, line, file.config.debugfile); }

void take_logfacility(HaCf& file, const Line& line) {
    static constexpr std::array<std::string_view, 21> facilities{
        "none",   "auth",   "authpriv", "cron",   "daemon", "ftp",    "kern",
        "lpr",    "mail",   "news",     "syslog", "user",   "uucp",   "local0",
        "local1", "local2", "local3",   "local4", "local5", "local6", "local7"};
    const Word* value = only_value(file, line);
    if (!value) return;
    const std::string name = lower_case(value->text);
    if (std::find(facilities.begin(), facilities.end(), name) == facilities.end()) {
        const std::string_view like = nearest(name, facilities);
        file.report.error(*value,
                          concat("logfacility [", shown(value->text), "] is not a facility of syslog"),
                          like.empty() ? "local0 to local7, daemon, user, ... or none"
                                       : concat("did you mean `", like, "`?"));
        return;
    }
    file.config.logfacility = name == "none" ? std::string{} : name;
}

void take_use_logd(HaCf& file, const Line& line) {
    const auto yes = boolean_value(file, line);
    if (!yes) return;
    file.config.use_logd = *yes;
    if (*yes)
        no_effect(file, line, "there is no logging daemon; lines go to logfile, debugfile and logfacility");
}

void take_flag(HaCf& file, const Line& line, bool& out) {
    if (const auto yes = boolean_value(file, line)) out = *yes;
}
void take_syslogmsgfmt(HaCf& file, const Line& line) { take_flag(file, line, file.config.syslogmsgfmt); }
void take_log_badpack(HaCf& file, const Line& line) { take_flag(file, line, file.config.log_badpack); }
void take_realtime(HaCf& file, const Line& line) { take_flag(file, line, file.config.realtime); }
void take_debug(HaCf& file, const Line& line) {
    if (const auto level = number_value(file, line, 0, 255)) file.config.debug = *level;
}
void take_watchdog(HaCf& file, const Line& line) {
    take_path(file, line, file.config.watchdog, "/dev/watchdog");
}
void take_moves_per_hour(HaCf& file, const Line& line) {
    if (const auto moves = number_value(file, line, 0, 60)) file.config.moves_per_hour = *moves;
}
void take_hopfudge(HaCf& file, const Line& line) {
    if (const auto hops = number_value(file, line, 0, 255)) file.config.hopfudge = *hops;
}

// What scripts see.

void take_env(HaCf& file, const Line& line) {
    if (has_no_value(file, line)) return;
    for (const Word& word : Line(line.begin() + 1, line.end())) {
        const std::size_t equals = word.text.find('=');
        const std::string_view name = word.text.substr(0, equals);
        constexpr std::string_view allowed =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
        if (equals == std::string_view::npos || name.empty() ||
            name.find_first_not_of(allowed) != std::string_view::npos)
            file.report.error(word, concat("env [", shown(word.text), "] is not NAME=VALUE"),
                              "write `env NAME=VALUE`");
        else
            file.env.emplace_back(name, word.text.substr(equals + 1));
    }
}

void take_cluster(HaCf& file, const Line& line) { only_value(file, line); }

// Accepted with a warning: what they set does not exist here.

constexpr int most_recorded = 1'000'000'000;
constexpr std::string_view no_crm = "the cluster resource manager is not part of heartbeat";
void take_memreserve(HaCf& file, const Line& line) {
    if (number_value(file, line, 0, most_recorded)) no_effect(file, line, "all memory is taken at the start");
}
void take_coredumps(HaCf& file, const Line& line) {
    if (boolean_value(file, line)) no_effect(file, line, "the limit that heartbeat is started with decides");
}
void take_compression_threshold(HaCf& file, const Line& line) {
    if (number_value(file, line, 0, most_recorded))
        no_effect(file, line, "messages are never long enough to be compressed");
}
void take_traditional_compression(HaCf& file, const Line& line) {
    if (boolean_value(file, line)) no_effect(file, line, "messages are never long enough to be compressed");
}
void take_crm_flag(HaCf& file, const Line& line) {
    if (boolean_value(file, line)) no_effect(file, line, no_crm);
}
void take_crm_path(HaCf& file, const Line& line) {
    if (only_value(file, line)) no_effect(file, line, no_crm);
}

void take_not_built(HaCf& file, const Line& line) {
    if (!has_no_value(file, line)) no_effect(file, line, "it is not built yet");
}
void take_ping_not_built(HaCf& file, const Line& line) {
    if (!has_no_value(file, line)) no_effect(file, line, "only `ping` and `ping_group` are built, over IPv4");
}
void take_quorum(HaCf& file, const Line& line) { take_flag(file, line, file.config.quorum); }
void take_client(HaCf& file, const Line& line) {
    if (has_no_value(file, line)) return;
    const std::string_view program = line.back().text;
    if (line[0].text == "respawn" && program.substr(program.rfind('/') + 1) == "ipfail")
        no_effect(
            file, line,
            "ipfail is not started; what it does is built in, and acts on the ping and ping_group lines");
    else
        no_effect(file, line, "client programs are not built yet; nothing is started");
}
void take_not_if_on(HaCf& file, const Line& line) {
    if (boolean_value(file, line).value_or(false)) no_effect(file, line, "it is not built");
}
/// An error: the resources of that cluster are not those of haresources, and a forgotten haresources would be served.
void take_crm(HaCf& file, const Line& line) {
    const Word* value = only_value(file, line);
    if (!value || parse_boolean(value->text) == false) return;
    file.report.error(
        *value, concat(line[0].text, " ", shown(value->text), " is not supported: ", no_crm),
        concat("write `", line[0].text,
               " off` to serve what is in haresources; Pacemaker needs Corosync in place of heartbeat"));
}
/// Values that change nothing are silent, the others get a warning.
void take_choice(HaCf& file, const Line& line, std::initializer_list<std::string_view> silent,
                 std::initializer_list<std::string_view> loud, std::string_view why) {
    const Word* value = only_value(file, line);
    if (!value) return;
    const auto holds = [&](auto list) {
        return std::find(list.begin(), list.end(), lower_case(value->text)) != list.end();
    };
    if (holds(silent)) return;
    if (holds(loud))
        file.report.warning(*value, concat(line[0].text, " ", shown(value->text), " has no effect: ", why));
    else
        file.report.error(*value, concat(line[0].text, " [", shown(value->text), "] is not known"),
                          "see ha.cf(5)");
}
void take_autojoin(HaCf& file, const Line& line) {
    take_choice(file, line, {"none"}, {"other", "any"}, "only the nodes named in ha.cf are let in");
}
void take_hbgenmethod(HaCf& file, const Line& line) {
    take_choice(file, line, {"file"}, {"time"}, "generations are kept in a file");
}
void take_uuidfrom(HaCf& file, const Line& line) {
    take_choice(file, line, {"file"}, {"nodename"}, "the uuid is kept in a file");
}
void take_msgfmt(HaCf& file, const Line& line) {
    take_choice(file, line, {"classic"}, {"netstring"},
                "messages always leave in the form of `classic`; both forms are understood");
}
void take_compression(HaCf& file, const Line& line) {
    take_choice(file, line, {}, {"zlib", "bz2"}, "messages are never long enough to be compressed");
}

struct Directive {
    std::string_view name;
    void (*take)(HaCf&, const Line&);
};
constexpr Directive directives[] = {
    {"node", take_node},
    {"bcast", take_bcast},
    {"udp", take_bcast},
    {"udpport", take_udpport},
    {"baud", take_baud},
    {"ucast", take_medium_not_built},
    {"mcast", take_medium_not_built},
    {"ucast6", take_medium_not_built},
    {"mcast6", take_medium_not_built},
    {"serial", take_medium_not_built},
    {"ping", take_ping},
    {"ping6", take_ping_not_built},
    {"ping_group", take_ping_group},
    {"hbaping", take_ping_not_built},
    {"quorum", take_quorum},
    {"keepalive", take_keepalive},
    {"deadtime", take_deadtime},
    {"warntime", take_warntime},
    {"initdead", take_initdead},
    {"deadping", take_deadping},
    {"max_rexmit_delay", take_max_rexmit_delay},
    {"conn_logd_time", take_conn_logd_time},
    {"auto_failback", take_auto_failback},
    {"nice_failback", take_nice_failback},
    {"at_most_one", take_at_most_one},
    {"at_least_one", take_at_least_one},
    {"neighbour", take_neighbour},
    {"address_lifetime", take_address_lifetime},
    {"hopfudge", take_hopfudge},
    {"logfile", take_logfile},
    {"debugfile", take_debugfile},
    {"logfacility", take_logfacility},
    {"use_logd", take_use_logd},
    {"syslogmsgfmt", take_syslogmsgfmt},
    {"log_badpack", take_log_badpack},
    {"debug", take_debug},
    {"realtime", take_realtime},
    {"env", take_env},
    {"cluster", take_cluster},
    {"memreserve", take_memreserve},
    {"coredumps", take_coredumps},
    {"compression_threshold", take_compression_threshold},
    {"traditional_compression", take_traditional_compression},
    {"record_config_changes", take_crm_flag},
    {"record_pengine_inputs", take_crm_flag},
    {"enable_config_writes", take_crm_flag},
    {"crmd_spawns_pengine", take_crm_flag},
    {"crm_daemon_dir", take_crm_path},
    {"crm", take_crm},
    {"pacemaker", take_crm},
    {"autojoin", take_autojoin},
    {"hbgenmethod", take_hbgenmethod},
    {"uuidfrom", take_uuidfrom},
    {"msgfmt", take_msgfmt},
    {"compression", take_compression},
    {"watchdog", take_watchdog},
    {"stonith", take_stonith},
    {"stonith_host", take_stonith_host},
    {"fence", take_fence},
    {"monitor", take_monitor},
    {"moves_per_hour", take_moves_per_hour},
    {"respawn", take_client},
    {"failfast", take_client},
    {"apiauth", take_client},
    {"use_apphbd", take_not_if_on},
    {"rtprio", take_not_built},
    {"coreroot", take_not_built},
    {"quorum_server", take_not_built},
    {"normalpoll", take_not_built},
};

constexpr auto directive_names = [] {
    std::array<std::string_view, std::size(directives)> names;
    std::transform(std::begin(directives), std::end(directives), names.begin(),
                   [](const Directive& d) { return d.name; });
    return names;
}();

}  // namespace

std::span<const std::string_view> known_directives() { return directive_names; }

void take_directive(HaCf& file, const Line& line) {
    for (const Directive& directive : directives)
        if (directive.name == line[0].text) return directive.take(file, line);
    const std::string_view like = nearest(line[0].text, directive_names);
    file.report.error(line[0], concat("Illegal directive [", shown(line[0].text), "] in ", file.path),
                      !like.empty()                ? concat("did you mean `", like, "`?")
                      : is_deceptive(line[0].text) ? std::string{"type the line again, with plain blanks"}
                                                   : std::string{"ha.cf(5) lists every directive"});
}

}  // namespace hb::config
