#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Pure: the fields of a message, as the engine gives them for a script of rc.d.
namespace hb::policy {

struct Hook {
    std::string type;  ///< name of the script
    std::vector<std::string>
        environment;  ///< `given`, and HA_NAME=VALUE of each field that `given` does not have
};
/// `text`: "NAME=VALUE\n" lines, one of them t=TYPE, and OSTATUS behind all fields. It comes from a process without rights, and
/// in part from the network: nullopt if the type is no name for run-parts(8). A field is left out if its value is no plain text,
/// or its name is not in small letters or is that of a directive.
std::optional<Hook> parse_hook(std::string_view text, std::span<const std::string> given);

}  // namespace hb::policy
