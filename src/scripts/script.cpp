#include "hb/scripts/script.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "hb/base/text.hpp"
#include "scripts/events.hpp"

namespace hb::scripts {
namespace {

constexpr Duration grace = 5s;                       ///< between TERM and KILL
constexpr Duration patience_with_leftovers = 500ms;  // SIGKILL takes some milliseconds, but for a hung disk
constexpr Duration asking_pause = 1s, asking_limit = 30s;  ///< before a start, while the status is unknown
constexpr std::size_t longest_status = 16 * 1024;

constexpr std::string_view manager = "ResourceManager(default)";

ScriptPlace place_of(char letter) {
    return letter == 'r'   ? ScriptPlace::resource_d
           : letter == 'i' ? ScriptPlace::init_d
           : letter == 'u' ? ScriptPlace::unit
           : letter == 'o' ? ScriptPlace::oneshot
                           : ScriptPlace::nowhere;
}

}  // namespace

void Scripts::run(const config::Resource& resource, ResourceId id, Act act, Duration limit, Instant now) {
    Run& run = runs_.emplace_back(ChildOutput{journal_, poller_}, ChildOutput{journal_, poller_});
    run.id = id;
    run.script = resource.script;
    run.program = resource.script + "(default)";
    run.args = resource.args;
    run.act = act;
    run.limit = limit;
    run.ask_until = now + asking_limit;
    begin(run, act == Act::stop ? Step::stop : Step::status, now);
}

void Scripts::begin(Run& run, Step step, Instant now) {
    run.step = step;
    run.place.reset();
    run.killed = false;
    run.ending = Ending::none;
    run.asks_again = false;
    run.status_output.clear();
    run.knows_no_status = false;
    run.deadline = run.limit > 0s ? now + run.limit : never;
    const char* const action = step == Step::status ? "status" : step == Step::start ? "start" : "stop";
    auto child = start_script(directories_, run.script, run.args, action, environment_,
                              step == Step::status ? Outputs::apart : Outputs::together);
    if (!child) {
        journal_.say(say::script_not_started, manager, {to_text(child.error())});
        run.pid = -1;
        run.deadline = now;  // told at the next turn
        return;
    }
    run.pid = child->pid;
    if (!holds_nothing_up(run)) list_.began(run.pid);
    open_outputs(run, *child);
}

void Scripts::open_outputs(Run& run, Child& child) {
    ChildOutput::Ears ears;
    ears.place = [this, &run](std::string_view line) { take_place(run, line); };
    if (run.step == Step::status)
        ears.octets = [&run](std::string_view octets) {
            if (run.status_output.size() < longest_status)
                run.status_output.append(octets.substr(0, longest_status - run.status_output.size()));
        };
    const Level level = run.step == Step::status ? Level::debug : Level::info;
    run.output.open(std::move(child.output), run.program, level, std::move(ears));
    if (!child.errors) return;
    const auto look_for_usage = [&run](std::string_view octets) {
        run.knows_no_status |= shows_usage(octets);
    };
    run.errors.open(std::move(child.errors), run.program, level,
                    {.place = {}, .octets = look_for_usage, .line = {}});
}

void Scripts::end_leftovers() {
    const std::size_t count = list_.end_leftovers(patience_with_leftovers);
    if (count > 0) journal_.say(say::leftover_scripts, manager, {count});
}

bool Scripts::busy(ResourceId id) const {
    return std::any_of(runs_.begin(), runs_.end(), [id](const Run& run) { return run.id == id; });
}

bool Scripts::any_busy() const {
    return std::any_of(runs_.begin(), runs_.end(), [](const Run& run) { return !holds_nothing_up(run); });
}

std::size_t Scripts::looks() const {
    return static_cast<std::size_t>(
        std::count_if(runs_.begin(), runs_.end(), [](const Run& run) { return run.act == Act::look; }));
}

void Scripts::abandon_monitors(ResourceId first, ResourceId last) {
    for (auto at = runs_.begin(); at != runs_.end();) {
        const auto present = at++;
        if (!holds_nothing_up(*present) || present->id < first || last < present->id) continue;
        kill_at_once(*present);
        present->output.close();
        present->errors.close();
        runs_.erase(present);
    }
}

void Scripts::kill_at_once(const Run& run) {
    if (run.pid <= 0) return;
    ::kill(-run.pid, SIGKILL);
    ::kill(run.pid, SIGKILL);  // between its fork and its setsid
}

void Scripts::cancel(ResourceId id, Instant now) {
    for (Run& run : runs_) {
        if (run.id != id || run.ending != Ending::none) continue;
        if (run.pid > 0) terminate(run, Ending::asked, now);
        if (std::exchange(run.asks_again, false)) run.deadline = now;  // no child runs: told at the next turn
    }
}

void Scripts::terminate(Run& run, Ending why, Instant now) {
    run.ending = why;
    run.deadline = now + grace;
    ::kill(-run.pid, SIGTERM);
    ::kill(run.pid, SIGTERM);  // between its fork and its setsid
}

bool Scripts::on_readable(int fd, Instant now) {
    for (Run& run : runs_) {
        if (run.output.is(fd))
            run.output.on_readable(now);
        else if (run.errors.is(fd))
            run.errors.on_readable(now);
        else
            continue;
        return true;
    }
    return lingering_.on_readable(fd, now);
}

void Scripts::take_place(Run& run, std::string_view line) {
    run.place = place_of(line.empty() ? '-' : line.front());
    run.path = std::string(line.substr(line.empty() ? 0 : 1));
    if (run.place == ScriptPlace::nowhere) {
        if (run.act == Act::look) return;  // it may come with a file system
        journal_.say(say::script_missing, manager, {run.script});
        return;
    }
    if (run.step == Step::status) return;
    const char* const action = run.step == Step::start ? "start" : "stop";
    std::string words;
    for (const std::string& arg : run.args) words += (words.empty() ? "" : " ") + arg;
    // Two blanks where there is no argument, as 3.0.6 writes it.
    journal_.say(say::running, manager,
                 {run.place == ScriptPlace::unit || run.place == ScriptPlace::oneshot
                      ? concat("systemctl ", action, " ", run.script, ".service")
                      : concat(run.path, " ", words, " ", action)});
}

void Scripts::on_exit(pid_t pid, int wait_status, Instant now) {
    for (auto at = runs_.begin(); at != runs_.end(); ++at) {
        if (at->pid != pid) continue;
        // A flood may still be in the pipe; what counts here is bounded.
        for (ChildOutput* const output : {&at->output, &at->errors})
            if (output->on_exit(now)) lingering_.add(std::exchange(*output, ChildOutput{journal_, poller_}));
        judge(at, wait_status, now);
        return;
    }
}

void Scripts::judge(Position at, int wait_status, Instant now) {
    Run& run = *at;
    list_.ended(run.pid);
    const int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
    if (run.ending != Ending::none) {
        ::kill(-run.pid, SIGKILL);  // what the script left behind
        return finish(at, run.ending == Ending::timed_out || is_question(run) ? core::Outcome::timed_out
                                                                              : core::Outcome::failed);
    }
    if (is_question(run)) return finish(at, judge_question(run, code), answer_of(run, code));
    if (run.place == ScriptPlace::nowhere) return finish(at, core::Outcome::failed);
    if (run.step == Step::status) return judge_start(at, answer_of(run, code), now);
    if (code == 0) return finish(at, core::Outcome::ok);
    journal_.say(say::script_failed, manager, {code, run.path});
    finish(at, core::Outcome::failed);
}

// A unit that systemd starts or stops at this moment, or a systemd that does not answer: the next answer may be one.
void Scripts::judge_start(Position at, Answer answer, Instant now) {
    Run& run = *at;
    if (answer == Answer::running) return finish(at, core::Outcome::ok);
    const bool changes =
        answer == Answer::unknown && (run.place == ScriptPlace::unit || run.place == ScriptPlace::oneshot);
    if (!changes || now + asking_pause > run.ask_until) return begin(run, Step::start, now);
    run.output.close();
    run.errors.close();
    run.pid = -1;
    run.asks_again = true;
    run.deadline = now + asking_pause;
}

Answer Scripts::answer_of(const Run& run, int code) {
    const bool is_script = run.place == ScriptPlace::resource_d || run.place == ScriptPlace::init_d;
    if (is_script && code != 0 && (run.knows_no_status || shows_usage(run.status_output)))
        return Answer::unknown;
    const Answer answer = judge_status(run.place.value_or(ScriptPlace::nowhere), run.status_output, code);
    const bool has_run = run.place == ScriptPlace::oneshot && run.status_output.starts_with("inactive");
    return run.act == Act::monitor && has_run && answer == Answer::stopped ? Answer::unknown : answer;
}

core::Outcome Scripts::judge_question(Run& run, int code) {
    const Answer answer = answer_of(run, code);
    const bool is_news =
        answer == Answer::unknown ? unknown_said_.insert(run.id).second : unknown_said_.erase(run.id) > 0;
    if (run.act == Act::look) return core::Outcome::ok;
    if (answer == Answer::unknown && is_news && run.place && run.place != ScriptPlace::nowhere)
        say_status(run, code, say::script_unknown);
    if (answer != Answer::stopped) return core::Outcome::ok;
    say_status(run, code, say::script_status);
    return core::Outcome::failed;
}

void Scripts::say_status(const Run& run, int code, const log::Kind& kind) {
    const std::string_view said = std::string_view(run.status_output).substr(0, run.status_output.find('\n'));
    const std::string answer =
        concat(code, said.empty() ? "" : ": ", said.substr(0, OutputLines::longest_line));
    journal_.say(kind, manager, {run.script, answer});
}

void Scripts::finish(Position at, core::Outcome outcome, Answer answer) {
    const End end{at->id, at->act, outcome, at->place == ScriptPlace::nowhere, answer};
    at->output.close();
    at->errors.close();
    runs_.erase(at);
    ended_(end);
}

void Scripts::on_time(Instant now) {
    for (auto at = runs_.begin(); at != runs_.end();) {
        const auto present = at++;
        Run& run = *present;
        if (run.deadline > now) continue;
        if (run.asks_again) {
            begin(run, Step::status, now);
        } else if (run.pid < 0) {
            finish(present, is_question(run) ? core::Outcome::ok : core::Outcome::failed);
        } else if (is_question(run)) {
            kill_at_once(run);
            finish(present, core::Outcome::timed_out);
        } else if (run.ending == Ending::none) {
            journal_.say(say::script_timed_out, manager, {run.program, to_ms(run.limit)});
            terminate(run, Ending::timed_out, now);
        } else if (run.killed) {
            finish(present, core::Outcome::timed_out);  // in uninterruptible sleep: nothing more can be done
        } else {
            journal_.say(say::script_killed, manager, {run.program});
            run.killed = true;
            run.deadline = now + grace;
            ::kill(-run.pid, SIGKILL);
            ::kill(run.pid, SIGKILL);
        }
    }
}

Instant Scripts::deadline() const {
    Instant first = never;
    for (const Run& run : runs_) first = std::min(first, run.deadline);
    return first;
}

}  // namespace hb::scripts
