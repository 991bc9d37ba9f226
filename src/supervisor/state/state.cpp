#include "supervisor/state/state.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "hb/tools/file.hpp"

namespace hb::supervisor {
namespace {

// Room for a life of restarts below 2^32; what is above is damage, not age: generations begin as Unix time.
constexpr std::uint64_t highest_plausible = 0xffff0000;

struct Digits {
    std::uint64_t value = 0;
    bool whole = false;  ///< blanks, digits, newline, and nothing else
};

Digits read_digits(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    const char* const last = text.data() + text.size();
    Digits digits;
    const auto [end, fault] = std::from_chars(text.data() + begin, last, digits.value);
    if (fault != std::errc{}) return {};
    digits.whole = std::string_view(end, static_cast<std::size_t>(last - end)) == "\n";
    return digits;
}

}  // namespace

NextGeneration next_generation(std::string_view text, std::uint64_t unix_seconds) {
    const Digits digits = read_digits(text);
    const bool plausible = digits.value > 0 && digits.value < highest_plausible;
    if (digits.whole && plausible) return {static_cast<Generation>(digits.value + 1), true};
    const std::uint64_t clock = std::min(unix_seconds, highest_plausible);
    return {static_cast<Generation>(std::max(plausible ? digits.value : 0, clock) + 1), false};
}

std::string generation_text(Generation generation) {
    char text[32];
    std::snprintf(text, sizeof text, "%15lu\n", static_cast<unsigned long>(generation));
    return text;
}

Result<Reserved> reserve_generations(const std::string& path, std::uint64_t unix_seconds) {
    auto text = tools::read_file(path, 4096);
    Reserved reserved;
    if (!text)
        reserved.damaged = true;
    else
        reserved.missing = !text->has_value();
    const auto next =
        next_generation(text && *text ? std::string_view(**text) : std::string_view(), unix_seconds);
    reserved.first = next.first;
    reserved.damaged |= !reserved.missing && !next.readable;
    auto written =
        tools::replace_file(path, generation_text(reserved.first + 1), 0644, tools::Durability::durable);
    if (!written) return written.error();
    return reserved;
}

Result<NodeUuid> load_uuid(const std::string& path) {
    NodeUuid node;
    const auto text = tools::read_file(path, 4096);
    if (text && *text && (*text)->size() == node.uuid.size()) {
        std::copy_n(reinterpret_cast<const std::byte*>((*text)->data()), node.uuid.size(), node.uuid.begin());
        return node;
    }
    if (::getrandom(node.uuid.data(), node.uuid.size(), 0) != static_cast<ssize_t>(node.uuid.size()))
        return Error{"cannot make a uuid", errno};
    // RFC 4122, 4.4: version 4, variant 1.
    node.uuid[6] = (node.uuid[6] & std::byte{0x0f}) | std::byte{0x40};
    node.uuid[8] = (node.uuid[8] & std::byte{0x3f}) | std::byte{0x80};
    node.made = true;
    auto written = tools::replace_file(path, text_of(node.uuid), 0644, tools::Durability::durable);
    if (!written) return written.error();
    return node;
}

std::string holdings_text(const config::Config& config, const policy::Holdings& holdings) {
    std::string text;
    for (const config::Group& group : config.groups) {
        bool any = false;
        for (std::size_t i = 0; i < group.count; ++i) {
            if (!holdings.may_hold(id_of<ResourceId>(group.first.index() + i))) continue;
            if (any) text += ',';
            text += std::to_string(i);
            any = true;
        }
        if (any) text.append(" ").append(group.line).append("\n");
    }
    return text;
}

namespace {

std::vector<std::size_t> parse_numbers(std::string_view text) {
    std::vector<std::size_t> numbers;
    const char* at = text.data();
    const char* const last = at + text.size();
    for (;;) {
        std::size_t number = 0;
        const auto [end, fault] = std::from_chars(at, last, number);
        if (fault != std::errc{} || number >= limits::resources) return {};
        numbers.push_back(number);
        if (end == last) return numbers;
        if (*end != ',') return {};
        at = end + 1;
    }
}

}  // namespace

std::vector<Leftover> parse_holdings(std::string_view text) {
    std::vector<Leftover> leftovers;
    while (!text.empty()) {
        const std::size_t newline = text.find('\n');
        if (newline == std::string_view::npos) break;
        const std::string_view line = text.substr(0, newline);
        text.remove_prefix(newline + 1);
        const std::size_t blank = line.find(' ');
        if (blank == std::string_view::npos) continue;
        auto words = parse_numbers(line.substr(0, blank));
        if (!words.empty()) leftovers.push_back({std::string(line.substr(blank + 1)), std::move(words)});
    }
    return leftovers;
}

config::Parsed config_of(const std::vector<Leftover>& leftovers, const std::string& self) {
    std::vector<std::string> nodes{self};
    config::Sources sources;
    for (const Leftover& leftover : leftovers) {
        sources.haresources += leftover.line + "\n";
        std::string node = leftover.line.substr(0, leftover.line.find(' '));
        if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(std::move(node));
    }
    sources.ha_cf = "bcast lo\nauto_failback off\n";
    for (const std::string& node : nodes) sources.ha_cf += "node " + node + "\n";
    sources.authkeys = "auth 1\n1 crc\n";
    sources.node_name = self;
    return config::parse(sources);
}

std::vector<ResourceId> resources_of(const std::vector<Leftover>& leftovers, const config::Config& config) {
    std::vector<ResourceId> resources;
    for (const Leftover& leftover : leftovers)
        for (const config::Group& group : config.groups) {
            if (group.line != leftover.line) continue;
            for (const std::size_t word : leftover.words)
                if (word < group.count) resources.push_back(id_of<ResourceId>(group.first.index() + word));
        }
    return resources;
}

}  // namespace hb::supervisor
