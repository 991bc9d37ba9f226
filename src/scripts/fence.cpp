#include "hb/scripts/fence.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "scripts/events.hpp"

namespace hb::scripts {
namespace {

constexpr Duration grace = 5s;  ///< between TERM and KILL, and for what does not even end then

bool names(const std::vector<std::string>& parameters, std::string_view option) {
    return std::any_of(parameters.begin(), parameters.end(), [option](const std::string& parameter) {
        return parameter.starts_with(option) && parameter.size() > option.size() &&
               parameter[option.size()] == '=';
    });
}

/// The RHCS fence agent API: options as name=value, a line each. What names the machine is `plug` by now and was `port`.
std::string agent_input(const config::FenceDevice& device, const std::string& node) {
    std::string input;
    if (!names(device.parameters, "action") && !names(device.parameters, "option"))
        input += "action=reboot\n";
    if (!names(device.parameters, "plug") && !names(device.parameters, "port"))
        input += "plug=" + node + "\nport=" + node + "\n";
    for (const std::string& parameter : device.parameters) input += parameter + "\n";
    return input;
}

std::string how_it_ended(int status, const std::string& last_line) {
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    if (WEXITSTATUS(status) == 127 && last_line.empty()) return "there is no such program";
    return "exit code " + std::to_string(WEXITSTATUS(status)) + (last_line.empty() ? "" : ": " + last_line);
}

}  // namespace

FenceCommand fence_command(const config::FenceDevice& device, const std::string& node) {
    if (device.agent) return {{device.program}, agent_input(device, node)};
    FenceCommand command;
    const bool has_file = !device.file.empty();
    command.words = {"stonith", "-t", device.program, "-F", has_file ? device.file : "/dev/stdin", "-T",
                     "reset",   node};
    if (has_file) return command;
    for (const std::string& parameter : device.parameters)
        command.input += (command.input.empty() ? "" : " ") + parameter;
    command.input += '\n';
    return command;
}

void Fencer::use(const config::Config& config) {
    config_ = &config;
    environment_ = script_environment(config);
    for (Run& run : runs_) {
        run.devices.resize(1);
        run.asked = run.again = false;
    }
}

void Fencer::forget_requests() {
    for (Run& run : runs_) run.asked = run.again = false;
}

void Fencer::fence(NodeId node, Instant now) {
    if (node.index() >= config_->nodes.size() || node == config_->self) return;
    const auto runs = std::find_if(runs_.begin(), runs_.end(),
                                   [&](const Run& run) { return run.name == config_->nodes[node.index()]; });
    if (runs != runs_.end()) {
        runs->node = node;
        runs->again = true;
        return;
    }
    Run& run = runs_.emplace_back(ChildOutput{journal_, poller_});
    run.node = node;
    run.name = config_->nodes[node.index()];
    for (const config::FenceDevice& device : config_->fences)
        if (!device.victim.exists() || device.victim == node) run.devices.push_back(device);
    if (run.devices.empty())
        run.deadline = now;  // told at the next turn
    else
        begin(run, now);
}

void Fencer::begin(Run& run, Instant now) {
    const FenceCommand command = fence_command(run.devices.front(), run.name);
    journal_.say(say::fencing, {run.name, run.devices.front().program});
    run.last_line.clear();
    run.timed_out = run.killed = false;
    run.deadline = now + limit;
    auto child = start_program(command.words, command.input, environment_);
    if (!child) {
        run.last_line = to_text(child.error());
        run.pid = -1;
        run.deadline = now;
        return;
    }
    run.pid = child->pid;
    run.output.open(
        std::move(child->output), run.devices.front().program, Level::info,
        {.place = {}, .octets = {}, .line = [&run](std::string_view line) { run.last_line = line; }});
}

bool Fencer::on_readable(int fd, Instant now) {
    for (Run& run : runs_) {
        if (!run.output.is(fd)) continue;
        run.output.on_readable(now);
        return true;
    }
    return false;
}

bool Fencer::on_exit(pid_t pid, int wait_status, Instant now) {
    const auto at =
        std::find_if(runs_.begin(), runs_.end(), [pid](const Run& run) { return run.pid == pid; });
    if (at == runs_.end()) return false;
    at->output.on_exit(now);
    at->output.close();
    at->pid = -1;
    if (at->timed_out)
        next(at, core::Outcome::timed_out, "no end within " + std::to_string(to_ms(limit) / 1000) + " s",
             now);
    else if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
        finish(at, core::Outcome::ok, now);
    else
        next(at, core::Outcome::failed, how_it_ended(wait_status, at->last_line), now);
    return true;
}

void Fencer::next(Position at, core::Outcome outcome, const std::string& why, Instant now) {
    journal_.say(say::fence_failed, {at->name, at->devices.front().program, why});
    at->devices.erase(at->devices.begin());
    if (at->devices.empty()) return finish(at, outcome, now);
    begin(*at, now);
}

void Fencer::finish(Position at, core::Outcome outcome, Instant now) {
    if (outcome == core::Outcome::ok) journal_.say(say::fenced, {at->name});
    const NodeId node = at->node;
    const bool asked = at->asked, again = at->again;
    at->output.close();
    runs_.erase(at);
    if (again) return fence(node, now);
    if (asked) ended_(node, outcome);
}

void Fencer::on_time(Instant now) {
    for (auto at = runs_.begin(); at != runs_.end();) {
        const auto present = at++;
        Run& run = *present;
        if (run.deadline > now) continue;
        if (run.devices.empty()) {
            finish(present, core::Outcome::failed, now);
        } else if (run.pid < 0) {
            next(present, core::Outcome::failed, std::string(run.last_line), now);
        } else if (run.killed) {  // in uninterruptible sleep
            run.output.close();
            run.pid = -1;
            next(present, core::Outcome::timed_out, "it cannot be ended", now);
        } else {
            run.killed = run.timed_out;
            run.timed_out = true;
            run.deadline = now + grace;
            ::kill(-run.pid, run.killed ? SIGKILL : SIGTERM);
            ::kill(run.pid, run.killed ? SIGKILL : SIGTERM);
        }
    }
}

Instant Fencer::deadline() const {
    Instant first = never;
    for (const Run& run : runs_) first = std::min(first, run.deadline);
    return first;
}

}  // namespace hb::scripts
