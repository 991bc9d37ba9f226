#include "config/ha_cf.hpp"
#include "hb/base/text.hpp"

namespace hb::config {
namespace {

struct Default {
    std::string_view directive, value;
};
/// 3.0.6 shows these to every script, given or not.
constexpr Default defaults[] = {
    {"autojoin", "none"},
    {"baud", "19200"},
    {"cluster", "linux-ha"},
    {"compression", "zlib"},
    {"compression_threshold", "2"},
    {"conn_logd_time", "60"},
    {"coredumps", "true"},
    {"debug", "0"},
    {"enable_config_writes", "true"},
    {"hbgenmethod", "file"},
    {"hopfudge", "1"},
    {"keepalive", "1000ms"},
    {"log_badpack", "true"},
    {"max_rexmit_delay", "250"},
    {"memreserve", "6500"},
    {"msgfmt", "classic"},
    {"pacemaker", "false"},
    {"realtime", "true"},
    {"record_config_changes", "true"},
    {"record_pengine_inputs", "true"},
    {"syslogmsgfmt", "true"},
    {"traditional_compression", "no"},
    {"udpport", "694"},
    {"use_logd", "no"},
    {"uuidfrom", "file"},
};

/// Paths that 3.0.6 and its shellfuncs set.
constexpr Default paths[] = {
    {"DIR", HB_SYSCONFDIR "/ha.d"},
    {"FUNCS", HB_SYSCONFDIR "/ha.d/shellfuncs"},
    {"RCDIR", HB_SYSCONFDIR "/ha.d/rc.d"},
    {"RESOURCEDIR", HB_SYSCONFDIR "/ha.d/resource.d"},
    {"DATEFMT", "%b %d %T "},
    {"BIN", "/usr/libexec/heartbeat"},
    {"NOARCHBIN", "/usr/share/heartbeat"},
    {"DOCDIR", "/usr/share/doc/heartbeat"},
    {"FIFO", HB_LOCALSTATEDIR "/lib/heartbeat/fifo"},
    {"RSCTMP", "/run/heartbeat/rsctmp"},
    {"LOGD", "no"},
    {"OCF_ROOT", "/usr/lib/ocf"},
    {"OCF_AGENTS", "/usr/lib/ocf/resource.d/heartbeat/"},
};

using Values = std::map<std::string, std::string, std::less<>>;

void set(Values& values, std::string_view directive, std::string value) {
    values[directive.starts_with("OCF_") ? std::string{directive} : concat("HA_", directive)] =
        std::move(value);
}

std::string ms(Duration duration) { return concat(to_ms(duration), "ms"); }

}  // namespace

std::vector<std::string> make_environment(const HaCf& file, const std::string& node_name) {
    const Config& c = file.config;
    Values values;
    for (const Default& d : defaults) set(values, d.directive, std::string{d.value});
    for (const Default& d : paths) set(values, d.directive, std::string{d.value});
    set(values, "deadtime", ms(c.deadtime));
    set(values, "warntime", ms(c.warntime));
    set(values, "initdead", ms(c.initdead));
    set(values, "deadping", ms(c.deadping));
    for (const auto& [directive, value] : file.given) set(values, directive, std::string{value.text});
    for (const auto& [name, value] : file.env) set(values, name, value);
    set(values, "auto_failback", c.auto_failback == AutoFailback::off ? "off" : "on");
    set(values, "NICEFAILBACK", "yes");
    set(values, "CURHOST", lower_case(node_name));
    if (!c.logfile.empty()) set(values, "LOGFILE", c.logfile);
    if (!c.debugfile.empty()) set(values, "DEBUGLOG", c.debugfile);
    if (!c.logfacility.empty()) set(values, "LOGFACILITY", c.logfacility);
    std::vector<std::string> out;
    for (const auto& [name, value] : values) out.push_back(concat(name, "=", value));
    return out;
}

}  // namespace hb::config
