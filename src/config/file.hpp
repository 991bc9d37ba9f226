#pragma once
#include <sys/types.h>

#include <string>

#include "hb/base/result.hpp"

namespace hb::config {

struct File {
    std::string text;
    mode_t mode = 0;  ///< permission bits
};
/// A regular file of at most limits::config_file octets; never waits, whatever stands at `path`.
/// The error is a reason without the path: "is a directory"; its code is the errno value where the system
/// gave one.
Result<File> read_file(const std::string& path);
/// A regular file, or a link to one.
bool is_file(const std::string& path);

}  // namespace hb::config
