#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "sim/explore.hpp"

namespace hb::sim {
namespace {

struct Wanted {
    Exploration what{.jobs = std::max(1u, std::thread::hardware_concurrency())};
    const char* stage = "all";
    const char* schedule = nullptr;
    Options options;
};

/// What `make check` runs: every schedule of one fault on the fine grid, and every one of two on a grid of so many ticks.
struct Part {
    const char* stage;
    unsigned depth, grid;
};
constexpr Part checked[] = {
    {"on", 1, 1},    {"off", 1, 1},       {"media", 1, 1}, {"lifetimes", 1, 1}, {"clone", 1, 1},
    {"three", 1, 1}, {"three-off", 1, 1}, {"on", 2, 12},   {"off", 2, 12},
};

[[noreturn]] void usage() {
    std::fputs(
        "usage: sim --explore STAGE | all | check [--depth N] [--grid TICKS] [--jobs N] [--prove] [--silent]\n"
        "       sim --schedule \"STAGE: TICK LETTER, ...\" [--verbose] [--pcap FILE]\n"
        "Stages:\n",
        stderr);
    for (const Stage& stage : stages()) std::fprintf(stderr, "  %-10s %s\n", stage.name, stage.what);
    std::exit(2);
}

unsigned number(const char* text, unsigned least) {
    char* end = nullptr;
    const auto value = text ? std::strtoul(text, &end, 10) : 0;
    if (!text || *end || value < least || value > 1000) usage();
    return static_cast<unsigned>(value);
}

Wanted read(int count, char** words) {
    Wanted wanted;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        const char* const value = i + 1 < count ? words[i + 1] : nullptr;
        if (word == "--prove")
            wanted.what.prove = true;
        else if (word == "--silent")
            wanted.what.silent = true;
        else if (word == "--verbose")
            wanted.options.verbose = true;
        else if (!value)
            usage();
        else if (word == "--explore")
            wanted.stage = value, ++i;
        else if (word == "--schedule")
            wanted.schedule = value, ++i;
        else if (word == "--pcap")
            wanted.options.pcap = value, ++i;
        else if (word == "--depth")
            wanted.what.depth = number(value, 0), ++i;
        else if (word == "--grid")
            wanted.what.grid = number(value, 1), ++i;
        else if (word == "--jobs")
            wanted.what.jobs = std::min(number(value, 1), 64u), ++i;
        else
            usage();
    }
    return wanted;
}

/// Repeats one schedule.
int one_schedule(const Wanted& wanted) {
    const std::string text = wanted.schedule;
    const std::size_t colon = std::min(text.find(':'), text.size());
    const Stage* const stage = stage_named(text.substr(0, colon));
    Schedule schedule;
    if (!stage ||
        !read_schedule(colon + 2 < text.size() ? text.substr(colon + 2) : "", stage->settings(), schedule))
        usage();
    const Tapes tapes = record_tapes(*stage);
    Play play(*stage, tapes, wanted.options);
    const Ending ending = end_of(play, schedule);
    if (!ending.broken.empty()) play.world().log.print_tails();
    std::printf("%s, %.3f s simulated, hash %016llx%s%s\n", ending.broken.empty() ? "passed" : "FAILED",
                static_cast<double>(play.world().time.now().count()) / 1e9,
                static_cast<unsigned long long>(ending.hash),
                ending.broken.empty() ? "" : " BROKEN: ", ending.broken.c_str());
    return ending.broken.empty() ? 0 : 1;
}

/// False if the counts contradict each other: then something was not looked at.
bool is_whole(const Counts& n) {
    return n.run + n.meaningless + n.unmet + n.commuting + n.broken_before == n.all;
}

void report(const Exploration& what, const Counts& n) {
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "%s (%s), depth %u, a letter every %u ticks, %zu letters:\n"
        "  %llu schedules: %llu run, %llu with a letter that has no meaning there, %llu with no message to lose,\n"
        "  %llu like one in another order, %llu after a broken promise%s\n"
        "  %llu failed; %.1f s, %.0f schedules and %.0f events a second; hash of all %016llx\n",
        what.stage->name, what.stage->what, what.depth, what.grid, alphabet(what.stage->settings()).size(),
        number(n.all), number(n.run), number(n.meaningless), number(n.unmet), number(n.commuting),
        number(n.broken_before), is_whole(n) ? "" : ": THE SUM IS ANOTHER ONE", number(n.failed), n.seconds,
        static_cast<double>(n.run) / n.seconds, static_cast<double>(n.events) / n.seconds, number(n.hash));
    if (n.proven) std::printf("  %llu pairs compared, %llu not alike\n", number(n.proven), number(n.unlike));
    std::fflush(stdout);
}

/// One world to one depth is one test, however many schedules that is.
struct Sum {
    unsigned passed = 0, failed = 0;
    void add(const Exploration& what) {
        const Counts counts = explore(what);
        report(what, counts);
        const bool good = counts.failed == 0 && counts.unlike == 0 && is_whole(counts);
        ++(good ? passed : failed);
    }
};

}  // namespace

int explore_main(int count, char** words) {
    Wanted wanted = read(count, words);
    if (wanted.schedule) return one_schedule(wanted);
    Sum sum;
    if (std::strcmp(wanted.stage, "check") == 0) {
        for (const Part& part : checked) {
            wanted.what.stage = stage_named(part.stage);
            wanted.what.depth = part.depth;
            wanted.what.grid = part.grid;
            sum.add(wanted.what);
        }
    } else {
        const bool all = std::strcmp(wanted.stage, "all") == 0;
        if (!all && !stage_named(wanted.stage)) usage();
        for (const Stage& stage : stages()) {
            if (!all && std::strcmp(stage.name, wanted.stage) != 0) continue;
            wanted.what.stage = &stage;
            sum.add(wanted.what);
        }
    }
    std::printf("%u passed, %u failed\n", sum.passed, sum.failed);
    return sum.failed ? 1 : 0;
}

}  // namespace hb::sim
