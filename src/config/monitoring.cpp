#include "config/monitoring.hpp"

#include <algorithm>

#include "config/policy.hpp"
#include "config/value.hpp"
#include "hb/base/text.hpp"

/// monitor: which resources are asked for their status while they are owned.
namespace hb::config {
namespace {

constexpr Duration least_interval = 100ms;
constexpr Duration default_interval = 10s, default_limit = 20s;

std::optional<Duration> time_of(HaCf& file, const Word& word, std::string_view what) {
    const Time time = parse_time(word.text, PlainNumber::seconds);
    if (time.value && *time.value >= least_interval) return time.value;
    file.report.error(
        word,
        time.value ? concat("the ", what, " [", shown(word.text), "] is too short: the least is 100 ms")
                   : concat("the ", what, " [", shown(word.text), "] ", time.fault),
        "write seconds, as in 10 or 0.5, or add ms, as in 500ms");
    return std::nullopt;
}

/// `*` is every script that holds something; a word or the name of a script is what has it; the key of a group that begins
/// with an address is all its scripts.
bool is_meant(const MonitorLine& line, const Resource& resource, const Config& config) {
    const std::string_view what = line.what.text;
    if (resource.kind != Resource::Kind::script) return false;
    if (what == "*") return must_run_once(resource.script);
    const Group& group = config.groups[resource.group.index()];
    return resource.word == what || resource.script == what ||
           (group.key == what && config.resources[group.first.index()].kind == Resource::Kind::address);
}

void nothing_is_meant(const MonitorLine& line, const Config& config, Report& report) {
    std::vector<std::string_view> words;
    bool is_address = false;
    for (const Resource& resource : config.resources) {
        if (resource.kind == Resource::Kind::script) words.push_back(resource.word);
        is_address |= resource.kind == Resource::Kind::address &&
                      (resource.word == line.what.text || resource.script == line.what.text);
    }
    if (is_address)
        return report.error(
            line.what, concat("[", shown(line.what.text), "] is an address, and no script stands with it"),
            "addresses are watched at all times; monitor is for scripts and units");
    const std::string_view like = nearest(line.what.text, words);
    report.error(
        line.what, concat("no resource of haresources is [", shown(line.what.text), "]"),
        like.empty()
            ? std::string{"write a resource as it stands there, the name of its script, the first resource "
                          "of a group, or *"}
            : concat("did you mean `", like, "`?"));
}

}  // namespace

void take_monitor(HaCf& file, const Line& line) {
    if (line.size() < 3 || line.size() > 4)
        return file.report.error(line[0], "monitor takes a resource, an interval, and a limit if wanted",
                                 "write `monitor apache2 10 20`, or `monitor apache2 off`");
    MonitorLine entry{line[1], 0s, 0s};
    const bool off = lower_case(line[2].text) == "off";
    if (off && line.size() == 4)
        return file.report.error(line[3], concat("[", shown(line[3].text), "] follows off"), "remove it");
    if (!off) {
        const auto interval = time_of(file, line[2], "interval");
        const auto limit = line.size() == 4 ? time_of(file, line[3], "limit") : std::optional{default_limit};
        if (!interval || !limit) return;
        entry.interval = *interval;
        entry.limit = *limit;
    }
    file.monitors.push_back(entry);
}

std::vector<bool> set_monitors(std::span<const MonitorLine> lines, Config& config, Report& report) {
    std::vector<bool> named(config.resources.size(), false);
    for (const MonitorLine& line : lines) {
        bool any = line.what.text == "*";
        for (std::size_t i = 0; i < config.resources.size(); ++i) {
            if (!is_meant(line, config.resources[i], config)) continue;
            config.resources[i].monitor_interval = line.interval;
            config.resources[i].monitor_limit = line.limit;
            any = named[i] = true;
        }
        if (!any) nothing_is_meant(line, config, report);
    }
    return named;
}

void monitor_by_default(Resource& resource) {
    resource.monitor_interval = default_interval;
    resource.monitor_limit = default_limit;
}

}  // namespace hb::config
