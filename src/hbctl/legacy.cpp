#include "hb/base/text.hpp"
#include "hbctl/client.hpp"
#include "hbctl/run.hpp"

namespace hb::hbctl {
namespace {

using hb::concat;

/// 3.0.6's `failback`: give what is the other's, or take what is ours.
std::string_view set_of(std::string_view program, std::string_view word) {
    if (word == "all" || word == "local" || word == "foreign") return word;
    if (word != "failback") return {};
    return program == "hb_standby" ? "foreign" : "local";
}

}  // namespace

Outcome legacy_move(std::string_view program, Words arguments, const Surroundings& surroundings) {
    const std::string_view word = arguments.empty() ? "all" : arguments[0];
    const std::string_view set = set_of(program, word);
    if (set.empty() || arguments.size() > 1)
        return {1, {}, concat("usage: ", program, " [all|foreign|local|failback]\n")};
    const bool is_standby = program == "hb_standby";
    const Reply reply =
        ask(surroundings.socket, concat(is_standby ? "standby " : "takeover ", set), surroundings.patience);
    if (reply.fault != Reply::Fault::none) {
        Outcome outcome = fault(reply, surroundings);
        outcome.code = 1;
        return outcome;
    }
    if (!reply.text.starts_with("ok\t")) {
        const std::string_view text = std::string_view{reply.text}.substr(0, reply.text.find('\n'));
        return {
            1, {}, concat(program, ": ", text.starts_with("refused\t") ? text.substr(8) : "no answer", '\n')};
    }
    // 3.0.6 asks the other node for its standby, and says so.
    return {0, is_standby ? concat("Going standby [", set, "].\n") : std::string{}, {}};
}

}  // namespace hb::hbctl
