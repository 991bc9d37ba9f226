#include "hb/scripts/child_output.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "hb/base/text.hpp"
#include "hb/scripts/child.hpp"
#include "scripts/events.hpp"

namespace hb::scripts {

void ChildOutput::open(Fd pipe, std::string program, Level level, Ears ears) {
    close();
    pipe_ = std::move(pipe);
    program_ = std::move(program);
    level_ = level;
    ears_ = std::move(ears);
    placed_ = !ears_.place;
    lines_ = {};
    poller_->watch(pipe_.get());
}

bool ChildOutput::read(Instant now, unsigned blocks) {
    if (!pipe_) return false;
    std::array<char, block> octets;
    while (blocks-- > 0) {
        const ssize_t n = ::read(pipe_.get(), octets.data(), octets.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return true;
        if (n > 0) {
            take({octets.data(), static_cast<std::size_t>(n)}, now);
            continue;
        }
        lines_.end(now, [this](std::string_view line) { say(line); });
        say_dropped();
        close();
        return false;
    }
    return true;
}

void ChildOutput::take(std::string_view octets, Instant now) {
    if (!placed_) {
        // The child writes this line with one write(), before the program exists.
        const std::size_t end = octets.find('\n');
        if (end == std::string_view::npos || octets.front() != place_mark) return;
        placed_ = true;
        ears_.place(octets.substr(1, end - 1));
        octets.remove_prefix(end + 1);
    }
    if (ears_.octets) ears_.octets(octets);
    lines_.feed(octets, now, [this](std::string_view line) { say(line); });
    say_dropped();
}

void ChildOutput::say(std::string_view line) {
    if (ears_.line) ears_.line(line);
    journal_->output(level_, program_, line);
}

void ChildOutput::say_dropped() {
    if (const std::size_t dropped = lines_.take_dropped())
        journal_->say(say::script_flood, program_, {dropped, OutputLines::lines_a_second});
}

void ChildOutput::close() {
    if (!pipe_) return;
    poller_->forget(pipe_.get());
    pipe_.reset();
}

void ChildOutput::let_go() {
    ears_ = {};
    placed_ = true;
    level_ = Level::info;
}

void LingeringOutputs::add(ChildOutput&& output) {
    outputs_.push_back(std::move(output));
    outputs_.back().let_go();
    if (keeper_) keeper_->hold(outputs_.back().fd());
}

void LingeringOutputs::hold_again() {
    if (!keeper_) return;
    for (const ChildOutput& output : outputs_) keeper_->hold(output.fd());
}

bool LingeringOutputs::on_readable(int fd, Instant now) {
    for (auto at = outputs_.begin(); at != outputs_.end(); ++at) {
        if (!at->is(fd)) continue;
        if (!at->on_readable(now)) outputs_.erase(at);
        return true;
    }
    return false;
}

}  // namespace hb::scripts
