#include <algorithm>

#include "hb/base/text.hpp"
#include "hbctl/client.hpp"
#include "hbctl/run.hpp"
#include "hbctl/status.hpp"

/// cl_status of 3.0.6: its words, its outputs, its exit codes.
namespace hb::hbctl {
namespace {

using hb::concat;

constexpr int ok = 0, failed = 1, bad_parameter = 11, other = 13;
constexpr int offline = 1;  ///< of clientstatus

Outcome bad_node() { return {bad_parameter, {}, "Error. May be due to incorrect node name\n"}; }
Outcome wrong_use(std::string_view text) { return {bad_parameter, {}, concat("cl_status: ", text, '\n')}; }

/// 3.0.6 knows no other states.
std::string_view node_word(const Status::Node& node) {
    return node.state == "left" ? std::string_view{"dead"} : std::string_view{node.state};
}
std::string_view link_word(const Status::Link& link) {
    return link.state == "up" || link.state == "late" ? "up" : "dead";
}

/// 3.0.6 calls a ping node that answers `ping`.
std::string_view ping_word(const Status::Ping& ping) { return ping.state == "up" ? "ping" : "dead"; }
std::string_view ping_link_word(const Status::Ping& ping) { return ping.state == "up" ? "up" : "dead"; }

std::string verbose_pings(const Status& status) {
    std::string out;
    for (auto ping = status.pings.rbegin(); ping != status.pings.rend(); ++ping)
        hb::append(out, concat('\n', ping->name, '\t', ping_word(*ping), "\t(nodetype: ping)\n\t", ping->name,
                               '\t', ping_link_word(*ping), '\n'));
    return out;
}

std::string verbose_nodes(const Status& status) {
    std::string out;
    for (auto node = status.nodes.rbegin(); node != status.nodes.rend(); ++node) {
        hb::append(out, concat('\n', node->name, '\t', node_word(*node), "\t(nodetype: normal)\n"));
        for (const Status::Link& link : node->links)
            hb::append(out, concat('\t', link.medium, '\t', link_word(link), '\n'));
    }
    return out;
}

struct Call {
    const Status& status;
    Words words;  ///< behind the command, options taken out
    bool verbose = false, only_ping = false, only_normal = false, in_words = false;
};

Outcome hbstatus(const Call& call) {
    std::string out = "Heartbeat is running on this machine.\n";
    if (call.verbose)
        hb::append(out, concat("version:\t", call.status.version, "\nmanaged by:\t\"haresources\"\n",
                               verbose_pings(call.status), verbose_nodes(call.status)));
    return {ok, std::move(out), {}};
}

Outcome listnodes(const Call& call) {
    std::string out;
    if (!call.only_normal && call.verbose) out += verbose_pings(call.status);
    if (!call.only_ping && call.verbose) out += verbose_nodes(call.status);
    if (call.verbose) return {ok, std::move(out), {}};
    if (!call.only_normal)
        for (auto ping = call.status.pings.rbegin(); ping != call.status.pings.rend(); ++ping)
            out += ping->name + '\n';
    if (!call.only_ping)
        for (auto node = call.status.nodes.rbegin(); node != call.status.nodes.rend(); ++node)
            out += node->name + '\n';
    return {ok, std::move(out), {}};
}

const Status::Node* node_of(const Call& call) {
    return call.words.empty() ? nullptr : call.status.find(hb::lower_case(call.words[0]));
}

const Status::Ping* ping_of(const Call& call) {
    return call.words.empty() ? nullptr : call.status.find_ping(call.words[0]);
}

Outcome nodestatus(const Call& call) {
    const Status::Node* node = node_of(call);
    if (const Status::Ping* ping = ping_of(call))
        return {ping->state == "up" ? ok : failed, concat(ping_word(*ping), '\n'), {}};
    if (!node) return bad_node();
    const std::string_view word = node_word(*node);
    return {word == "active" || word == "up" ? ok : failed, concat(word, '\n'), {}};
}

Outcome nodetype(const Call& call) {
    if (ping_of(call)) return {ok, "ping\n", {}};
    return node_of(call) ? Outcome{ok, "normal\n", {}} : bad_node();
}
Outcome nodeweight(const Call& call) { return node_of(call) ? Outcome{ok, "100\n", {}} : bad_node(); }
Outcome nodesite(const Call& call) { return node_of(call) ? Outcome{ok, "\n", {}} : bad_node(); }

Outcome listhblinks(const Call& call) {
    if (const Status::Ping* ping = ping_of(call)) return {ok, concat('\t', ping->name, '\n'), {}};
    const Status::Node* node = node_of(call);
    if (!node) return bad_node();
    std::string out;
    for (const Status::Link& link : node->links) hb::append(out, concat('\t', link.medium, '\n'));
    return {ok, std::move(out), {}};
}

Outcome hblinkstatus(const Call& call) {
    if (const Status::Ping* ping = ping_of(call);
        ping && call.words.size() > 1 && call.words[1] == ping->name)
        return {ping->state == "up" ? ok : failed, concat(ping_link_word(*ping), '\n'), {}};
    const Status::Node* node = node_of(call);
    if (!node) return bad_node();
    if (call.words.size() < 2) return wrong_use("hblinkstatus NODE LINK");
    const auto link = std::find_if(node->links.begin(), node->links.end(),
                                   [&](const auto& l) { return l.medium == call.words[1]; });
    if (link == node->links.end())
        return wrong_use(concat("there is no link ", call.words[1], " to ", node->name));
    const std::string_view word = link_word(*link);
    return {word == "up" ? ok : failed, concat(word, '\n'), {}};
}

/// Which of the two sets this node holds: a set counts as held if one group of it is; an empty one belongs to
/// its own node.
std::string_view held_sets(const Status& status) {
    bool local = false, foreign = false, has_local = false, moves = false;
    for (const Status::Group& group : status.groups) {
        const bool is_local = group.preferred == status.self;
        const bool is_held = group.state == "owned" || group.state == "blocked";
        has_local = has_local || is_local;
        moves = moves || group.state == "acquiring" || group.state == "releasing";
        (is_local ? local : foreign) |= is_held;
    }
    const Status::Node* self = status.find(status.self);
    if (!has_local && self && self->state == "active") local = true;
    if (moves) return "transition";
    if (local) return foreign ? "all" : "local";
    return foreign ? "foreign" : "none";
}

Outcome rscstatus(const Call& call) {
    const std::string_view sets = held_sets(call.status);
    return {
        ok, call.in_words ? concat("This node is holding ", sets, " resources.\n") : concat(sets, '\n'), {}};
}

/// No client program can sign on to this daemon. Those of a 3.0.6 peer are known to it alone.
Outcome clientstatus(const Call& call) {
    const Status::Node* node = node_of(call);
    if (!node) return bad_node();
    if (call.words.size() < 2) return wrong_use("clientstatus NODE CLIENT [MILLISECONDS]");
    if (!node->is_self && node->dialect != "ours" && node_word(*node) != "dead")
        return {other,
                {},
                concat("cl_status: the clients of ", node->name,
                       ", which runs Linux-HA, can only be asked for there\n")};
    return {offline, "offline\n", {}};
}

struct Command {
    std::string_view name;
    Outcome (*answer)(const Call&);
};
constexpr Command commands[] = {{"hbstatus", hbstatus},       {"listnodes", listnodes},
                                {"nodestatus", nodestatus},   {"nodetype", nodetype},
                                {"nodeweight", nodeweight},   {"nodesite", nodesite},
                                {"listhblinks", listhblinks}, {"hblinkstatus", hblinkstatus},
                                {"rscstatus", rscstatus},     {"clientstatus", clientstatus}};

constexpr std::string_view command_names =
    "hbstatus, listnodes, nodestatus, nodetype, nodeweight, nodesite, listhblinks, hblinkstatus, clientstatus, rscstatus, "
    "hbparameter";

Outcome no_answer(std::string_view command, const Reply& reply) {
    if (command == "hbstatus" && reply.fault == Reply::Fault::not_running)
        return {failed, "Heartbeat is stopped on this machine.\n", {}};
    if (reply.fault == Reply::Fault::timeout)
        return {code::timeout, {}, "ERROR: Cannot signon with heartbeat\n"};
    return {failed, {}, "ERROR: Cannot signon with heartbeat\n"};
}

Outcome answer(const Command& command, Words arguments, const Surroundings& surroundings) {
    const Reply reply = ask(surroundings.socket, "status", surroundings.patience);
    const std::optional<Status> status =
        reply.fault == Reply::Fault::none ? parse_status(reply.text) : std::nullopt;
    if (!status) return no_answer(command.name, reply);
    std::vector<std::string_view> words;
    Call call{*status, {}};
    for (const std::string_view word : arguments) {
        if (word == "-v")
            call.verbose = true;
        else if (word == "-p")
            call.only_ping = true;
        else if (word == "-n")
            call.only_normal = true;
        else if (word == "-m")
            call.in_words = true;
        else if (!word.starts_with('-'))
            words.push_back(word);
    }
    call.words = words;
    return command.answer(call);
}

/// hbparameter -p NAME
Outcome hbparameter(Words arguments, const Surroundings& surroundings) {
    if (arguments.size() != 2 || arguments[0] != "-p") return wrong_use("hbparameter -p NAME");
    const Reply reply = ask(surroundings.socket, concat("parameter ", arguments[1]), surroundings.patience);
    if (reply.fault != Reply::Fault::none) return no_answer("hbparameter", reply);
    const std::string_view text = std::string_view{reply.text}.substr(0, reply.text.find('\n'));
    if (text.starts_with("ok\t")) return {ok, concat(text.substr(3), '\n'), {}};
    if (text.starts_with("refused\t"))
        return {failed, {}, concat("cl_status: ", arguments[1], ": ", text.substr(8), '\n')};
    return {other, {}, "cl_status: heartbeat gave no answer\n"};
}

}  // namespace

Outcome cl_status(Words arguments, const Surroundings& surroundings) {
    if (asks_for_help(arguments))
        return {ok, concat("usage: cl_status COMMAND [OPTIONS]\nCOMMAND: ", command_names, '\n'), {}};
    const auto name = std::find_if(arguments.begin(), arguments.end(),
                                   [](std::string_view word) { return !word.starts_with('-'); });
    if (name == arguments.end()) return wrong_use(concat("write a command: ", command_names));
    if (*name == "hbparameter") return hbparameter({name + 1, arguments.end()}, surroundings);
    for (const Command& command : commands) {
        if (command.name != *name) continue;
        std::vector<std::string_view> rest(arguments.begin(), name);
        rest.insert(rest.end(), name + 1, arguments.end());
        return answer(command, rest, surroundings);
    }
    return wrong_use(concat("there is no command ", *name));
}

}  // namespace hb::hbctl
