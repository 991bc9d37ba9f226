#include "hb/control/command.hpp"

#include <array>

namespace hb::control {
namespace {

using core::OperatorAsked;

struct Verb {
    std::string_view word;
    OperatorAsked::Verb verb;
};
constexpr std::array<Verb, 3> verbs{{{"standby", OperatorAsked::Verb::standby},
                                     {"takeover", OperatorAsked::Verb::takeover},
                                     {"unblock", OperatorAsked::Verb::unblock}}};

struct Set {
    std::string_view word;
    OperatorAsked::Set set;
};
constexpr std::array<Set, 3> sets{{{"all", OperatorAsked::Set::all},
                                   {"local", OperatorAsked::Set::local},
                                   {"foreign", OperatorAsked::Set::foreign}}};

std::optional<OperatorAsked::Set> set_of(std::string_view word) {
    for (const Set& candidate : sets)
        if (candidate.word == word) return candidate.set;
    return std::nullopt;
}

/// "NODE WHO": what follows `fenced`.
std::optional<Command> parse_fenced(std::string_view rest) {
    const std::size_t blank = rest.find(' ');
    if (blank == 0 || blank == std::string_view::npos || blank + 1 == rest.size()) return std::nullopt;
    Command command{Command::Verb::operate, {}, {}};
    command.operation.verb = OperatorAsked::Verb::fenced;
    command.operation.node = rest.substr(0, blank);
    command.operation.who = rest.substr(blank + 1);
    return command;
}

/// "WHO": what follows `stopped`, which is `unblock` of one who vouches for it.
Command parse_stopped(std::string_view who) {
    Command command{Command::Verb::operate, {}, {}};
    command.operation.verb = OperatorAsked::Verb::unblock;
    command.operation.who = who;
    return command;
}

}  // namespace

std::optional<Command> parse_command(std::string_view line) {
    if (line == "status") return Command{};
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    if (line.substr(0, blank) == "parameter")
        return Command{Command::Verb::parameter, {}, line.substr(blank + 1)};
    if (line.substr(0, blank) == "fenced") return parse_fenced(line.substr(blank + 1));
    if (line.substr(0, blank) == "stopped") return parse_stopped(line.substr(blank + 1));
    const auto set = set_of(line.substr(blank + 1));
    if (!set) return std::nullopt;
    for (const Verb& candidate : verbs)
        if (candidate.word == line.substr(0, blank))
            return Command{Command::Verb::operate, {.client = 0, .verb = candidate.verb, .set = *set}, {}};
    return std::nullopt;
}

std::optional<std::string_view> parameter(const config::Config& config, std::string_view name) {
    constexpr std::string_view prefix = "HA_";
    for (const std::string& entry : config.environment) {
        const std::string_view text = entry;
        const std::size_t equals = text.find('=');
        if (text.starts_with(prefix) && text.substr(prefix.size(), equals - prefix.size()) == name)
            return text.substr(equals + 1);
    }
    return std::nullopt;
}

}  // namespace hb::control
