#include "config/haresources.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "config/address_spec.hpp"
#include "config/policy.hpp"
#include "config/value.hpp"
#include "hb/base/limits.hpp"
#include "hb/base/text.hpp"

namespace hb::config {
namespace {

/// One line with its resources, before the lines are put in order.
struct Draft {
    std::string line;
    NodeId preferred;
    std::vector<Resource> resources;
    std::vector<Word> places;
};

struct Reading {
    const std::string& path;
    Report& report;
    const Config& config;
    std::vector<Draft> drafts{};
    std::map<std::string_view, unsigned> keys{};     ///< to the line
    std::map<Ipv4, unsigned> addresses{};            ///< to the line
    std::map<std::string_view, unsigned> scripts{};  ///< word of a script to the first line that has it
};

/// Scripts that hold nothing: the same word may stand in many groups.
bool is_harmless_twice(std::string_view script) {
    constexpr std::string_view names[] = {"MailTo", "Delay", "SendArp", "AudibleAlarm", "WinPopup"};
    return std::find(std::begin(names), std::end(names), script) != std::end(names);
}

/// `\ ` is a blank within a word.
std::string without_backslashes(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\\' || i + 1 == text.size() || (text[i + 1] != ' ' && text[i + 1] != '\t'))
            out += text[i];
    return out;
}

std::vector<std::string> split_arguments(std::string_view word) {
    std::vector<std::string> parts;
    for (std::size_t at = 0;;) {
        const std::size_t end = word.find("::", at);
        parts.push_back(without_backslashes(word.substr(at, end - at)));
        if (end == std::string_view::npos) return parts;
        at = end + 2;
    }
}

/// What follows the first `::`.
std::string_view arguments_of(std::string_view word) {
    const std::size_t at = word.find("::");
    return at == std::string_view::npos ? std::string_view{} : word.substr(at + 2);
}

/// An IPv6 address is no service address, and a `::` within it is lost to the arguments. True: said.
bool is_ipv6(Reading& r, const Word& word, const Resource& resource) {
    if (looks_like_ipv6(word.text)) {
        r.report.error(
            word, concat("[", shown(word.text), "] is an IPv6 address: only IPv4 addresses are built in"),
            advice_for_ipv6);
        return true;
    }
    const bool split = resource.args.size() > 1 &&
                       (resource.script == "IPv6addr" || looks_like_ipv6(arguments_of(word.text)));
    if (!split) return false;
    r.report.error(word,
                   concat("the `::` in the IPv6 address [", shown(arguments_of(word.text)),
                          "] separates two arguments of ", shown(resource.script)),
                   resource.script.starts_with("IPaddr")
                       ? advice_for_ipv6
                       : "write all its eight numbers, as in 2001:db8:0:0:0:0:0:1");
    return true;
}

void take_address(Reading& r, const Word& word, std::size_t offset, Resource& out) {
    out.kind = Resource::Kind::address;
    if (out.args.size() != 1 || out.args[0].empty()) {
        r.report.error(word, concat(out.script, " takes one argument, the address"),
                       concat("write `", out.script, "::10.0.0.1/24/eth0`"));
        return;
    }
    SpecParsed parsed = parse_address_spec(out.args[0], out.script == "IPaddr");
    Word at = word;
    at.column += static_cast<unsigned>(offset + parsed.fault_at);
    if (!parsed.spec) return r.report.error(at, std::move(parsed.fault), std::move(parsed.advice));
    if (!parsed.doubt.empty())
        r.report.warning(at, std::move(parsed.doubt), "check the address and the bits");
    out.address = std::move(*parsed.spec);
    const auto [earlier, is_new] = r.addresses.try_emplace(out.address.address, word.line);
    if (!is_new)
        r.report.error(at,
                       concat("address ", to_text(out.address.address),
                              " stands twice in the file, first in line ", earlier->second),
                       "an address belongs to one group only");
}

void take_script(Reading& r, const Word& word, const Resource& resource) {
    if (resource.script.empty() || resource.script.starts_with('.') ||
        resource.script.find('/') != std::string::npos) {
        r.report.error(word, concat("[", shown(resource.script), "] is not the name of a script"),
                       "write its name in resource.d or init.d, without a path");
        return;
    }
    if (is_harmless_twice(resource.script)) return;
    const auto [earlier, is_new] = r.scripts.try_emplace(word.text, word.line);
    if (!is_new)
        r.report.warning(word,
                         concat(shown(word.text), " stands in the group of line ", earlier->second,
                                " too: who stops it there stops it here"),
                         "give each script to one group only");
}

Resource make_resource(Reading& r, const Word& word) {
    Resource out;
    out.word = word.text;
    const bool is_short = looks_like_address(word.text);
    out.args = split_arguments(word.text);
    if (is_short)
        out.script = "IPaddr";
    else {
        out.script = out.args[0];
        out.args.erase(out.args.begin());
    }
    if (is_ipv6(r, word, out)) return out;
    if (out.script == "IPaddr" || out.script == "IPaddr2")
        take_address(r, word, is_short ? 0 : out.script.size() + 2, out);
    else
        take_script(r, word, out);
    return out;
}

std::string canonical(const Line& line) {
    std::string out = lower_case(line[0].text);
    for (std::size_t i = 1; i < line.size(); ++i) append(out, concat(' ', line[i].text));
    return out;
}

NodeId find_node(Reading& r, const Word& word) {
    const auto& nodes = r.config.nodes;
    const auto found = std::find(nodes.begin(), nodes.end(), lower_case(word.text));
    if (nodes.empty()) return {};  // said already
    if (found != nodes.end()) return id_of<NodeId>(static_cast<std::size_t>(found - nodes.begin()));
    const std::vector<std::string_view> names(nodes.begin(), nodes.end());
    const std::string_view like = nearest(word.text, names);
    r.report.error(word, concat("Bad nodename in ", r.path, " [", shown(word.text), "]"),
                   like.empty() ? std::string{"the first word is a node of ha.cf; a line that continues the "
                                              "one above needs a \\ at the end of that"}
                                : concat("did you mean `", like, "`?"));
    return {};
}

void take_line(Reading& r, const Line& line) {
    Draft draft{canonical(line), find_node(r, line[0]), {}, {}};
    if (line.size() == 1) {
        if (!draft.preferred.exists() && !r.config.nodes.empty()) return;  // a bad name says enough
        r.report.error(line[0], concat("no resource follows node ", shown(line[0].text)),
                       "write `NODE RESOURCE...`, or remove the line");
        return;
    }
    const auto [earlier, is_new] = r.keys.try_emplace(line[1].text, line[1].line);
    if (!is_new)
        r.report.error(line[1],
                       concat("the first resource [", shown(line[1].text), "] is that of line ",
                              earlier->second, " too"),
                       "it names the group: each line needs its own");
    for (std::size_t i = 1; i < line.size(); ++i) {
        draft.resources.push_back(make_resource(r, line[i]));
        draft.places.push_back(line[i]);
    }
    r.drafts.push_back(std::move(draft));
}

bool is_within_limits(Reading& r) {
    std::size_t resources = 0;
    for (const Draft& draft : r.drafts) resources += draft.resources.size();
    if (r.drafts.size() > limits::groups)
        r.report.error({},
                       concat("too many resource groups: ", r.drafts.size(), ", at most ", limits::groups));
    if (resources > limits::resources)
        r.report.error({}, concat("too many resources: ", resources, ", at most ", limits::resources));
    return r.drafts.size() <= limits::groups && resources <= limits::resources;
}

void add_group(Draft& draft, Config& config, std::vector<Word>& places) {
    Group group;
    group.line = std::move(draft.line);
    group.key = draft.resources[0].word;
    group.preferred = draft.preferred;
    group.first = id_of<ResourceId>(config.resources.size());
    group.count = static_cast<std::uint16_t>(draft.resources.size());
    group.addresses_only = true;
    for (std::size_t i = 0; i < draft.resources.size(); ++i) {
        Resource& resource = draft.resources[i];
        resource.group = id_of<GroupId>(config.groups.size());
        if (resource.kind != Resource::Kind::address) group.addresses_only = false;
        if (must_run_once(resource.script)) group.exclusive = true;
        config.resources.push_back(std::move(resource));
        places.push_back(draft.places[i]);
    }
    config.groups.push_back(std::move(group));
}

}  // namespace

void parse_haresources(std::string_view text, const std::string& path, Report& report, Config& config,
                       std::vector<Word>& places) {
    const Haresources lexed = lex_haresources(text);
    Reading reading{path, report, config};
    for (const Word& backslash : lexed.lost_backslashes)
        report.warning(backslash, "a backslash in a comment does not continue the line",
                       "put the backslash before the #, or remove it");
    for (const Word& comment : lexed.comments_within)
        report.warning(
            comment,
            "this comment ends the line above, which was to be continued: what follows it is a line of its own",
            "move the comment above the whole line");
    for (const Line& line : lexed.lines) take_line(reading, line);
    if (lexed.lines.empty())
        report.warning({}, "haresources has no resource group: nothing will be served",
                       "add a line: `NODE RESOURCE...`");
    if (!is_within_limits(reading)) return;
    std::sort(reading.drafts.begin(), reading.drafts.end(),
              [](const Draft& a, const Draft& b) { return a.line < b.line; });
    for (Draft& draft : reading.drafts) add_group(draft, config, places);
}

}  // namespace hb::config
