#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "sim/explore.hpp"
#include "sim/run.hpp"

using namespace hb::sim;

namespace {

struct Arguments {
    std::optional<std::uint64_t> seed;
    Campaign campaign;
    const char* scenario = nullptr;
    bool list = false;
    std::optional<std::uint64_t> hashes_to;  ///< of campaign.from, and so on
    Options options;
};

[[noreturn]] void usage() {
    std::fputs(
        "usage: sim [--seed N] [--seeds N] [--from N] [--once] [--first] [--verbose] [--pcap FILE]\n"
        "           [--scenario NAME | --list | --hashes FROM TO]\n"
        "       sim --explore ... | --schedule ...: every schedule of faults, or one\n"
        "Without --seed, --seeds or --scenario it runs one seed after the other until it is stopped.\n",
        stderr);
    std::exit(2);
}

std::uint64_t number(const char* text) {
    char* end = nullptr;
    const auto value = text ? std::strtoull(text, &end, 10) : 0;
    if (!text || !*text || *end) usage();
    return value;
}

Arguments read_arguments(int count, char** words) {
    Arguments a;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        const char* value = i + 1 < count ? words[i + 1] : nullptr;
        if (word == "--verbose")
            a.options.verbose = true;
        else if (word == "--list")
            a.list = true;
        else if (word == "--once")
            a.campaign.once = true;
        else if (word == "--first")
            a.campaign.first = true;
        else if (!value)
            usage();
        else if (word == "--seed")
            a.seed = number(value), ++i;
        else if (word == "--seeds")
            a.campaign.count = number(value), ++i;
        else if (word == "--from")
            a.campaign.from = number(value), ++i;
        else if (word == "--hashes" && i + 2 < count)
            a.campaign.from = number(value), a.hashes_to = number(words[i + 2]), i += 2;
        else if (word == "--pcap")
            a.options.pcap = value, ++i;
        else if (word == "--scenario")
            a.scenario = value, ++i;
        else
            usage();
    }
    return a;
}

int one_story(const Arguments& a) {
    for (const Story& story : stories()) {
        if (std::strcmp(story.name, a.scenario) != 0) continue;
        const Outcome outcome = run_story(story, a.options);
        std::printf("%s %s, %.3f s simulated, hash %016llx\n", story.name,
                    outcome.passed ? "passed" : "FAILED",
                    static_cast<double>(outcome.simulated.count()) / 1e9,
                    static_cast<unsigned long long>(outcome.hash));
        return outcome.passed ? 0 : 1;
    }
    std::fprintf(stderr, "sim: there is no scenario \"%s\"; --list names them\n", a.scenario);
    return 2;
}

int one_seed(const Arguments& a) {
    const Outcome outcome = run_seed(*a.seed, a.options);
    bool same = true;
    if (outcome.passed) same = run_seed(*a.seed, {}).hash == outcome.hash;
    if (!same) std::puts("BROKEN: the same seed writes the same log");
    std::printf("seed %llu %s, %.3f s and %llu events simulated, hash %016llx\n",
                static_cast<unsigned long long>(*a.seed), outcome.passed && same ? "passed" : "FAILED",
                static_cast<double>(outcome.simulated.count()) / 1e9,
                static_cast<unsigned long long>(outcome.events),
                static_cast<unsigned long long>(outcome.hash));
    return outcome.passed && same ? 0 : 1;
}

/// A line a seed, and a line a scenario: what two trees do alike is equal.
int hashes(std::uint64_t from, std::uint64_t to) {
    const auto say = [](const std::string& name, const Outcome& outcome) {
        std::printf("%s %s %016llx\n", name.c_str(), outcome.passed ? "passed" : "FAILED",
                    static_cast<unsigned long long>(outcome.hash));
    };
    for (std::uint64_t seed = from; seed <= to; ++seed) say(std::to_string(seed), run_seed(seed, {}));
    for (const Story& story : stories()) say(story.name, run_story(story, {}));
    return 0;
}

int endless(std::uint64_t from) {
    Moment simulated{};
    for (std::uint64_t seed = from;; ++seed) {
        if (!run_seed_twice(seed, simulated)) {
            std::printf("make sim SEED=%llu\n", static_cast<unsigned long long>(seed));
            return 1;
        }
        if (seed % 20 != 0) continue;
        std::printf("seed %llu: %.1f hours simulated\n", static_cast<unsigned long long>(seed),
                    static_cast<double>(simulated.count()) / 3600e9);
        std::fflush(stdout);
    }
}

}  // namespace

int main(int count, char** words) {
    const std::string_view first = count > 1 ? words[1] : "";
    if (first == "--explore" || first == "--schedule") return explore_main(count, words);
    const Arguments a = read_arguments(count, words);
    if (a.list) {
        for (const Story& story : stories()) std::puts(story.name);
        return 0;
    }
    if (a.hashes_to) return hashes(a.campaign.from, *a.hashes_to);
    if (a.scenario) return one_story(a);
    if (a.seed) return one_seed(a);
    if (a.campaign.count) return run_all(a.campaign) ? 0 : 1;
    return endless(a.campaign.from);
}
