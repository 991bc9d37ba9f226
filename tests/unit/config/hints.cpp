#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

#include "golden_case.hpp"

/// Every hint of the golden configurations is done as it says, and what it stood under is gone. Those that leave the choice to
/// the reader are listed.
namespace hb::config {
namespace {

using Lines = std::vector<std::string>;

/// They name no text that could be put in place by itself.
constexpr std::string_view for_the_reader[] = {
    "ha.cf(5) lists every directive",
    "see ha.cf(5)",
    "type the line again, with plain blanks",
    "a number from 1 to 15",
    "take a random one: ",
    "use sha1 with a key, unless",
    "restore the file; ",
    "give each key its own number",
    "9600, 19200, ",
    "in ms; ",
    "on: resources go back",
    "the file holds the parameters of the device in one line",
    "write parameters into the file, or use ",
    "`stonith -L` lists the types",
    "`ip link` lists the interfaces",
    "letters, digits, `.`, `-` and `_`",
    "write a resource as it stands there",
    "addresses are watched at all times",
    "take a router or a switch that all nodes reach",
    "a group is named by its first resource",
    "a remark starts with #",
    "an address belongs to one group only",
    "the first word is a node of ha.cf; ",
    "check the address and the bits",
    "leave it out: ",
    "an IPv6 address needs a script of yours",
    "it names the group: ",
    "give each script to one group only",
    "INTERFACE:LABEL, ",
    "write its name in resource.d or init.d",
    "write ADDRESS/BITS/INTERFACE/BROADCAST",
    "the network of a host that has just booted",
    "this host is ",
    "add `node ",  // of this host: another node line may be wrong instead
    "write the key without blanks",
    "use letters and digits, so that the key",
    "put the backslash before the #",
    "write the agent's options as its manual names them",
    "local0 to local7, ",
    "write at least ",
    "at most ",
    "remove it; crc keeps nobody out",
};

Lines lines_of(const std::string& text) {
    Lines out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
}
std::string text_of(const Lines& lines) {
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
}

std::string& file_of(Sources& sources, const std::string& name) {
    if (name == "ha.cf") return sources.ha_cf;
    return name == "authkeys" ? sources.authkeys : sources.haresources;
}

/// What stands between backquotes, from `from` on.
std::optional<std::string> quoted(const std::string& advice, std::size_t from = 0) {
    const std::size_t begin = advice.find('`', from);
    if (begin == std::string::npos) return std::nullopt;
    const std::size_t end = advice.find('`', begin + 1);
    return advice.substr(begin + 1, end - begin - 1);
}

/// A hint's words in capitals, as a reader would fill them in.
std::string filled_in(std::string text, const std::string& source) {
    const std::string number = source.substr(0, source.find_first_of(" \t"));
    const std::pair<std::string, std::string> words[] = {
        {"PASSWORD", "Kr6vT0qLm2xZ9wYp4sBd"},
        {"NUMBER", number},
        {"METHOD", "sha1"},
        {"NAME=VALUE...", "ip=10.0.0.7"},
        {"NAME=VALUE", "x=1"},
        {"KEY", "Kr6vT0qLm2xZ9wYp4sBd"},
        {"VALUE", "10"},
        {"PARAMETER...", "x"},
        {"RESOURCE...", "10.77.0.1"},
        {"HOST...", "10.77.0.9"},
        {"HOST", "10.77.0.9"},
        {"NODE", "b"},
        {"AGENT", "fence_x"},
        {"TYPE", "external/ssh"},
        {"FILE", "device"},
        {"NAME", "gateway"},
    };
    for (const auto& [word, value] : words)
        for (std::size_t at; (at = text.find(word)) != std::string::npos;)
            text.replace(at, word.size(), value);
    return text;
}

/// The word, or the part of an address, at the place of the problem becomes `text`.
void put_there(std::string& line, unsigned column, const std::string& text, std::string_view ends) {
    const std::size_t begin = column - 1;
    const std::size_t end = std::min(line.find_first_of(ends, begin), line.size());
    line.replace(begin, end - begin, text);
}

/// "as in X": X takes the place of what is wrong.
bool follow_example(Lines& lines, const Problem& problem) {
    const std::size_t at = problem.advice.find("as in ");
    if (at == std::string::npos || problem.column == 0) return false;
    std::string& line = lines[problem.line - 1];
    if (const auto whole = quoted(problem.advice, at)) {
        line = *whole;
        return true;
    }
    std::string example = problem.advice.substr(at + 6);
    example = example.substr(0, example.find_first_of(" ,;"));
    const bool is_part = example.starts_with('/');
    if (is_part) example.erase(0, 1);
    std::size_t begin = problem.column;  // of the word
    while (!is_part && begin > 1 && line[begin - 2] != ' ' && example.find('/') != std::string::npos) --begin;
    const std::size_t colons = line.find("::", begin - 1);
    const bool is_argument = example.find(':') != std::string::npos && colons != std::string::npos;
    put_there(line, is_argument ? static_cast<unsigned>(colons + 3) : static_cast<unsigned>(begin), example,
              is_part ? " /" : " ");
    return true;
}

bool follow_remove(Lines& lines, const Problem& problem) {
    if (!problem.advice.starts_with("remove ")) return false;
    std::string& line = lines[problem.line - 1];
    if (problem.column == 1 || problem.advice == "remove one of the lines")
        lines.erase(lines.begin() + problem.line - 1);
    else
        put_there(line, problem.column, "", " ");
    return true;
}

/// False: it is no hint that can be followed without a thought.
bool follow(Lines& lines, const Problem& problem) {
    const std::string& advice = problem.advice;
    const auto text = quoted(advice);
    if (advice.starts_with("did you mean ")) {
        put_there(lines[problem.line - 1], problem.column, *text, " \t,");
    } else if ((advice.starts_with("add ")) && text) {
        lines.push_back(filled_in(*text, problem.source));
        if (const auto second = quoted(advice, advice.find("` and `") + 1);
            advice.find("` and `") != std::string::npos)
            lines.push_back(filled_in(*second, problem.source));
    } else if (advice.starts_with("write `") && text) {
        const std::string line = filled_in(*text, problem.source);
        if (problem.line == 0)
            lines.push_back(line);
        else if (problem.file == "haresources" && line.find(' ') == std::string::npos)
            put_there(lines[problem.line - 1], problem.column, line, " ");
        else
            lines[problem.line - 1] = line;
        const std::size_t below = advice.find("and below it `");
        if (below != std::string::npos) lines.push_back(filled_in(*quoted(advice, below), problem.source));
    } else if (advice == "make it the first line" || advice.starts_with("move the comment above")) {
        const std::string line = lines[problem.line - 1];
        lines.erase(lines.begin() + problem.line - 1);
        lines.insert(lines.begin(), line);
    } else if (advice.starts_with("write milliseconds, as in") || !follow_remove(lines, problem)) {
        return follow_example(lines, problem);
    }
    return true;
}

bool is_for_the_reader(const std::string& advice) {
    return std::any_of(std::begin(for_the_reader), std::end(for_the_reader),
                       [&](std::string_view begin) { return advice.starts_with(begin); });
}

TEST(Hints, of_every_broken_configuration_can_be_followed_and_mend_what_they_stand_under) {
    std::size_t followed = 0;
    for (const auto& path : test::golden_cases()) {
        const test::Case c = test::read_case(path);
        for (const Problem& problem : parse(c.sources).problems) {
            if (problem.advice.empty() || is_for_the_reader(problem.advice)) continue;
            Sources mended = c.sources;
            std::string& file = file_of(mended, problem.file);
            Lines lines = lines_of(file);
            EXPECT_TRUE(follow(lines, problem))
                << path << ": how is this followed, or is it for the reader? " << problem.advice;
            file = text_of(lines);
            const auto after = parse(mended).problems;
            const bool is_gone = std::none_of(after.begin(), after.end(), [&](const Problem& other) {
                return other.text == problem.text && other.source == problem.source;
            });
            EXPECT_TRUE(is_gone) << path << ": " << to_text(problem) << "followed:\n" << file;
            ++followed;
        }
    }
    EXPECT_GE(followed, 60u);
}

}  // namespace
}  // namespace hb::config
