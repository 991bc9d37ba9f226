#include "options.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace hb::heartbeat {
namespace {

bool is_resource_state(std::string_view word) {
    constexpr std::array<std::string_view, 4> states{"none", "local", "foreign", "all"};
    return std::find(states.begin(), states.end(), word) != states.end();
}

bool apply(char letter, Options& options) {
    using Verb = Options::Verb;
    switch (letter) {
        case 'k': options.verb = Verb::stop; return true;
        case 'r': options.verb = Verb::reload; return true;
        case 's': options.verb = Verb::status; return true;
        case 'V': options.verb = Verb::version; return true;
        case 'D': options.verb = Verb::defaults; return true;
        case 'v': options.verb = Verb::configuration; return true;
        case 'd': ++options.debug; return true;
        case 'f': options.foreground = true; return true;
        case 'l': options.realtime = false; return true;
        case 'M': options.manage_resources = false; return true;
        case 'R':  // 3.0.6 starts itself anew with it; a start finds out by itself what was held
        case 'W': return true;
        default: return false;
    }
}

}  // namespace

std::optional<Options> parse_options(std::span<const char* const> arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view word = arguments[i];
        if (word == "--help" || word == "-h") {
            options.verb = Options::Verb::help;
            return options;
        }
        if (word.size() < 2 || word.front() != '-') return std::nullopt;
        for (std::size_t at = 1; at < word.size(); ++at) {
            if (word[at] != 'C') {
                if (!apply(word[at], options)) return std::nullopt;
                continue;
            }
            const bool attached = at + 1 < word.size();
            if (!attached && i + 1 == arguments.size()) return std::nullopt;
            if (!is_resource_state(attached ? word.substr(at + 1) : arguments[++i])) return std::nullopt;
            break;
        }
    }
    return options;
}

std::string usage() {
    return "usage: heartbeat [-dDkMrRsvWlVf] [-C state]\n"
           "    no option  start as a daemon\n"
           "    -f         start and stay in the foreground\n"
           "    -k         stop the running heartbeat and wait until it is gone\n"
           "    -r         check the configuration and let the running heartbeat read it again\n"
           "    -s         say whether heartbeat runs\n"
           "    -d         more debug output; may be repeated\n"
           "    -l         no realtime priority\n"
           "    -M         do not manage resources\n"
           "    -D         print the defaults\n"
           "    -v         print the configuration\n"
           "    -V         print the version\n"
           "    -h, --help print this text\n"
           "    -R, -C none|local|foreign|all, -W   accepted, without effect\n";
}

}  // namespace hb::heartbeat
