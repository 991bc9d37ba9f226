#include "source.hpp"

#include <cerrno>
#include <cstdio>

#include "hb/base/limits.hpp"
#include "hb/config/parse.hpp"

namespace hb::hbdump {
namespace {

constexpr int snapshot = 65536 + 64;  // octets: the largest IP packet with its Ethernet header
constexpr int wait_ms = 100;          // how long the kernel gathers frames before it hands them over
constexpr int promiscuous = 1;

struct FileClose {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

/// A problem names the file that the daemon would have read.
std::string named(std::string text, const std::string& path) {
    constexpr std::string_view usual = HB_SYSCONFDIR "/ha.d//authkeys";
    if (const auto at = text.find(usual); at != std::string::npos) text.replace(at, usual.size(), path);
    return text;
}

}  // namespace

Result<Pcap> open_source(const Options& options) {
    char reason[PCAP_ERRBUF_SIZE] = "";
    const bool live = !options.interface.empty();
    Pcap pcap(live ? pcap_open_live(options.interface.c_str(), snapshot, promiscuous, wait_ms, reason)
                   : pcap_open_offline(options.file.c_str(), reason));
    const std::string& name = live ? options.interface : options.file;
    if (!pcap) return Error{"cannot open " + name + ": " + reason, 0};
    if (pcap_datalink(pcap.get()) != DLT_EN10MB) return Error{name + " does not hold Ethernet frames", 0};
    return pcap;
}

std::int64_t stamp_us(const timeval& stamp) {
    constexpr std::int64_t wrap = std::int64_t{1} << 32;
    const std::int64_t seconds = stamp.tv_sec;
    const bool wrapped = seconds < 0 && seconds >= -wrap / 2;
    return (wrapped ? seconds + wrap : seconds) * 1'000'000 + stamp.tv_usec;
}

Result<config::Keys> read_keys(const std::string& path) {
    const std::unique_ptr<std::FILE, FileClose> file(std::fopen(path.c_str(), "re"));
    if (!file) return Error{"cannot open " + path, errno};
    std::string text(limits::config_file + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get())) return Error{"cannot read " + path, errno};
    if (text.size() > limits::config_file) return Error{path + " is too large", 0};
    // The other two files are the least that is valid, so that every problem is one of the keys.
    config::Sources sources;
    sources.ha_cf = "bcast lo\nauto_failback on\nnode hbdump\n";
    sources.authkeys = text;
    sources.haresources = "hbdump 192.0.2.1\n";
    sources.node_name = "hbdump";
    config::Parsed parsed = config::parse(sources);
    for (const config::Problem& problem : parsed.problems)
        if (problem.file == "authkeys" && problem.level == config::Problem::Level::error)
            return Error{path + ":" + std::to_string(problem.line) + ": " + named(problem.text, path), 0};
    return std::move(parsed.config.keys);
}

}  // namespace hb::hbdump
