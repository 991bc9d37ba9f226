#include "hbctl/show.hpp"

#include <algorithm>

#include "hb/base/text.hpp"

namespace hb::hbctl {
namespace {

using hb::append;
using hb::concat;

constexpr std::size_t width = 80;
constexpr std::size_t few_groups = 20;  ///< up to so many are shown one by one

std::string pad(std::string text, std::size_t to) {
    if (text.size() < to) text.resize(to, ' ');
    return text;
}

std::string heard_text(const std::optional<Milliseconds>& heard) {
    return heard ? concat("heard ", duration_text(*heard), " ago") : "never heard";
}

std::string round_trip_text(const Status::Node& node) {
    if (!node.round_trip_us) return {};
    return concat(", round trip ", *node.round_trip_us / 1000, '.', *node.round_trip_us % 1000 / 100, " ms");
}

std::string node_text(const Status::Node& node, std::size_t name_width) {
    std::string out = concat("  ", pad(node.name, name_width), "  ", pad(node.state, 6), "  ");
    if (node.is_self) return out + "this node\n";
    append(out, concat(heard_text(node.heard), round_trip_text(node), '\n'));
    for (const Status::Link& link : node.links)
        append(out, concat("    ", pad(link.medium, name_width - 2), "  ", pad(link.state, 7), ' ',
                           heard_text(link.heard), '\n'));
    return out;
}

std::string nodes_text(const Status& status) {
    std::size_t name_width = 8;
    for (const Status::Node& node : status.nodes) name_width = std::max(name_width, node.name.size());
    std::string out = "\nNODES\n";
    for (const Status::Node& node : status.nodes) out += node_text(node, name_width);
    return out;
}

std::string pings_text(const Status& status) {
    if (status.pings.empty()) return {};
    std::size_t name_width = 8;
    for (const Status::Ping& ping : status.pings) name_width = std::max(name_width, ping.name.size());
    std::string out = "\nPING NODES\n";
    for (const Status::Ping& ping : status.pings)
        append(out,
               concat("  ", pad(ping.name, name_width), "  ", pad(ping.state, 7), ' ',
                      ping.heard ? concat("answered ", duration_text(*ping.heard), " ago") : "never answered",
                      '\n'));
    return out;
}

/// Groups that stand together in the list and in the same place.
struct Run {
    const Status::Group* first;
    const Status::Group* last;
    std::size_t count;
    Milliseconds youngest, oldest;
};

bool is_alike(const Status::Group& a, const Status::Group& b) {
    return a.preferred == b.preferred && a.state == b.state && a.holder == b.holder && a.cause == b.cause &&
           a.policy == b.policy && a.failed_monitor == b.failed_monitor;
}

std::vector<Run> runs_of(const std::vector<Status::Group>& groups, Detail detail) {
    const bool one_by_one = detail == Detail::every_group || groups.size() <= few_groups;
    std::vector<Run> runs;
    for (const Status::Group& group : groups) {
        if (!one_by_one && !runs.empty() && is_alike(*runs.back().last, group)) {
            Run& run = runs.back();
            run.last = &group;
            ++run.count;
            run.youngest = std::min(run.youngest, group.since);
            run.oldest = std::max(run.oldest, group.since);
        } else {
            runs.push_back({&group, &group, 1, group.since, group.since});
        }
    }
    return runs;
}

std::string where(const Status::Group& group) {
    const std::string holder = group.holder.empty() ? "nobody" : group.holder;
    if (group.state == "owned") return "owned here";
    if (group.state == "acquiring") return "being started here";
    if (group.state == "releasing") return "being stopped here";
    if (group.state == "blocked") return "BLOCKED here";
    if (group.state == "wanted") return concat("held by ", holder, ", asked for here");
    if (group.state == "not-here") return concat("held by ", holder, ", not to be started here");
    if (group.state == "foreign") return group.holder.empty() ? "held by nobody" : concat("held by ", holder);
    return group.state;
}

std::string policy_text(const Status::Group& group) {
    if (group.policy.empty()) return {};
    return group.policy == "at-most-one" ? " [at most one]" : " [at least one]";
}

std::string age_text(const Run& run) {
    const std::string youngest = duration_text(run.youngest), oldest = duration_text(run.oldest);
    return youngest == oldest ? concat(" for ", oldest) : concat(" for ", youngest, " to ", oldest);
}

std::string resources_of(const Status::Group& group) {
    const std::size_t blank = group.line.find(' ');
    return blank == std::string::npos ? group.key : group.line.substr(blank + 1);
}

std::string monitor_text(const Status::Group& group) {
    if (group.failed_monitor.empty() || !group.monitor_failed) return {};
    return wrap(concat("    the monitor of ", group.failed_monitor, " failed ",
                       duration_text(*group.monitor_failed), " ago"),
                6);
}

std::string run_text(const Run& run, const std::string& self) {
    const Status::Group& group = *run.first;
    std::string out =
        run.count == 1
            ? wrap(concat("  ", resources_of(group), policy_text(group)), 4)
            : wrap(concat("  ", run.count, " groups, ", group.key, " to ", run.last->key, policy_text(group)),
                   4);
    std::string place = concat("    ", where(group), age_text(run));
    if (!group.cause.empty()) append(place, concat(": ", group.cause));
    if (group.preferred != group.holder)
        append(place, concat(" (preferred: ", group.preferred == self ? "this node" : group.preferred, ")"));
    return out + wrap(place, 6) + monitor_text(group);
}

std::string groups_text(const Status& status, Detail detail) {
    std::string out = "\nRESOURCE GROUPS\n";
    if (status.groups.empty()) return out + "  none in haresources\n";
    for (const Run& run : runs_of(status.groups, detail)) out += run_text(run, status.self);
    return out;
}

std::string hints_text(const Status& status) {
    const std::vector<std::string> all = hints(status);
    std::string out = all.empty() ? "" : "\nHINTS\n";
    for (const std::string& hint : all) out += wrap(concat("  ", hint), 4);
    return out;
}

std::string head_text(const Status& status) {
    std::string out =
        concat("heartbeat ", status.version, " on ", status.self, ", up ", duration_text(status.uptime));
    if (status.is_leaving) out += ", stopping";
    return wrap(out, 2);
}

}  // namespace

std::string wrap(std::string_view text, std::size_t indent) {
    const std::size_t lead = std::min(text.find_first_not_of(' '), text.size());
    std::string out, line(lead, ' ');
    bool has_word = false;
    for (text.remove_prefix(lead); !text.empty();) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (has_word && line.size() + 1 + end > width) {
            out += line + '\n';
            line.assign(indent, ' ');
        } else if (has_word) {
            line += ' ';
        }
        line += text.substr(0, end);
        has_word = true;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out + line + '\n';
}

std::string duration_text(Milliseconds ms) {
    const Milliseconds seconds = ms / 1000;
    if (ms < 1000) return concat(ms, " ms");
    if (seconds < 10) return concat(seconds, '.', ms % 1000 / 100, " s");
    if (seconds < 60) return concat(seconds, " s");
    if (seconds < 3600) return concat(seconds / 60, " min ", seconds % 60, " s");
    if (seconds < 86400) return concat(seconds / 3600, " h ", seconds % 3600 / 60, " min");
    return concat(seconds / 86400, " d ", seconds % 86400 / 3600, " h");
}

std::string show(const Status& status, Detail detail) {
    return head_text(status) + nodes_text(status) + pings_text(status) + groups_text(status, detail) +
           hints_text(status);
}

}  // namespace hb::hbctl
