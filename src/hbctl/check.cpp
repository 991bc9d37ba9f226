#include <algorithm>

#include "hb/base/text.hpp"
#include "hb/config/load.hpp"
#include "hbctl/guarantees.hpp"
#include "hbctl/run.hpp"

namespace hb::hbctl {
namespace {

using config::Config;
using hb::append;
using hb::concat;

constexpr std::size_t most_groups = 10;

std::string nodes_text(const Config& config) {
    std::string out =
        concat("Cluster of ", config.nodes.size(), config.nodes.size() == 1 ? " node:\n" : " nodes:\n");
    for (std::size_t i = 0; i < config.nodes.size(); ++i)
        append(out, concat("  ", config.nodes[i], i == config.self.index() ? "  (this node)\n" : "\n"));
    return out;
}

std::string media_text(const Config& config) {
    std::string out =
        concat("Heartbeats every ", time_text(config.keepalive), " to UDP port ", config.udpport, " over\n");
    for (const config::Medium& medium : config.media) append(out, concat("  bcast ", medium.interface, '\n'));
    return out;
}

std::string times_text(const Config& config) {
    return concat("A silent node is late after ", time_text(config.warntime), " and dead after ",
                  time_text(config.deadtime), ";\nat the start it is waited for up to ",
                  time_text(config.initdead), ".\n");
}

std::string witnesses_text(const Config& config) {
    if (config.witnesses.empty()) return {};
    std::string out =
        concat("A ping node is lost after ", time_text(config.deadping), " without an answer:\n");
    for (const config::Witness& witness : config.witnesses) {
        append(out, concat("  ", witness.name));
        if (witness.group) append(out, ", one of");
        for (const Ipv4 address : witness.addresses)
            if (witness.group || to_text(address) != witness.name) append(out, concat(" ", to_text(address)));
        out += '\n';
    }
    append(out, "A node that reaches fewer of them than another gives its groups to that one.\n");
    append(out, config.quorum
                    ? "A node that hears neither a node nor a ping node holds nothing (quorum on).\n"
                    : "A node that hears nobody at all holds on to what it has (quorum off).\n");
    return out;
}

std::string keys_text(const Config& config) {
    for (const config::Key& key : config.keys.all) {
        if (key.number != config.keys.signing) continue;
        switch (key.method) {
            case config::Key::Method::crc:
                return concat("Messages are NOT protected: key ", key.number, " is a crc.\n");
            case config::Key::Method::md5:
                return concat("Messages are signed with key ", key.number, " (md5).\n");
            case config::Key::Method::sha1:
                return concat("Messages are signed with key ", key.number, " (sha1).\n");
            case config::Key::Method::sha256:
                return concat("Messages are signed with key ", key.number, " (sha256).\n");
        }
    }
    return {};
}

std::string log_text(const Config& config) {
    std::string out = "The log goes to";
    std::string_view between = " ";
    const auto add = [&](std::string_view kind, const std::string& name) {
        if (!name.empty()) append(out, concat(between, kind, name));
        if (!name.empty()) between = ", ";
    };
    add("", config.logfile);
    add("", config.debugfile);
    add("syslog ", config.logfacility);
    return out + (between == " " ? " nowhere.\n" : ".\n");
}

std::string groups_text(const Config& config) {
    std::string out =
        concat(config.groups.size(), config.groups.size() == 1 ? " resource group" : " resource groups",
               config.auto_failback == config::AutoFailback::off
                   ? "; a group stays where it is when its preferred node returns:\n"
                   : "; a group goes home when its preferred node returns:\n");
    for (std::size_t i = 0; i < std::min(config.groups.size(), most_groups); ++i)
        append(out, concat("  ", config.groups[i].line, '\n'));
    if (config.groups.size() > most_groups)
        append(out, concat("  and ", config.groups.size() - most_groups, " more\n"));
    return out;
}

std::string summary(const Config& config) {
    return nodes_text(config) + media_text(config) + times_text(config) + witnesses_text(config) +
           groups_text(config) + keys_text(config) + log_text(config) + guarantees_text(config);
}

std::string count_text(std::size_t n, std::string_view word) {
    return concat(n, ' ', word, n == 1 ? "" : "s");
}

}  // namespace

Outcome check(Words arguments, const Surroundings& surroundings) {
    if (arguments.size() > 1) return {code::usage, {}, "hbctl: check takes one directory\n"};
    const std::string directory{arguments.empty() ? std::string_view{surroundings.directory} : arguments[0]};
    const config::Parsed parsed = config::load(directory);
    Outcome outcome;
    std::size_t errors = 0;
    for (const config::Problem& problem : parsed.problems) {
        outcome.err += config::to_text(problem);
        if (problem.level == config::Problem::Level::error) ++errors;
    }
    const std::size_t warnings = parsed.problems.size() - errors;
    const std::string count =
        concat(directory, ": ", count_text(errors, "error"), ", ", count_text(warnings, "warning"), '\n');
    if (errors > 0) {
        outcome.code = code::bad_configuration;
        config::Parsed waiting = parsed;
        config::wait_for_the_host(waiting);
        append(outcome.err,
               concat(count, waiting.ok() ? "heartbeat would start, and wait for what is missing.\n"
                                          : "heartbeat would not start.\n"));
        return outcome;
    }
    outcome.out = count + summary(parsed.config);
    return outcome;
}

}  // namespace hb::hbctl
