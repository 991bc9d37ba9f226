#include "hb/scripts/hooks.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "hb/base/text.hpp"
#include "scripts/events.hpp"

namespace hb::scripts {
namespace {

constexpr Duration grace = 5s;   ///< between TERM and KILL
constexpr Duration quiet = 10s;  ///< between two lines about what was lost

constexpr std::string_view harc = "harc(default)";

}  // namespace

void Hooks::add(std::string_view text, Instant now) {
    if (waiting_.size() == most_waiting) return lost(1, now);
    waiting_.push_back({now + pause, std::string(text)});
}

void Hooks::lost(std::size_t count, Instant now) {
    lost_ += count;
    say_lost(now);
}

void Hooks::say_lost(Instant now) {
    if (lost_ == 0 || now < quiet_until_) return;
    quiet_until_ = now + quiet;
    journal_.say(say::hook_lost, harc, {lost_, directory_});
    lost_ = 0;
}

void Hooks::pump(Instant now) {
    while (!run_ && !waiting_.empty() && waiting_.front().from <= now) {
        auto hook = policy::parse_hook(waiting_.front().text, environment_);
        waiting_.pop_front();
        if (hook) begin(std::move(*hook), now);
    }
}

void Hooks::begin(policy::Hook hook, Instant now) {
    auto child = start_hook(directory_ + "/" + hook.type, hook.type, hook.environment);
    if (!child) return journal_.say(say::hook_not_started, harc, {to_text(child.error())});
    run_.emplace(ChildOutput{journal_, poller_});
    run_->type = std::move(hook.type);
    run_->pid = child->pid;
    run_->deadline = now + limit;
    run_->output.open(
        std::move(child->output), concat(run_->type, "(default)"), Level::info,
        {.place = [this](std::string_view line) { take_place(line); }, .octets = {}, .line = {}});
}

bool Hooks::on_readable(int fd, Instant now) {
    if (!run_ || !run_->output.is(fd)) return lingering_.on_readable(fd, now);
    run_->output.on_readable(now);
    return true;
}

void Hooks::take_place(std::string_view line) {
    run_->found = line.starts_with(hook_found);
    if (run_->found) journal_.say(say::hook_running, harc, {directory_, run_->type, run_->type});
}

void Hooks::on_exit(pid_t pid, int wait_status, Instant now) {
    if (!run_ || run_->pid != pid) return;
    if (run_->output.on_exit(now)) lingering_.add(std::move(run_->output));
    const int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
    if (run_->told)
        ::kill(-pid, SIGKILL);  // what the script left behind
    else if (code != 0 && run_->found)
        journal_.say(say::hook_failed, harc, {code, directory_, run_->type});
    run_.reset();
}

void Hooks::on_time(Instant now) {
    say_lost(now);
    if (!run_ || now < run_->deadline) return;
    if (!run_->told) {
        journal_.say(say::hook_timed_out, harc, {directory_, run_->type, to_ms(limit) / 1000});
        run_->told = true;
        run_->deadline = now + grace;
        ::kill(-run_->pid, SIGTERM);
        ::kill(run_->pid, SIGTERM);  // between its fork and its setsid
        return;
    }
    ::kill(-run_->pid, SIGKILL);
    ::kill(run_->pid, SIGKILL);
    run_->output.close();
    run_.reset();  // in uninterruptible sleep nothing more can be done; its end is nobody's news
}

Instant Hooks::deadline() const {
    const Instant told = lost_ > 0 ? quiet_until_ : never;
    if (run_) return std::min(run_->deadline, told);
    return waiting_.empty() ? told : std::min(waiting_.front().from, told);
}

void Hooks::end() {
    waiting_.clear();
    if (run_) ::kill(-run_->pid, SIGTERM);
}

}  // namespace hb::scripts
