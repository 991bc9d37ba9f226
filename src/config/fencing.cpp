#include <algorithm>

#include "config/ha_cf.hpp"
#include "config/value.hpp"
#include "hb/base/text.hpp"

/// stonith, stonith_host, fence: how a node is cut off.
namespace hb::config {
namespace {

constexpr std::size_t most_octets = 3000;  ///< of the parameters: what a pipe takes at once
constexpr std::string_view name_octets = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/";

bool lacks_words(HaCf& file, const Line& line, std::size_t least, std::string_view form) {
    if (line.size() >= least) return false;
    file.report.error(line[0], concat(line[0].text, " needs more words"), concat("write `", form, "`"));
    return true;
}

bool is_bad_name(HaCf& file, const Word& word, std::string_view what, std::string_view advice) {
    if (word.text.find_first_not_of(name_octets) == std::string_view::npos && word.text != "." &&
        word.text != "..")
        return false;
    file.report.error(word, concat("[", shown(word.text), "] is not ", what), std::string{advice});
    return true;
}

/// The lexer ends words at commas; a value may hold them. Neighbours with nothing but a comma between are one word.
std::vector<Word> rejoined(std::span<const Word> words) {
    std::vector<Word> out;
    for (const Word& word : words) {
        const bool joins = !out.empty() &&
                           out.back().text.data() + out.back().text.size() + 1 == word.text.data() &&
                           out.back().text.data()[out.back().text.size()] == ',';
        if (joins)
            out.back().text = {out.back().text.data(), out.back().text.size() + 1 + word.text.size()};
        else
            out.push_back(word);
    }
    return out;
}

bool take_parameters(HaCf& file, const Line& line, std::size_t from, bool named, FenceDevice& device) {
    std::size_t octets = 0;
    for (const Word& word : rejoined(std::span(line).subspan(from))) {
        const std::size_t equals = word.text.find('=');
        octets += word.text.size() + 1;
        if (named && (equals == 0 || equals == std::string_view::npos)) {
            file.report.error(
                word, "this parameter is not name=value",
                "write the agent's options as its manual names them, as in ip=10.0.0.7 username=admin");
            return false;
        }
        device.parameters.emplace_back(word.text);
    }
    if (octets <= most_octets) return true;
    file.report.error(line[from], concat("the parameters are longer than ", most_octets, " octets"));
    return false;
}

NodeId find_node(HaCf& file, const Word& word) {
    const auto& nodes = file.config.nodes;
    if (nodes.empty()) return {};  // said already
    const auto found = std::find(nodes.begin(), nodes.end(), lower_case(word.text));
    if (found != nodes.end()) return id_of<NodeId>(static_cast<std::size_t>(found - nodes.begin()));
    const std::vector<std::string_view> names(nodes.begin(), nodes.end());
    const std::string_view like = nearest(word.text, names);
    file.report.error(word, concat("[", shown(word.text), "] is no node of this cluster"),
                      like.empty() ? std::string{"write the name of a node, or * for every node"}
                                   : concat("did you mean `", like, "`?"));
    return {};
}

/// A cluster that can cut off some nodes and not others waits for some and not for others.
void warn_of_gaps(HaCf& file) {
    const Config& c = file.config;
    for (std::size_t n = 0; n < c.nodes.size() && !c.fences.empty(); ++n) {
        const auto serves = [n](const FenceDevice& d) {
            return !d.victim.exists() || d.victim == id_of<NodeId>(n);
        };
        if (id_of<NodeId>(n) == c.self || std::any_of(c.fences.begin(), c.fences.end(), serves)) continue;
        file.report.warning(file.fences[0].directive,
                            concat("no device here can cut off node ", c.nodes[n],
                                   ": what it ran is taken over without that when it falls silent"),
                            concat("add `fence ", c.nodes[n], " AGENT NAME=VALUE...`"));
    }
}

}  // namespace

void take_stonith(HaCf& file, const Line& line) {
    if (lacks_words(file, line, 3, "stonith TYPE /etc/ha.d/conf/FILE")) return;
    if (line.size() > 3)
        return file.report.error(
            line[3], concat("stonith takes a type and a file, but [", shown(line[3].text), "] follows them"),
            "write parameters into the file, or use `stonith_host * TYPE PARAMETER...`");
    if (is_bad_name(file, line[1], "a type of stonith device", "`stonith -L` lists the types")) return;
    if (!line[2].text.starts_with('/'))
        return file.report.error(line[2], concat("[", shown(line[2].text), "] is not an absolute path"),
                                 "the file holds the parameters of the device in one line");
    FenceLine entry{line[0], {}, FenceLine::Host::none, {}};
    entry.device.program = line[1].text;
    entry.device.file = line[2].text;
    file.fences.push_back(std::move(entry));
}

void take_stonith_host(HaCf& file, const Line& line) {
    if (lacks_words(file, line, 3, "stonith_host * TYPE PARAMETER...")) return;
    if (is_bad_name(file, line[2], "a type of stonith device", "`stonith -L` lists the types")) return;
    FenceLine entry{line[0], line[1], FenceLine::Host::attached, {}};
    entry.device.program = line[2].text;
    if (take_parameters(file, line, 3, false, entry.device)) file.fences.push_back(std::move(entry));
}

void take_fence(HaCf& file, const Line& line) {
    if (lacks_words(file, line, 3, "fence NODE AGENT NAME=VALUE...")) return;
    const bool relative = !line[2].text.starts_with('/') && line[2].text.find('/') != std::string_view::npos;
    if (relative ||
        is_bad_name(file, line[2], "the name of a fence agent", "as in fence_ipmilan, or an absolute path")) {
        if (relative)
            file.report.error(line[2],
                              concat("[", shown(line[2].text), "] is neither a name nor an absolute path"),
                              "as in fence_ipmilan, or /opt/fence_mine");
        return;
    }
    FenceLine entry{line[0], line[1], FenceLine::Host::victim, {}};
    entry.device.agent = true;
    entry.device.program = line[2].text;
    if (take_parameters(file, line, 3, true, entry.device)) file.fences.push_back(std::move(entry));
}

void check_fences(HaCf& file) {
    for (FenceLine& entry : file.fences) {
        const bool named = entry.meaning != FenceLine::Host::none && entry.host.text != "*";
        const NodeId node = named ? find_node(file, entry.host) : NodeId{};
        if (named && !node.exists()) continue;
        // A device that is attached to another node is that node's to use.
        if (entry.meaning == FenceLine::Host::attached && named && node != file.config.self) continue;
        if (entry.meaning == FenceLine::Host::victim) entry.device.victim = node;
        file.config.fences.push_back(std::move(entry.device));
        file.fence_places.push_back(entry.directive);
    }
    warn_of_gaps(file);
}

}  // namespace hb::config
