#pragma once
#include <string>

#include "hb/config/parse.hpp"

namespace hb::config {

/// Reads DIR/ha.cf, authkeys, haresources (and nodeinfo), parses them, and adds what only the machine knows:
/// mode of authkeys, existence of interfaces, of scripts and units, of log directories.
/// Refuses what is no regular file or larger than limits::config_file, without blocking on a FIFO.
/// `directory` is /etc/ha.d unless the operator names another.
Parsed load(const std::string& directory);

/// Fills the two digests of a parsed configuration (SHA-256 by libcrypto, which parse() does not need).
void seal(Config& config);

}  // namespace hb::config
