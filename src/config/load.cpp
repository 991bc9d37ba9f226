#include "hb/config/load.hpp"

#include <sys/stat.h>
#include <sys/utsname.h>

#include <cerrno>

#include "config/detail.hpp"
#include "config/file.hpp"
#include "config/machine.hpp"
#include "config/network.hpp"
#include "config/report.hpp"
#include "hb/base/text.hpp"

namespace hb::config {
namespace {

struct Loading {
    const std::string& directory;
    std::vector<Problem>& problems;

    void error(std::string file, std::string text, std::string advice) {
        problems.push_back(
            {Problem::Level::error, std::move(file), 0, 0, std::move(text), {}, std::move(advice)});
    }
    void judge_mode(const char* file, mode_t mode) {
        if ((mode & S_IWOTH) == 0) return;
        problems.push_back({Problem::Level::warning,
                            file,
                            0,
                            0,
                            "everybody on this host can write this file, and by it become root",
                            {},
                            concat("chmod go-w ", directory, '/', file)});
    }
};

/// `copy`: the command that puts the sample in place, up to the file's name.
std::string advice_for(const Error& error, std::string_view copy, const std::string& directory,
                       std::string_view file) {
    if (error.code == ENOENT) return concat("take the sample and edit it: ", copy, ' ', directory, '/', file);
    if (error.code == EACCES) return "run this as root";
    return concat(directory, '/', file, " must be a file of text");
}

bool read_ha_cf(Loading& loading, std::string& out) {
    const std::string path = path_in_messages(loading.directory, "ha.cf");
    Result<File> file = read_file(path);
    if (file) {
        loading.judge_mode("ha.cf", file->mode);
        out = std::move(file->text);
    } else
        loading.error(
            "ha.cf", concat("Cannot open config file [", path, "]: ", file.error().what),
            advice_for(file.error(), "zcat /usr/share/doc/heartbeat/ha.cf.gz >", loading.directory, "ha.cf"));
    return static_cast<bool>(file);
}

bool read_haresources(Loading& loading, std::string& out) {
    const std::string path = path_in_messages(loading.directory, "haresources");
    Result<File> file = read_file(path);
    if (file) {
        loading.judge_mode("haresources", file->mode);
        out = std::move(file->text);
    } else
        loading.error("haresources", concat("Cannot open resources file [", path, "]: ", file.error().what),
                      advice_for(file.error(), "zcat /usr/share/doc/heartbeat/haresources.gz >",
                                 loading.directory, "haresources"));
    return static_cast<bool>(file);
}

bool read_authkeys(Loading& loading, std::string& out) {
    const std::string path = path_in_messages(loading.directory, "authkeys");
    Result<File> file = read_file(path);
    if (!file) {
        loading.error("authkeys", concat("Cannot open keyfile [", path, "].  Stop."),
                      concat(file.error().what, ": ",
                             advice_for(file.error(), "cp /usr/share/doc/heartbeat/authkeys",
                                        loading.directory, "authkeys")));
        return false;
    }
    if ((file->mode & (S_IRGRP | S_IROTH)) != 0)
        loading.error("authkeys", concat("Bad permissions on keyfile [", path, "], 600 recommended."),
                      concat("others can read the keys: chmod 600 ", loading.directory, "/authkeys"));
    loading.judge_mode("authkeys", file->mode);
    out = std::move(file->text);
    return true;
}

/// `uname -n`, or the first line of nodeinfo where there is one.
void read_node_name(Loading& loading, Sources& sources) {
    Result<File> file = read_file(loading.directory + "/nodeinfo");
    if (!file && file.error().code != ENOENT)
        loading.error("nodeinfo", concat("cannot be read: ", file.error().what),
                      "its first line replaces `uname -n`; remove it if that is not wanted");
    if (file)
        for (const Line& line : lex_authkeys(std::string_view{file->text}.substr(0, file->text.find('\n')))) {
            sources.node_name = line[0].text;
            sources.node_name_is_written = true;
            return;
        }
    utsname name{};
    if (::uname(&name) == 0) sources.node_name = name.nodename;
}

}  // namespace

std::string node_name(const std::string& directory) {
    std::vector<Problem> unused;
    Loading loading{directory, unused};
    Sources sources;
    read_node_name(loading, sources);
    return lower_case(sources.node_name);
}

Parsed load(const std::string& directory, std::span<const std::string_view> units, const HostNetwork* host) {
    std::vector<Problem> problems;
    Loading loading{directory, problems};
    Sources sources;
    Readable readable;
    readable.ha_cf = read_ha_cf(loading, sources.ha_cf);
    readable.authkeys = read_authkeys(loading, sources.authkeys);
    readable.haresources = read_haresources(loading, sources.haresources);
    read_node_name(loading, sources);
    Detailed detailed = parse_detailed(sources, directory, readable);
    const ScriptPlaces places{directory, units};
    look_up_pings(detailed, sources, problems);
    check_machine(detailed, sources, places, problems);
    net::Netlink netlink;
    const auto own = host == nullptr ? network_of_this_host(netlink) : *host;
    if (own)
        check_network(detailed, sources, *own, problems);
    else
        loading.error("ha.cf", concat("cannot look at the network of this host: ", to_text(own.error())),
                      "run this as root");
    monitor_units(detailed, places);
    Parsed parsed = std::move(detailed.parsed);
    parsed.problems.insert(parsed.problems.end(), problems.begin(), problems.end());
    sort(parsed.problems);
    if (parsed.ok()) seal(parsed.config);
    return parsed;
}

void wait_for_the_host(Parsed& parsed) {
    for (Problem& problem : parsed.problems) {
        if (!problem.may_pass) continue;
        problem.level = Problem::Level::warning;
        append(problem.text, "; waiting for it");
    }
}

}  // namespace hb::config
