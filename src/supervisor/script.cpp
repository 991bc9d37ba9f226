#include "supervisor/script.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

namespace hb::supervisor {
namespace {

constexpr Duration grace = 5s;  ///< between TERM and KILL
constexpr Duration patience_with_leftovers = 500ms;  // SIGKILL takes some milliseconds, but for a hung disk
constexpr std::size_t longest_status = 16 * 1024;

constexpr std::string_view manager = "ResourceManager(default)";

ScriptPlace place_of(char letter) {
    return letter == 'r'   ? ScriptPlace::resource_d
           : letter == 'i' ? ScriptPlace::init_d
           : letter == 'u' ? ScriptPlace::unit
                           : ScriptPlace::nowhere;
}

}  // namespace

void Scripts::run(const config::Resource& resource, ResourceId id, Act act, Duration limit, Instant now) {
    Run& run = runs_.emplace_back(ChildOutput{journal_, poller_});
    run.id = id;
    run.script = resource.script;
    run.program = resource.script + "(default)";
    run.args = resource.args;
    run.act = act;
    run.limit = limit;
    begin(run, act == Act::stop ? Step::stop : Step::status, now);
}

void Scripts::begin(Run& run, Step step, Instant now) {
    run.step = step;
    run.place.reset();
    run.killed = false;
    run.ending = Ending::none;
    run.status_output.clear();
    run.deadline = run.limit > 0s ? now + run.limit : never;
    const char* const action = step == Step::status ? "status" : step == Step::start ? "start" : "stop";
    auto child = start_script(directories_, run.script, run.args, action, environment_);
    if (!child) {
        journal_.say(Say::script_failed, manager, to_text(child.error()));
        run.pid = -1;
        run.deadline = now;  // told at the next turn
        return;
    }
    run.pid = child->pid;
    if (run.act != Act::monitor) list_.began(run.pid);
    ChildOutput::Ears ears;
    ears.place = [this, &run](std::string_view line) { take_place(run, line); };
    if (step == Step::status)
        ears.octets = [&run](std::string_view octets) {
            if (run.status_output.size() < longest_status)
                run.status_output.append(octets.substr(0, longest_status - run.status_output.size()));
        };
    run.output.open(std::move(child->output), run.program, step == Step::status ? Level::debug : Level::info,
                    std::move(ears));
}

void Scripts::end_leftovers() {
    const std::size_t count = list_.end_leftovers(patience_with_leftovers);
    if (count > 0)
        journal_.say(Say::leftover_scripts, manager,
                     std::to_string(count) + " scripts of an earlier heartbeat were still running; killed them");
}

bool Scripts::busy(ResourceId id) const {
    return std::any_of(runs_.begin(), runs_.end(), [id](const Run& run) { return run.id == id; });
}

bool Scripts::any_busy() const {
    return std::any_of(runs_.begin(), runs_.end(), [](const Run& run) { return run.act != Act::monitor; });
}

void Scripts::abandon_monitors(ResourceId first, ResourceId last) {
    for (auto at = runs_.begin(); at != runs_.end();) {
        const auto present = at++;
        if (present->act != Act::monitor || present->id < first || last < present->id) continue;
        kill_at_once(*present);
        present->output.close();
        runs_.erase(present);
    }
}

void Scripts::kill_at_once(const Run& run) {
    if (run.pid <= 0) return;
    ::kill(-run.pid, SIGKILL);
    ::kill(run.pid, SIGKILL);  // between its fork and its setsid
}

void Scripts::cancel(ResourceId id, Instant now) {
    for (Run& run : runs_)
        if (run.id == id && run.pid > 0 && run.ending == Ending::none) terminate(run, Ending::asked, now);
}

void Scripts::terminate(Run& run, Ending why, Instant now) {
    run.ending = why;
    run.deadline = now + grace;
    ::kill(-run.pid, SIGTERM);
    ::kill(run.pid, SIGTERM);  // between its fork and its setsid
}

bool Scripts::on_readable(int fd, Instant now) {
    for (Run& run : runs_) {
        if (!run.output.is(fd)) continue;
        run.output.on_readable(now);
        return true;
    }
    return lingering_.on_readable(fd, now);
}

void Scripts::take_place(Run& run, std::string_view line) {
    run.place = place_of(line.empty() ? '-' : line.front());
    run.path = std::string(line.substr(line.empty() ? 0 : 1));
    if (run.place == ScriptPlace::nowhere) {
        journal_.say(Say::script_missing, manager, "Cannot locate resource script " + run.script);
        return;
    }
    if (run.step == Step::status) return;
    const char* const action = run.step == Step::start ? "start" : "stop";
    std::string words;
    for (const std::string& arg : run.args) words += (words.empty() ? "" : " ") + arg;
    // Two blanks where there is no argument, as 3.0.6 writes it.
    journal_.say(Say::running, manager,
                 run.place == ScriptPlace::unit
                     ? "Running systemctl " + std::string(action) + " " + run.script + ".service"
                     : "Running " + run.path + " " + words + " " + action);
}

void Scripts::on_exit(pid_t pid, int wait_status, Instant now) {
    for (auto at = runs_.begin(); at != runs_.end(); ++at) {
        if (at->pid != pid) continue;
        // A flood may still be in the pipe; what counts here is bounded.
        if (at->output.on_exit(now)) lingering_.add(std::exchange(at->output, ChildOutput{journal_, poller_}));
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
        return finish(at, run.ending == Ending::timed_out ? core::Outcome::timed_out : core::Outcome::failed);
    }
    if (run.act == Act::monitor) return finish(at, judge_monitor(run, code));
    if (run.place == ScriptPlace::nowhere) return finish(at, core::Outcome::failed);
    if (run.step == Step::status) {
        if (says_running(run.place.value_or(ScriptPlace::nowhere), run.status_output, code)) return finish(at, core::Outcome::ok);
        return begin(run, Step::start, now);
    }
    if (code == 0) return finish(at, core::Outcome::ok);
    journal_.say(Say::script_failed, manager, "Return code " + std::to_string(code) + " from " + run.path);
    finish(at, core::Outcome::failed);
}

core::Outcome Scripts::judge_monitor(const Run& run, int code) {
    // By LSB an init script need not say a word; that it is started anew then is for a start alone.
    const bool silent = run.place == ScriptPlace::init_d && code == 0 && run.status_output.empty();
    const bool unknown = run.place == ScriptPlace::nowhere || silent;
    if (unknown || says_running(run.place.value_or(ScriptPlace::nowhere), run.status_output, code)) return core::Outcome::ok;
    const std::string_view said = std::string_view(run.status_output).substr(0, run.status_output.find('\n'));
    journal_.say(Say::script_status, manager,
                 "status of " + run.script + ": exit code " + std::to_string(code) + (said.empty() ? "" : ": ") +
                     std::string(said.substr(0, OutputLines::longest_line)));
    return core::Outcome::failed;
}

void Scripts::finish(Position at, core::Outcome outcome) {
    const End end{at->id, at->act, outcome, at->place == ScriptPlace::nowhere};
    at->output.close();
    runs_.erase(at);
    ended_(end);
}

void Scripts::on_time(Instant now) {
    for (auto at = runs_.begin(); at != runs_.end();) {
        const auto present = at++;
        Run& run = *present;
        if (run.deadline > now) continue;
        if (run.pid < 0) {
            finish(present, run.act == Act::monitor ? core::Outcome::ok : core::Outcome::failed);
        } else if (run.act == Act::monitor) {
            kill_at_once(run);
            finish(present, core::Outcome::timed_out);
        } else if (run.ending == Ending::none) {
            journal_.say(
                Say::script_timed_out, manager,
                run.program + ": no end within " + std::to_string(to_ms(run.limit)) + " ms; stopping it");
            terminate(run, Ending::timed_out, now);
        } else if (run.killed) {
            finish(present, core::Outcome::timed_out);  // in uninterruptible sleep: nothing more can be done
        } else {
            journal_.say(Say::script_killed, manager, run.program + ": does not end on SIGTERM; killing it");
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

}  // namespace hb::supervisor
