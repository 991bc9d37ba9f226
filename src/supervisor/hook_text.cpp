#include "supervisor/hook_text.hpp"

#include <algorithm>

#include "hb/base/text.hpp"

namespace hb::supervisor {
namespace {

constexpr std::size_t longest_type = 31;

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }

/// It becomes a file name: nothing that leads out of the directory or hides there.
bool is_type(std::string_view text) {
    return !text.empty() && text.size() <= longest_type && text.front() != '.' && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '-' || c == '.'; });
}

bool has(std::span<const std::string> environment, std::string_view name) {
    return std::any_of(environment.begin(), environment.end(), [name](const std::string& entry) {
        return entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=';
    });
}

}  // namespace

std::optional<Hook> parse_hook(std::string_view text, std::span<const std::string> given) {
    Hook hook{{}, {given.begin(), given.end()}};
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;
        const std::string_view field = line.substr(0, equals), value = line.substr(equals + 1);
        if (!std::all_of(field.begin(), field.end(), is_word)) continue;
        if (!std::all_of(value.begin(), value.end(), is_plain)) continue;
        // HA_FUNCS and its like are what a script runs: no message sets them.
        const std::string name = concat("HA_", field);
        if (has(hook.environment, name)) continue;
        if (field == "t") hook.type = value;
        hook.environment.push_back(concat(name, "=", value));
    }
    if (!is_type(hook.type)) return std::nullopt;
    return hook;
}

}  // namespace hb::supervisor
