#include <algorithm>

#include "config/ha_cf.hpp"
#include "config/value.hpp"
#include "hb/base/limits.hpp"
#include "hb/base/text.hpp"

/// ping and ping_group: who is asked whether the network works.
namespace hb::config {
namespace {

bool is_known(const Config& config, std::string_view name) {
    return std::any_of(config.witnesses.begin(), config.witnesses.end(),
                       [&](const Witness& w) { return w.name == name; });
}

/// Status, cl_status and logs tell them from nodes and from each other by name.
bool may_be_added(HaCf& file, const Word& name) {
    if (name.text.size() > limits::node_name) {
        file.report.error(name, concat("[", shown(name.text), "] is too long for a name"),
                          concat("at most ", limits::node_name, " octets"));
        return false;
    }
    if (is_known(file.config, name.text)) {
        file.report.warning(name, concat("ping ", name.text, " is given twice"), "remove one of them");
        return false;
    }
    if (file.config.witnesses.size() == limits::witnesses) {
        file.report.error(name, concat("too many ping nodes: at most ", limits::witnesses));
        return false;
    }
    file.witnesses.push_back(name);
    return true;
}

/// An address, or a name that load() looks up.
void add_host(HaCf& file, const Word& word) {
    const std::size_t witness = file.config.witnesses.size() - 1;
    if (file.config.witnesses.back().addresses.size() + file.names_wanted(witness) == limits::witness_hosts) {
        file.report.error(word, concat("too many hosts in one ping_group: at most ", limits::witness_hosts));
        return;
    }
    if (const auto address = parse_ipv4(word.text); address)
        file.config.witnesses.back().addresses.push_back(*address);
    else if (looks_like_ipv6(word.text))
        file.report.error(
            word, concat("[", shown(word.text), "] is an IPv6 address: ping nodes are asked over IPv4 only"),
            "write the IPv4 address of that host, as in 192.168.77.1");
    else if (word.text.find_first_not_of("0123456789.") == std::string_view::npos ||
             word.text.find_first_of(":/") != std::string_view::npos)
        file.report.error(word, concat("[", shown(word.text), "] is not an IPv4 address"),
                          "write four numbers from 0 to 255, as in 192.168.77.1");
    else
        file.ping_names.push_back({word, witness});
}

}  // namespace

std::size_t HaCf::names_wanted(std::size_t witness) const {
    return static_cast<std::size_t>(std::count_if(ping_names.begin(), ping_names.end(),
                                                  [&](const PingName& n) { return n.witness == witness; }));
}

void take_ping(HaCf& file, const Line& line) {
    if (line.size() < 2)
        return file.report.error(line[0], "ping needs a value", "write `ping HOST...`; see ha.cf(5)");
    for (const Word& host : Line(line.begin() + 1, line.end())) {
        if (!may_be_added(file, host)) continue;
        file.config.witnesses.push_back({std::string{host.text}, {}, false});
        add_host(file, host);
    }
}

void take_ping_group(HaCf& file, const Line& line) {
    if (line.size() < 3)
        return file.report.error(line[0], "ping_group needs a name and at least one host",
                                 "write `ping_group NAME HOST...`; see ha.cf(5)");
    if (!may_be_added(file, line[1])) return;
    file.config.witnesses.push_back({std::string{line[1].text}, {}, true});
    for (const Word& host : Line(line.begin() + 2, line.end())) add_host(file, host);
}

void check_witnesses(HaCf& file) {
    const auto& nodes = file.config.nodes;
    for (const Word& name : file.witnesses)
        if (std::find(nodes.begin(), nodes.end(), lower_case(name.text)) != nodes.end())
            file.report.error(
                name, concat(shown(name.text), " is a node of the cluster, and cannot be a ping node too"),
                "take a router or a switch that all nodes reach");
    if (file.config.quorum && file.config.witnesses.empty())
        file.report.error(
            file.place("quorum"),
            "quorum is on, but there is no ping node: a node that hears no other node would hold nothing",
            "add `ping HOST` with a router or switch that all nodes reach, or write `quorum off`");
}

}  // namespace hb::config
