#include "hb/config/parse.hpp"

#include <algorithm>

#include "config/authkeys.hpp"
#include "config/detail.hpp"
#include "config/ha_cf.hpp"
#include "config/haresources.hpp"
#include "config/monitoring.hpp"
#include "config/policy.hpp"
#include "hb/base/text.hpp"

namespace hb::config {
namespace {

constexpr const char* default_directory = HB_SYSCONFDIR "/ha.d";

/// A file with control octets is no text: one error instead of one for each of its words.
bool is_text(std::string_view text, Report& report) {
    const std::optional<Word> binary = first_binary_octet(text);
    if (!binary) return true;
    const Word at = *binary;
    const unsigned octet = static_cast<unsigned char>(at.text[0]);
    report.error(at,
                 report.is_secret() ? "this is not a text file: it holds a control character"
                                    : concat("this is not a text file: it holds the octet ", octet),
                 "restore the file; only tabs, line ends and printable characters may stand in it");
    return false;
}

void parse_ha_cf(const Sources& sources, const std::string& directory, Detailed& out) {
    Report report("ha.cf", sources.ha_cf, out.parsed.problems);
    if (!is_text(sources.ha_cf, report)) return;
    HaCf file{out.parsed.config, report, path_in_messages(directory, "ha.cf")};
    for (const Line& line : lex_ha_cf(sources.ha_cf)) take_directive(file, line);
    check_ha_cf(file, sources);
    out.parsed.config.environment = make_environment(file, sources.node_name);
    out.media = std::move(file.media);
    out.policies = std::move(file.policies);
    out.fences = std::move(file.fence_places);
    out.lifetime = file.lifetime;
    out.monitors = std::move(file.monitors);
    out.watchdog = file.place("watchdog");
    out.ping_names = std::move(file.ping_names);
    out.logfile = file.place("logfile");
    out.debugfile = file.place("debugfile");
}

/// Half a deadtime, so that the addresses of a daemon that is killed whole are mostly gone before a peer
/// claims. With many addresses the work of prolonging them counts, too.
Duration automatic_lifetime(const Config& config) {
    constexpr std::ptrdiff_t many = 64;
    const auto addresses = std::count_if(config.resources.begin(), config.resources.end(),
                                         [](const Resource& r) { return r.kind == Resource::Kind::address; });
    const Duration least = addresses < many ? 2s : 10s;
    return std::clamp<Duration>(std::chrono::floor<std::chrono::seconds>(config.deadtime / 2), least, 20s);
}

}  // namespace

bool Parsed::ok() const {
    return std::none_of(problems.begin(), problems.end(),
                        [](const Problem& p) { return p.level == Problem::Level::error; });
}

std::string path_in_messages(const std::string& directory, std::string_view file) {
    return concat(directory, directory == default_directory ? "//" : "/", file);
}

Detailed parse_detailed(const Sources& sources, const std::string& directory, Readable readable) {
    Detailed out;
    if (readable.ha_cf) parse_ha_cf(sources, directory, out);
    Report keys_report("authkeys", sources.authkeys, out.parsed.problems, Report::Secret::yes);
    if (readable.authkeys && is_text(sources.authkeys, keys_report))
        parse_authkeys(sources.authkeys, path_in_messages(directory, "authkeys"), keys_report,
                       out.parsed.config.keys);
    Report resources_report("haresources", sources.haresources, out.parsed.problems);
    if (readable.haresources && is_text(sources.haresources, resources_report)) {
        parse_haresources(sources.haresources, path_in_messages(directory, "haresources"), resources_report,
                          out.parsed.config, out.resources);
        Report policies_report("ha.cf", sources.ha_cf, out.parsed.problems);
        set_policies(out.policies, out.parsed.config, policies_report);
        out.monitored = set_monitors(out.monitors, out.parsed.config, policies_report);
    }
    Config& config = out.parsed.config;
    config.address_lifetime = out.lifetime ? std::chrono::seconds{*out.lifetime} : automatic_lifetime(config);
    sort(out.parsed.problems);
    return out;
}

Parsed parse(const Sources& sources) { return parse_detailed(sources, default_directory, {}).parsed; }

}  // namespace hb::config
