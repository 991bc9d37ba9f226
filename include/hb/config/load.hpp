#pragma once
#include <span>
#include <string>
#include <string_view>

#include "hb/config/parse.hpp"

namespace hb::config {

struct HostNetwork;  // hb/config/host_network.hpp

/// Where units of systemd lie.
constexpr std::string_view unit_directories[] = {
    "/etc/systemd/system",         "/run/systemd/system",           "/run/systemd/generator",
    "/run/systemd/generator.late", "/usr/local/lib/systemd/system", "/lib/systemd/system",
    "/usr/lib/systemd/system"};

/// Whether `name`.service lies there; of an instance, `db@main`, the template `db@.service` (systemd.unit(5)) will do.
bool is_unit(std::string_view name, std::span<const std::string_view> units = unit_directories);

/// Reads DIR/ha.cf, authkeys, haresources (and nodeinfo), parses them, and adds what only the machine knows:
/// mode of authkeys, existence of interfaces, of scripts and units, of log directories.
/// Refuses what is no regular file or larger than limits::config_file, without blocking on a FIFO.
/// `directory` is /etc/ha.d unless the operator names another; `units` are other directories in tests, and `host` is
/// another network than that of this host.
Parsed load(const std::string& directory, std::span<const std::string_view> units = unit_directories,
            const HostNetwork* host = nullptr);

/// The name of this node in lower case: the first word of the first line of nodeinfo, or `uname -n`.
std::string node_name(const std::string& directory);

/// For the daemon, which waits where `hbctl check` complains: errors that may pass become warnings that say so.
void wait_for_the_host(Parsed& parsed);

/// Whether /etc/hosts has an address for one of these names by now.
bool any_is_known(std::span<const std::string> hosts);

/// Fills the two digests of a parsed configuration (SHA-256 by libcrypto, which parse() does not need).
void seal(Config& config);

}  // namespace hb::config
