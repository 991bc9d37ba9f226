#include "supervisor/hooks.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "hb/base/text.hpp"

namespace hb::supervisor {
namespace {

constexpr Duration grace = 5s;   ///< between TERM and KILL
constexpr Duration quiet = 10s;  ///< between two lines about what was lost
constexpr std::size_t most_lingering = 16;
constexpr unsigned blocks_a_turn = 4, blocks_at_exit = 64;

constexpr std::string_view harc = "harc(default)";

}  // namespace

void Hooks::add(std::string_view text, Instant now) {
    if (waiting_.size() == most_waiting) return lost(1, now);
    waiting_.emplace_back(text);
}

void Hooks::lost(std::size_t count, Instant now) {
    lost_ += count;
    say_lost(now);
}

void Hooks::say_lost(Instant now) {
    if (lost_ == 0 || now < quiet_until_) return;
    quiet_until_ = now + quiet;
    journal_.say(Say::hook_lost, harc, concat(lost_, " messages were not given to scripts of ", directory_,
                                              ": too many at once, or a script takes too long"));
    lost_ = 0;
}

void Hooks::pump(Instant now) {
    while (!run_ && !waiting_.empty()) {
        auto hook = parse_hook(waiting_.front(), environment_);
        waiting_.pop_front();
        if (hook) begin(std::move(*hook), now);
    }
}

void Hooks::begin(Hook hook, Instant now) {
    auto child = start_hook(directory_ + "/" + hook.type, hook.type, hook.environment);
    if (!child) return journal_.say(Say::hook_failed, harc, to_text(child.error()));
    run_.emplace();
    run_->type = std::move(hook.type);
    run_->pid = child->pid;
    run_->output = std::move(child->output);
    run_->deadline = now + limit;
    poller_.watch(run_->output.get());
}

bool Hooks::on_readable(int fd, Instant now) {
    if (run_ && run_->output.get() == fd) {
        if (!drain(*run_, now, blocks_a_turn)) forget_output(*run_);
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
bool Hooks::drain(Run& run, Instant now, unsigned blocks) {
    if (!run.output) return false;
    std::array<char, 16 * 1024> octets;
    while (blocks-- > 0) {
        const ssize_t n = ::read(run.output.get(), octets.data(), octets.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN;
        take(run, {octets.data(), static_cast<std::size_t>(n)}, now);
        if (n == 0) return false;
    }
    return true;
}

// An empty text is the end of the file.
void Hooks::take(Run& run, std::string_view octets, Instant now) {
    if (!run.placed && !octets.empty()) {
        // The child writes this line with one write(), before the script exists.
        run.placed = true;
        run.found = octets.size() > 1 && octets[1] == hook_found;
        octets.remove_prefix(std::min(octets.find('\n'), octets.size() - 1) + 1);
        if (run.found)
            journal_.say(Say::hook_running, harc, concat("Running ", directory_, "/", run.type, " ", run.type));
    }
    const auto say = [&](std::string_view line) {
        journal_.say(Say::output, Level::info, concat(run.type, "(default)"), line);
    };
    octets.empty() ? run.lines.end(now, say) : run.lines.feed(octets, now, say);
    if (const std::size_t dropped = run.lines.take_dropped())
        journal_.say(Say::script_flood, concat(run.type, "(default)"),
                     concat(dropped, " lines of output dropped: more than ", OutputLines::lines_a_second, " a second"));
}

void Hooks::on_exit(pid_t pid, int wait_status, Instant now) {
    if (!run_ || run_->pid != pid) return;
    if (drain(*run_, now, blocks_at_exit))
        let_linger();
    else
        forget_output(*run_);
    const int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
    if (run_->told)
        ::kill(-pid, SIGKILL);  // what the script left behind
    else if (code != 0 && run_->found)
        journal_.say(Say::hook_failed, harc, concat("Return code ", code, " from ", directory_, "/", run_->type));
    run_.reset();
}

// A program that the script left running may keep our pipe as its output; closing it would end that with SIGPIPE.
void Hooks::let_linger() {
    if (lingering_.size() >= most_lingering) {
        forget_output(lingering_.front());
        lingering_.pop_front();
    }
    Run& rest = lingering_.emplace_back();
    rest.type = run_->type;
    rest.placed = true;
    rest.lines = run_->lines;
    rest.output = std::move(run_->output);
}

void Hooks::forget_output(Run& run) {
    if (!run.output) return;
    poller_.forget(run.output.get());
    run.output.reset();
}

void Hooks::on_time(Instant now) {
    say_lost(now);
    if (!run_ || now < run_->deadline) return;
    if (!run_->told) {
        journal_.say(Say::hook_timed_out, harc,
                     concat(directory_, "/", run_->type, ": no end within ", to_ms(limit) / 1000, " s; stopping it"));
        run_->told = true;
        run_->deadline = now + grace;
        ::kill(-run_->pid, SIGTERM);
        ::kill(run_->pid, SIGTERM);  // between its fork and its setsid
        return;
    }
    ::kill(-run_->pid, SIGKILL);
    ::kill(run_->pid, SIGKILL);
    forget_output(*run_);
    run_.reset();  // in uninterruptible sleep nothing more can be done; its end is nobody's news
}

Instant Hooks::deadline() const {
    const Instant told = lost_ > 0 ? quiet_until_ : never;
    return run_ ? std::min(run_->deadline, told) : told;
}

void Hooks::end() {
    waiting_.clear();
    if (run_) ::kill(-run_->pid, SIGTERM);
}

}  // namespace hb::supervisor
