#include "sim/run.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "sim/chaos.hpp"

namespace hb::sim {
namespace {

World* running = nullptr;  ///< for the last words of a process that a signal ends

void last_words(int number) {
    std::printf("BROKEN: %s\n", number == SIGABRT   ? "an invariant of the code"
                                : number == SIGALRM ? "a run ends within two minutes"
                                                    : "no crash");
    if (running) {
        std::printf("at %.6f s\n", static_cast<double>(running->time.now().count()) / 1e9);
        running->log.print_tails();
    }
    std::fflush(stdout);
    std::_Exit(3);
}

template <class Tell>
Outcome tell(World& world, Tell&& what) {
    for (const int number : {SIGABRT, SIGSEGV, SIGFPE, SIGALRM}) std::signal(number, last_words);
    ::alarm(120);
    running = &world;
    Outcome outcome;
    try {
        what(world);
        outcome.passed = true;
    } catch (const Violation& broken) {
        std::printf("BROKEN: %s: %s\nat %.6f s\n", broken.promise.c_str(), broken.what.c_str(),
                    static_cast<double>(world.time.now().count()) / 1e9);
        world.log.print_tails();
    }
    running = nullptr;
    ::alarm(0);
    outcome.hash = world.log.hash();
    outcome.simulated = world.time.now();
    outcome.events = world.time.happened();
    return outcome;
}

/// One child process: what it is, and where its words go.
struct Job {
    std::string again;  ///< the line that repeats it
    std::FILE* words = nullptr;
};

class Jobs {
public:
    template <class Work>
    void add(const std::string& again, Work&& work) {
        if (running_.size() >= std::max(1u, std::thread::hardware_concurrency())) collect();
        Job job{again, std::tmpfile()};
        std::fflush(stdout);
        const pid_t child = ::fork();
        if (child == 0) {
            ::dup2(::fileno(job.words), 1);
            const bool passed = work();
            std::fflush(stdout);
            std::_Exit(passed ? 0 : 1);
        }
        running_[child] = job;
    }
    void collect() {
        int status = 0;
        const pid_t child = ::wait(&status);
        const auto found = running_.find(child);
        if (found == running_.end()) return;
        const Job job = found->second;
        running_.erase(found);
        const bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (passed)
            ++passed_;
        else
            report(job);
        std::fclose(job.words);
    }
    bool any_failed() const { return !failures_.empty(); }
    bool finish() {
        while (!running_.empty()) collect();
        for (const std::string& line : failures_) std::printf("%s\n", line.c_str());
        std::printf("%zu passed, %zu failed\n", passed_, failures_.size());
        return failures_.empty();
    }

private:
    void report(const Job& job) {
        std::rewind(job.words);
        char line[700];
        std::printf("==== %s\n", job.again.c_str());
        std::string first;
        while (std::fgets(line, sizeof line, job.words)) {
            if (first.empty() && std::string_view(line).starts_with("BROKEN")) first = line;
            std::fputs(line, stdout);
        }
        if (!first.empty()) first.pop_back();
        failures_.push_back(job.again + "    # " + first);
        std::fflush(stdout);
    }
    std::map<pid_t, Job> running_;
    std::vector<std::string> failures_;
    std::size_t passed_ = 0;
};

}  // namespace

Outcome run_seed(std::uint64_t seed, const Options& options) {
    World world(Settings::random(seed), options);
    return tell(world, [](World& w) { Chaos(w).run(6); });
}

Outcome run_story(const Story& story, const Options& options) {
    Settings settings;
    if (story.prepare) story.prepare(settings);
    World world(settings, options);
    return tell(world, story.tell);
}

bool run_seed_twice(std::uint64_t seed, Moment& simulated) {
    const Outcome first = run_seed(seed, {});
    simulated += first.simulated;
    if (!first.passed) return false;
    const Outcome second = run_seed(seed, {});
    if (first.hash == second.hash) return true;
    std::printf("BROKEN: the same seed writes the same log: %016llx, %016llx\n",
                static_cast<unsigned long long>(first.hash), static_cast<unsigned long long>(second.hash));
    return false;
}

bool run_all(const Campaign& campaign) {
    Jobs jobs;
    const auto enough = [&] { return campaign.first && jobs.any_failed(); };
    for (std::uint64_t i = 0; i < campaign.count && !enough(); ++i)
        jobs.add("make sim SEED=" + std::to_string(campaign.from + i), [seed = campaign.from + i, &campaign] {
            Moment simulated{};
            return campaign.once ? run_seed(seed, {}).passed : run_seed_twice(seed, simulated);
        });
    for (const Story& story : stories()) {
        if (enough()) break;
        jobs.add(std::string("build/tests/sim --scenario ") + story.name,
                 [&story] { return run_story(story, {}).passed; });
    }
    return jobs.finish();
}

}  // namespace hb::sim
