#include <algorithm>

#include "hb/base/text.hpp"
#include "hbctl/client.hpp"
#include "hbctl/run.hpp"
#include "hbctl/status.hpp"

namespace hb::hbctl {
namespace {

using hb::concat;

/// 3.0.6's `failback`: give what is the other's, or take what is ours.
std::string_view set_of(std::string_view program, std::string_view word) {
    if (word == "all" || word == "local" || word == "foreign") return word;
    if (word != "failback") return {};
    return program == "hb_standby" ? "foreign" : "local";
}

/// Code 0: the daemon said ok.
Outcome failure_of(std::string_view program, const Reply& reply, const Surroundings& surroundings) {
    if (reply.fault != Reply::Fault::none) {
        Outcome outcome = fault(reply, surroundings);
        outcome.code = 1;
        return outcome;
    }
    if (reply.text.starts_with("ok\t")) return {};
    const std::string_view text = std::string_view{reply.text}.substr(0, reply.text.find('\n'));
    return {1, {}, concat(program, ": ", text.starts_with("refused\t") ? text.substr(8) : "no answer", '\n')};
}

}  // namespace

Outcome legacy_move(std::string_view program, Words arguments, const Surroundings& surroundings) {
    const std::string usage = concat("usage: ", program, " [all|foreign|local|failback]\n");
    if (asks_for_help(arguments)) return {0, usage, {}};
    const std::string_view word = arguments.empty() ? "all" : arguments[0];
    const std::string_view set = set_of(program, word);
    if (set.empty() || arguments.size() > 1) return {1, {}, usage};
    // 3.0.6's own rc.d/hb_takeover answers the other node's request by hb_standby.
    if (surroundings.hook == "hb_takeover")
        return {0, concat(program, ": heartbeat itself obeys hb_takeover; nothing is done here\n"), {}};
    const bool is_standby = program == "hb_standby";
    const Reply reply =
        ask(surroundings.socket, concat(is_standby ? "standby " : "takeover ", set), surroundings.patience);
    if (Outcome outcome = failure_of(program, reply, surroundings); outcome.code != 0) return outcome;
    // 3.0.6 asks the other node for its standby, and says so.
    return {0, is_standby ? concat("Going standby [", set, "].\n") : std::string{}, {}};
}

Outcome req_resource(Words arguments, const Surroundings& surroundings) {
    const char* const usage = "usage: req_resource KEY, the first resource of a line in haresources\n";
    if (asks_for_help(arguments)) return {0, usage, {}};
    if (arguments.size() != 1) return {1, {}, usage};
    const Reply reply = ask(surroundings.socket, "status", surroundings.patience);
    const auto status = reply.fault == Reply::Fault::none ? parse_status(reply.text) : std::nullopt;
    if (!status) return failure_of("req_resource", reply, surroundings);
    const auto group = std::find_if(status->groups.begin(), status->groups.end(),
                                    [&](const Status::Group& g) { return g.key == arguments[0]; });
    if (group == status->groups.end())
        return {1, {}, concat("req_resource: no line of haresources has the key ", arguments[0], '\n')};
    if (group->state == "owned") return {};
    const std::string_view set = group->preferred == status->self ? "local" : "foreign";
    return failure_of("req_resource",
                      ask(surroundings.socket, concat("takeover ", set), surroundings.patience),
                      surroundings);
}

Outcome mach_down(Words arguments) {
    if (asks_for_help(arguments)) return {0, "usage: mach_down NODE\n", {}};
    const std::string_view node = arguments.empty() ? "a dead node" : arguments[0];
    return {
        0, concat("mach_down: heartbeat itself takes over what ", node, " held; nothing is done here\n"), {}};
}

}  // namespace hb::hbctl
