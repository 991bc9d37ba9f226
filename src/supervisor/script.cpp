#include "supervisor/script.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hb::supervisor {
namespace {

constexpr Duration grace = 5s;  ///< between TERM and KILL
constexpr std::size_t block = 64 * 1024;
constexpr unsigned blocks_a_turn = 4;    ///< a script that prints a gigabyte holds up nobody
constexpr unsigned blocks_at_exit = 64;  ///< what is in the pipe: 1 MiB at most by default
constexpr std::size_t most_lingering = 64;
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
    Run& run = runs_.emplace_back();
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
    run.placed = run.exited = run.killed = false;
    run.ending = Ending::none;
    run.lines = {};
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
    run.output = std::move(child->output);
    poller_.watch(run.output.get());
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
        forget_output(*present);
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
        if (run.output.get() != fd) continue;
        if (!drain(run, now, blocks_a_turn)) forget_output(run);
        return true;
    }
    for (auto at = lingering_.begin(); at != lingering_.end(); ++at) {
        if (at->output.get() != fd) continue;
        if (!drain(*at, now, blocks_a_turn)) {
            forget_output(*at);
            lingering_.erase(at);
        }
        return true;
    }
    return false;
}

// False: end of file.
bool Scripts::drain(Run& run, Instant now, unsigned blocks) {
    if (!run.output) return false;
    std::string octets(block, '\0');
    while (blocks-- > 0) {
        const ssize_t n = ::read(run.output.get(), octets.data(), octets.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN;
        if (n == 0) {
            run.lines.end(now, [&](std::string_view line) { say_line(run, line); });
            say_dropped(run);
            return false;
        }
        take(run, std::string_view(octets.data(), static_cast<std::size_t>(n)), now);
    }
    return true;
}

void Scripts::take(Run& run, std::string_view octets, Instant now) {
    if (!run.placed) {
        // The child writes this line with one write(), before the script exists.
        const std::size_t end = octets.find('\n');
        if (end == std::string_view::npos || octets.front() != place_mark) return;
        run.placed = true;
        take_place(run, octets.substr(1, end - 1));
        octets.remove_prefix(end + 1);
    }
    if (run.step == Step::status && run.status_output.size() < longest_status)
        run.status_output.append(octets.substr(0, longest_status - run.status_output.size()));
    run.lines.feed(octets, now, [&](std::string_view line) { say_line(run, line); });
    say_dropped(run);
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

void Scripts::say_line(const Run& run, std::string_view line) {
    const Level level = run.step == Step::status && !run.exited ? Level::debug : Level::info;
    journal_.say(Say::output, level, run.program, line);
}

void Scripts::say_dropped(Run& run) {
    const std::size_t dropped = run.lines.take_dropped();
    if (dropped == 0) return;
    journal_.say(Say::script_flood, run.program,
                 std::to_string(dropped) + " lines of output dropped: more than " +
                     std::to_string(OutputLines::lines_a_second) + " a second");
}

void Scripts::on_exit(pid_t pid, int wait_status, Instant now) {
    for (auto at = runs_.begin(); at != runs_.end(); ++at) {
        if (at->pid != pid) continue;
        // A flood may still be in the pipe; what counts here is bounded.
        if (drain(*at, now, blocks_at_exit))
            let_linger(*at);
        else
            forget_output(*at);
        judge(at, wait_status, now);
        return;
    }
}

void Scripts::judge(Position at, int wait_status, Instant now) {
    Run& run = *at;
    const int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
    if (run.ending != Ending::none) {
        ::kill(-run.pid, SIGKILL);  // what the script left behind
        return finish(at, run.ending == Ending::timed_out ? core::Outcome::timed_out : core::Outcome::failed);
    }
    if (run.act == Act::monitor) return finish(at, judge_monitor(run, code));
    if (run.placed && run.place == ScriptPlace::nowhere) return finish(at, core::Outcome::failed);
    if (run.step == Step::status) {
        if (says_running(run.place, run.status_output, code)) return finish(at, core::Outcome::ok);
        return begin(run, Step::start, now);
    }
    if (code == 0) return finish(at, core::Outcome::ok);
    journal_.say(Say::script_failed, manager, "Return code " + std::to_string(code) + " from " + run.path);
    finish(at, core::Outcome::failed);
}

core::Outcome Scripts::judge_monitor(const Run& run, int code) {
    const bool unknown = run.placed && run.place == ScriptPlace::nowhere;
    if (unknown || says_running(run.place, run.status_output, code)) return core::Outcome::ok;
    const std::string_view said = std::string_view(run.status_output).substr(0, run.status_output.find('\n'));
    journal_.say(Say::script_status, manager,
                 "status of " + run.script + ": exit code " + std::to_string(code) + (said.empty() ? "" : ": ") +
                     std::string(said.substr(0, OutputLines::longest_line)));
    return core::Outcome::failed;
}

void Scripts::finish(Position at, core::Outcome outcome) {
    const End end{at->id, at->act, outcome, at->placed && at->place == ScriptPlace::nowhere};
    forget_output(*at);
    runs_.erase(at);
    ended_(end);
}

// A service that was started may keep our pipe as its output for all its life; closing it would end the
// service with SIGPIPE.
void Scripts::let_linger(Run& run) {
    if (lingering_.size() >= most_lingering) {
        forget_output(lingering_.front());
        lingering_.pop_front();
    }
    Run& rest = lingering_.emplace_back();
    rest.program = run.program;
    rest.step = run.step;
    rest.placed = rest.exited = true;
    rest.lines = run.lines;
    rest.output = std::move(run.output);
}

void Scripts::forget_output(Run& run) {
    if (!run.output) return;
    poller_.forget(run.output.get());
    run.output.reset();
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
