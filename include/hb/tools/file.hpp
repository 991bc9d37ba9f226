#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "hb/base/result.hpp"

namespace hb::tools {

/// The whole of a small regular file; nullopt if it does not exist. What is no regular file or larger than
/// `limit` octets is an error. A FIFO does not block.
Result<std::optional<std::string>> read_file(const std::string& path, std::size_t limit);

enum class Durability { until_reboot, durable };
/// Replaces a file as a whole: PATH.new is written, moved over it and, if durable, both file and directory
/// are fsynced.
Result<Done> replace_file(const std::string& path, std::string_view content, mode_t mode,
                          Durability durability);

/// Makes a directory unless it is there. Either way it is ours afterwards, and has that mode, where the file system allows it:
/// others could put files of their own in the place of ours.
Result<Done> make_directory(const std::string& path, mode_t mode);

}  // namespace hb::tools
