#include "hb/policy/hook_text.hpp"

#include <algorithm>

#include "hb/base/text.hpp"
#include "hb/config/directives.hpp"

namespace hb::policy {
namespace {

constexpr std::size_t longest_type = 31;

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_word(char c) { return is_small(c) || (c >= '0' && c <= '9') || c == '_'; }
bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }

/// It becomes a file name, as of run-parts(8): no backup of a package or an editor, nothing that leads out of the directory or
/// hides there.
bool is_type(std::string_view text) {
    return !text.empty() && text.size() <= longest_type && text.front() != '-' &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_word(c) || (c >= 'A' && c <= 'Z') || c == '-'; });
}

constexpr std::string_view own_status = "OSTATUS";  ///< the engine adds it behind the fields

/// As in a message of 3.0.6. What scripts and their libraries obey, HA_DEBUGLOG or HA_LOGTAG, is in capitals or a directive.
bool is_field(std::string_view name) {
    const auto directives = config::known_directives();
    return is_small(name.front()) && std::all_of(name.begin(), name.end(), is_word) &&
           std::find(directives.begin(), directives.end(), name) == directives.end();
}

bool has(std::span<const std::string> environment, std::string_view name) {
    return std::any_of(environment.begin(), environment.end(), [name](const std::string& entry) {
        return entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=';
    });
}

}  // namespace

std::optional<Hook> parse_hook(std::string_view text, std::span<const std::string> given) {
    Hook hook{{}, {given.begin(), given.end()}};
    std::string_view ostatus;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;
        const std::string_view field = line.substr(0, equals), value = line.substr(equals + 1);
        if (field == own_status) ostatus = value;
        if (!is_field(field)) continue;
        if (!std::all_of(value.begin(), value.end(), is_plain)) continue;
        // HA_FUNCS and its like are what a script runs: no message sets them.
        const std::string name = concat("HA_", field);
        if (has(hook.environment, name)) continue;
        if (field == "t") hook.type = value;
        hook.environment.push_back(concat(name, "=", value));
    }
    if (!is_type(hook.type)) return std::nullopt;
    if (!ostatus.empty() && std::all_of(ostatus.begin(), ostatus.end(), is_small))
        hook.environment.push_back(concat("HA_", own_status, "=", ostatus));
    return hook;
}

}  // namespace hb::policy
