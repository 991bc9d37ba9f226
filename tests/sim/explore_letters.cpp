#include "sim/explore_letters.hpp"

#include <algorithm>
#include <cstdlib>

namespace hb::sim {
namespace {

using Kind = Letter::Kind;

constexpr const char* names[] = {"cut",
                                 "mend",
                                 "lost",
                                 "doubled",
                                 "late",
                                 "host-dies",
                                 "host-returns",
                                 "engine-dies",
                                 "engine-hangs",
                                 "engine-wakes",
                                 "supervisor-dies",
                                 "carrier-lost",
                                 "carrier-back",
                                 "standby",
                                 "takeover",
                                 "newer-clone-comes",
                                 "older-clone-comes",
                                 "replayed",
                                 "recording"};

bool sets_a_cut(const Letter& letter) { return letter.kind == Kind::cut || letter.kind == Kind::mend; }
bool is_of_the_network(const Letter& letter) { return letter.kind <= Kind::late; }
bool is_of_a_direction(const Letter& letter) {
    return is_of_the_network(letter) || letter.kind == Kind::recording;
}

Letter letter(Kind kind, std::size_t a, std::size_t b = 0, std::size_t medium = 0) {
    return {kind, static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b),
            static_cast<std::uint8_t>(medium)};
}

void add_directions(const Settings& settings, std::vector<Letter>& all) {
    for (std::size_t a = 0; a < settings.hosts(); ++a)
        for (std::size_t b = 0; b < settings.hosts(); ++b) {
            if (a == b) continue;
            for (const Kind kind : {Kind::cut, Kind::mend})
                for (unsigned medium = 0; medium < settings.media; ++medium)
                    all.push_back(letter(kind, a, b, medium));
            for (const Kind kind : {Kind::lost, Kind::doubled, Kind::late}) all.push_back(letter(kind, a, b));
            if (a < settings.nodes.size()) all.push_back(letter(Kind::recording, a, b));
        }
}

std::string name_of(std::size_t host, const Settings& settings) {
    return settings.nodes[settings.name_of(host)] + (host < settings.nodes.size() ? "" : "'");
}

}  // namespace

bool commute(const Letter& one, const Letter& other) {
    if (!is_of_the_network(one) && !is_of_the_network(other)) return false;
    const bool same_direction = one.a == other.a && one.b == other.b;
    if (sets_a_cut(one) && sets_a_cut(other)) return !same_direction || one.medium != other.medium;
    return !(is_mishap(one) && is_mishap(other) && same_direction);
}

std::vector<Letter> alphabet(const Settings& settings) {
    std::vector<Letter> all;
    add_directions(settings, all);
    for (std::size_t host = 0; host < settings.nodes.size(); ++host)
        for (const Kind kind : {Kind::host_dies, Kind::host_returns, Kind::engine_dies, Kind::engine_hangs,
                                Kind::engine_wakes, Kind::supervisor_dies, Kind::carrier_lost,
                                Kind::carrier_back, Kind::standby, Kind::takeover, Kind::replayed})
            all.push_back(letter(kind, host));
    for (std::size_t clone = settings.nodes.size(); clone < settings.hosts(); ++clone)
        for (const Kind kind : {Kind::newer_clone_comes, Kind::older_clone_comes, Kind::host_dies})
            all.push_back(letter(kind, clone));
    std::sort(all.begin(), all.end());
    return all;
}

std::string to_text(const Letter& letter, const Settings& settings) {
    std::string text = names[static_cast<std::size_t>(letter.kind)];
    text += " " + name_of(letter.a, settings);
    if (is_of_a_direction(letter)) text += " " + name_of(letter.b, settings);
    if (sets_a_cut(letter) && settings.media > 1) text += " eth" + std::to_string(letter.medium);
    return text;
}

std::string to_text(const Schedule& schedule, const Settings& settings) {
    std::string text;
    for (const Strike& strike : schedule)
        text +=
            (text.empty() ? "" : ", ") + std::to_string(strike.tick) + " " + to_text(strike.letter, settings);
    return text;
}

bool read_schedule(const std::string& text, const Settings& settings, Schedule& out) {
    const std::vector<Letter> known = alphabet(settings);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(", ", at), text.size());
        const std::string part = text.substr(at, end - at);
        const std::size_t space = std::min(part.find(' '), part.size() - 1);
        const auto found = std::find_if(known.begin(), known.end(), [&](const Letter& letter) {
            return to_text(letter, settings) == part.substr(space + 1);
        });
        if (found == known.end()) return false;
        out.push_back({static_cast<unsigned>(std::strtoul(part.c_str(), nullptr, 10)), *found});
        at = end + 2;
    }
    return true;
}

}  // namespace hb::sim
