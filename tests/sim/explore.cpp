// Every schedule is run from the start. What could have come next is noted at every tick of the grid on the way, so no letter
// is tried where it has no meaning. A copy of the world by fork() at each branch costs more: docs/simulator.md has the numbers.
#include "sim/explore.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace hb::sim {
namespace {

constexpr unsigned most_jobs = 64;
constexpr unsigned stuck_after = 120;  ///< seconds of one run
constexpr std::chrono::seconds progress_every{30};

/// In memory that all processes of an exploration share.
struct Tally {
    std::atomic<std::uint64_t> run, meaningless, unmet, commuting, broken_before, failed, proven, unlike,
        events, hash;
    std::atomic<unsigned> tick[most_jobs];
};

Tally& shared_tally() {
    void* const memory =
        ::mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        std::perror("sim: mmap");
        std::exit(2);
    }
    return *new (memory) Tally{};
}

std::uint64_t choose(std::uint64_t n, std::uint64_t k) {
    std::uint64_t result = 1;
    for (std::uint64_t i = 1; i <= k; ++i) result = result * (n - k + i) / i;
    return result;
}

/// How many ways there are to go on with at most `more` letters at so many ticks; to go on without one is a way.
std::uint64_t ways(std::uint64_t letters, std::uint64_t ticks, std::size_t more) {
    std::uint64_t sum = 1, power = 1;
    for (std::size_t n = 1; n <= more && ticks > 0; ++n) {
        power *= letters;
        sum += power * choose(ticks + n - 1, n);
    }
    return sum;
}

/// One write: lines of different processes do not mix.
void print(const std::string& line) {
    if (::write(1, line.data(), line.size()) < 0) std::_Exit(2);
}

std::string hex(std::uint64_t number) {
    char text[20];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
    return text;
}

class Search {
public:
    Search(const Exploration& what, Tally& tally, unsigned job)
        : what_(what), tally_(tally), job_(job), settings_(what.stage->settings()),
          letters_(alphabet(settings_)), tapes_(record_tapes(*what.stage)) {}

    /// This job's part of all schedules.
    void run() {
        for (const int number : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS, SIGALRM}) std::signal(number, last_words);
        running = this;
        visit();
    }
    /// How many schedules begin with so many letters and go on, if at all, at this tick or later.
    std::uint64_t ways_from(unsigned tick, std::size_t letters) const {
        const unsigned all = (Play::ticks + what_.grid - 1) / what_.grid;
        const unsigned passed = std::min((tick + what_.grid - 1) / what_.grid, all);
        return ways(letters_.size(), all - passed, what_.depth - letters);
    }

private:
    /// A tick at which another letter may come, and which letters have a meaning then.
    struct Fork {
        unsigned tick;
        std::vector<bool> meaning;
    };
    void visit();
    bool play_on(Play& play, std::vector<Fork>& forks);
    void note(const Play& play, std::vector<Fork>& forks) const;
    void done(const Ending& ending, std::uint64_t events, unsigned open);
    void branch(const Fork& fork);
    void leave_out(std::atomic<std::uint64_t>& reason, unsigned tick, const Schedule& like);
    void fail(const std::string& why);
    bool is_in_order() const;
    /// The first letters are dealt out to the jobs; the schedule without any is the first job's.
    bool is_mine() { return path_.size() > 1 || dealt_++ % what_.jobs == job_; }
    static void last_words(int number);

    static Search* running;
    const Exploration& what_;
    Tally& tally_;
    const unsigned job_;
    const Settings settings_;
    const std::vector<Letter> letters_;
    const Tapes tapes_;
    Schedule path_;  ///< the letters so far
    std::uint64_t dealt_ = 0;
};

Search* Search::running = nullptr;

/// Runs the schedule `path_`, and then every longer one that begins with it.
void Search::visit() {
    const unsigned first = path_.empty() ? 0 : path_.back().tick;
    std::vector<Fork> forks;
    bool is_new = true;
    {
        ::alarm(stuck_after);
        Play play(*what_.stage, tapes_);
        Ending ending;
        try {
            follow(play, path_, first);
            is_new = play_on(play, forks);
            if (is_new) play.end();
        } catch (const Violation& violation) {
            ending.broken = violation.promise + ": " + violation.what;
        }
        ending.hash = play.world().log.hash();
        if (is_new && (job_ == 0 || !path_.empty()))
            done(ending, play.world().time.happened(), forks.empty() ? first : forks.back().tick + 1);
    }
    for (const Fork& fork : forks) branch(fork);
}

/// False if this world is like one without a letter of this tick.
bool Search::play_on(Play& play, std::vector<Fork>& forks) {
    while (!play.over()) {
        const unsigned tick = play.tick();
        if (tick % what_.grid == 0 && path_.size() < what_.depth) note(play, forks);
        const std::optional<Letter> unmet = play.pass();
        if (!unmet) continue;
        Schedule without = path_;
        std::erase_if(without, [&](const Strike& s) { return s.tick == tick && s.letter == *unmet; });
        leave_out(tally_.unmet, tick + 1, without);
        return false;
    }
    return true;
}

void Search::note(const Play& play, std::vector<Fork>& forks) const {
    Fork fork{play.tick(), std::vector<bool>(letters_.size())};
    for (std::size_t i = 0; i < letters_.size(); ++i) fork.meaning[i] = play.has_meaning(letters_[i]);
    forks.push_back(std::move(fork));
}

void Search::done(const Ending& ending, std::uint64_t events, unsigned open) {
    ++tally_.run;
    tally_.events += events;
    tally_.hash += ending.hash;
    if (ending.broken.empty()) return;
    tally_.broken_before += ways_from(open, path_.size()) - 1;
    fail("hash " + hex(ending.hash) + " BROKEN: " + ending.broken);
}

void Search::branch(const Fork& fork) {
    for (std::size_t i = 0; i < letters_.size(); ++i) {
        path_.push_back({fork.tick, letters_[i]});
        if (path_.size() == 1) tally_.tick[job_] = fork.tick;
        if (!is_mine()) {
        } else if (!fork.meaning[i]) {
            tally_.meaningless += ways_from(fork.tick, path_.size());
        } else if (!is_in_order()) {
            Schedule swapped = path_;
            std::swap(swapped.end()[-1], swapped.end()[-2]);
            leave_out(tally_.commuting, fork.tick, swapped);
        } else {
            visit();
        }
        path_.pop_back();
    }
}

/// Of two letters of one moment that commute the smaller one comes first.
bool Search::is_in_order() const {
    if (path_.size() < 2) return true;
    const Strike &before = path_.end()[-2], &now = path_.back();
    return before.tick != now.tick || before.letter < now.letter || !commute(before.letter, now.letter);
}

/// What begins like this from here on is not run: it is like what begins like the other one.
void Search::leave_out(std::atomic<std::uint64_t>& reason, unsigned tick, const Schedule& like) {
    reason += ways_from(tick, path_.size());
    if (!what_.prove) return;
    Play one(*what_.stage, tapes_), other(*what_.stage, tapes_);
    ++tally_.proven;
    if (end_of(one, path_) == end_of(other, like)) return;
    ++tally_.unlike;
    fail("BROKEN: not like \"" + to_text(like, settings_) + "\"");
}

void Search::fail(const std::string& why) {
    ++tally_.failed;
    print("build/tests/sim --schedule \"" + std::string(what_.stage->name) + ": " +
          to_text(path_, settings_) + "\"    # " + why + "\n");
}

void Search::last_words(int number) {
    running->fail(number == SIGALRM ? "BROKEN: a run ends within " + std::to_string(stuck_after) + " s"
                                    : "BROKEN: no crash");
    std::_Exit(3);
}

void say_progress(const Exploration& what, const Tally& tally, double seconds) {
    unsigned tick = Play::ticks;
    for (unsigned job = 0; job < what.jobs; ++job) tick = std::min(tick, tally.tick[job].load());
    const double run = static_cast<double>(tally.run.load());
    char line[200];
    std::snprintf(line, sizeof line, "%-10s first letter at tick %u of %u: %.0f run, %.0f/s, %llu failed\n",
                  what.stage->name, tick, Play::ticks, run, run / seconds,
                  static_cast<unsigned long long>(tally.failed.load()));
    print(line);
}

}  // namespace

Ending end_of(Play& play, const Schedule& schedule) {
    Ending ending;
    try {
        follow(play, schedule, Play::ticks);
        play.end();
    } catch (const Violation& violation) {
        ending.broken = violation.promise + ": " + violation.what;
    }
    ending.hash = play.world().log.hash();
    return ending;
}

Counts explore(const Exploration& what) {
    Tally& tally = shared_tally();
    const auto started = std::chrono::steady_clock::now();
    const auto passed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    };
    std::fflush(stdout);
    for (unsigned job = 0; job < what.jobs; ++job)
        if (::fork() == 0) {
            Search(what, tally, job).run();
            std::_Exit(0);
        }
    auto next = started + progress_every;
    bool whole = true;
    for (unsigned running = what.jobs; running > 0;) {
        int status = 0;
        if (::waitpid(-1, &status, WNOHANG) > 0) {
            --running;
            whole &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
            continue;
        }
        ::usleep(50'000);
        if (what.silent || std::chrono::steady_clock::now() < next) continue;
        next += progress_every;
        say_progress(what, tally, passed());
    }
    if (!whole) {
        std::puts("sim: a job of the exploration has ended early");
        std::exit(1);
    }
    return {.all = Search(what, tally, 0).ways_from(0, 0),
            .run = tally.run,
            .meaningless = tally.meaningless,
            .unmet = tally.unmet,
            .commuting = tally.commuting,
            .broken_before = tally.broken_before,
            .failed = tally.failed,
            .proven = tally.proven,
            .unlike = tally.unlike,
            .events = tally.events,
            .hash = tally.hash,
            .seconds = passed()};
}

}  // namespace hb::sim
