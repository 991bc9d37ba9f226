#include "hbctl/run.hpp"

#include <algorithm>

#include "hb/base/text.hpp"
#include "hbctl/client.hpp"
#include "hbctl/show.hpp"

namespace hb::hbctl {
namespace {

using hb::concat;

constexpr std::string_view help_text =
    "hbctl - see and steer the heartbeat of this host\n"
    "\n"
    "  hbctl status [--json] [--all]     nodes, links, who owns what, and what to do\n"
    "  hbctl watch [--all]               the same each second, until ^C\n"
    "  hbctl check [DIR]                 check the configuration; no daemon is needed\n"
    "  hbctl standby [all|local|foreign]   give resource groups to the other node\n"
    "  hbctl takeover [all|local|foreign]  take resource groups from the other node\n"
    "  hbctl unblock [--yes-it-is-stopped]  a blocked group was stopped by hand\n"
    "  hbctl fenced NODE --yes-it-is-off   NODE, which no device can cut off, is off\n"
    "  hbctl help                        this text\n"
    "\n"
    "local: groups whose preferred node is this one; foreign: the others.\n"
    "Exit codes and examples: hbctl(8).\n";

/// The lines of the help that begin with this command; empty if there is none of that name.
std::string help_of(std::string_view verb) {
    const std::string begin = concat("  hbctl ", verb, ' ');
    std::string out;
    for (std::string_view rest = help_text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n') + 1);
        if (line.starts_with(begin)) out += line;
        rest.remove_prefix(line.size());
    }
    return out;
}

Outcome usage(std::string_view text) {
    return {code::usage, {}, concat("hbctl: ", text, "\nhbctl: `hbctl help` lists the commands\n")};
}

/// "ok\tTEXT\n" or "refused\tTEXT\n".
Outcome answer_of(std::string_view reply) {
    const std::string_view text = reply.substr(0, reply.find('\n'));
    if (text.starts_with("ok\t")) return {code::ok, concat(text.substr(3), '\n'), {}};
    if (text.starts_with("refused\t"))
        return {code::refused, {}, concat("hbctl: refused: ", text.substr(8), '\n')};
    return {code::failed, {}, "hbctl: heartbeat gave no answer; see `hbctl status`\n"};
}

Outcome status(Words arguments, const Surroundings& surroundings) {
    bool as_json = false;
    Detail detail = Detail::runs;
    for (const std::string_view word : arguments) {
        if (word == "--json")
            as_json = true;
        else if (word == "--all")
            detail = Detail::every_group;
        else
            return usage(concat("status does not know ", word));
    }
    const Reply reply = ask(surroundings.socket, "status", surroundings.patience);
    if (reply.fault != Reply::Fault::none) return fault(reply, surroundings);
    if (reply.text.starts_with("refused\t")) return answer_of(reply.text);
    const std::optional<Status> parsed = parse_status(reply.text);
    if (!parsed) return {code::failed, {}, "hbctl: the answer of heartbeat was cut short; ask again\n"};
    return {code::ok, as_json ? to_json(*parsed) : show(*parsed, detail), {}};
}

bool is_set(std::string_view word) { return word == "all" || word == "local" || word == "foreign"; }

Outcome operate(std::string_view verb, Words arguments, const Surroundings& surroundings) {
    const std::string_view set = arguments.empty() ? "all" : arguments[0];
    if (arguments.size() > 1 || !is_set(set))
        return usage(concat("write `hbctl ", verb, "` and all, local or foreign"));
    const Reply reply = ask(surroundings.socket, concat(verb, ' ', set), surroundings.patience);
    if (reply.fault != Reply::Fault::none) return fault(reply, surroundings);
    return answer_of(reply.text);
}

/// The stop of what is blocked is tried again; the assurance makes its answer count for nothing.
Outcome unblock(Words arguments, const Surroundings& surroundings) {
    constexpr std::string_view assurance = "--yes-it-is-stopped";
    std::string_view set = "all";
    bool assured = false;
    for (const std::string_view word : arguments) {
        if (word == assurance)
            assured = true;
        else if (is_set(word))
            set = word;
        else
            return usage(concat("unblock does not know ", word, ": write `hbctl unblock`, or `hbctl unblock ",
                                assurance, "`"));
    }
    const Reply reply =
        ask(surroundings.socket, assured ? concat("stopped ", surroundings.user) : concat("unblock ", set),
            surroundings.patience);
    if (reply.fault != Reply::Fault::none) return fault(reply, surroundings);
    return answer_of(reply.text);
}

/// What a device should have done, an operator did. A word too many is asked for, because nobody can take it back.
Outcome fenced(Words arguments, const Surroundings& surroundings) {
    constexpr std::string_view assurance = "--yes-it-is-off";
    std::string_view node;
    bool assured = false;
    for (const std::string_view word : arguments) {
        if (word == assurance)
            assured = true;
        else if (!node.empty() || word.starts_with('-'))
            return usage(concat("fenced does not know ", word));
        else
            node = word;
    }
    if (node.empty()) return usage(concat("write `hbctl fenced NODE ", assurance, "`"));
    if (!assured)
        return {
            code::usage,
            {},
            concat(
                "hbctl: resource groups that must not run twice will be started here although ", node,
                " could not be cut off.\n"
                "hbctl: If it still runs, both write to the same data. Turn it off by hand, look that it is off, then:\n"
                "hbctl:   hbctl fenced ",
                node, ' ', assurance, '\n')};
    const Reply reply =
        ask(surroundings.socket, concat("fenced ", node, ' ', surroundings.user), surroundings.patience);
    if (reply.fault != Reply::Fault::none) return fault(reply, surroundings);
    return answer_of(reply.text);
}

Outcome hbctl(Words arguments, const Surroundings& surroundings) {
    if (arguments.empty()) return {code::usage, {}, std::string{help_text}};
    const std::string_view verb = arguments[0];
    const Words rest = arguments.subspan(1);
    if (asks_for_help(rest))
        if (std::string help = help_of(verb); !help.empty())
            return {code::ok, concat(help, "Exit codes and examples: hbctl(8).\n"), {}};
    if (verb == "status") return status(rest, surroundings);
    if (verb == "check") return check(rest, surroundings);
    if (verb == "standby" || verb == "takeover") return operate(verb, rest, surroundings);
    if (verb == "unblock") return unblock(rest, surroundings);
    if (verb == "fenced") return fenced(rest, surroundings);
    if (verb == "help" || verb == "--help" || verb == "-h") return {code::ok, std::string{help_text}, {}};
    if (verb == "version" || verb == "--version" || verb == "-V") return {code::ok, HB_VERSION "\n", {}};
    return usage(concat("there is no command ", verb));
}

}  // namespace

Outcome fault(const Reply& reply, const Surroundings& surroundings) {
    switch (reply.fault) {
        case Reply::Fault::none: break;
        case Reply::Fault::not_running:
            return {code::failed, {}, concat("heartbeat is not running on ", surroundings.node, '\n')};
        case Reply::Fault::no_permission:
            return {code::no_permission,
                    {},
                    concat("hbctl: not allowed to speak to heartbeat on ", surroundings.node,
                           "; run this as root\n")};
        case Reply::Fault::timeout:
            return {code::timeout,
                    {},
                    concat("hbctl: heartbeat on ", surroundings.node, " gave no answer within ",
                           duration_text(to_ms(surroundings.patience)), '\n')};
        case Reply::Fault::broken: break;
    }
    return {code::failed,
            {},
            concat("hbctl: the connection to heartbeat on ", surroundings.node, " broke; ask again\n")};
}

bool asks_for_help(Words arguments) {
    const auto is_help = [](std::string_view word) { return word == "--help" || word == "-h"; };
    return std::any_of(arguments.begin(), arguments.end(), is_help);
}

Outcome run(std::string_view program, Words arguments, const Surroundings& surroundings) {
    if (program == "cl_status") return cl_status(arguments, surroundings);
    if (program == "hb_standby" || program == "hb_takeover")
        return legacy_move(program, arguments, surroundings);
    if (program == "req_resource") return req_resource(arguments, surroundings);
    if (program == "mach_down") return mach_down(arguments);
    return hbctl(arguments, surroundings);
}

}  // namespace hb::hbctl
