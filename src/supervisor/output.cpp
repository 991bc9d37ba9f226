#include "supervisor/output.hpp"

#include <utility>

namespace hb::supervisor {

void OutputLines::feed(std::string_view octets, Instant now, const Line& line) {
    for (const char c : octets) {
        if (c == '\n') {
            emit(now, line);
            continue;
        }
        any_ = true;
        if (partial_.size() >= longest_line) continue;
        const auto octet = static_cast<unsigned char>(c);
        partial_ += octet == '\t' ? ' ' : octet < 0x20 || octet == 0x7f ? '?' : c;
    }
}

void OutputLines::end(Instant now, const Line& line) {
    if (any_) emit(now, line);
}

void OutputLines::emit(Instant now, const Line& line) {
    if (now - second_ >= 1s || now < second_) {
        second_ = now;
        in_second_ = 0;
    }
    if (++in_second_ <= lines_a_second)
        line(partial_);
    else
        ++dropped_;
    partial_.clear();
    any_ = false;
}

std::size_t OutputLines::take_dropped() { return std::exchange(dropped_, 0); }

namespace {

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words)
        if (text.find(word) != std::string_view::npos) return true;
    return false;
}

}  // namespace

bool says_running(ScriptPlace place, std::string_view output, int exit_code) {
    if (place == ScriptPlace::unit) return exit_code == 0;
    if (contains_any(output, {"not running", "Not running", "not Running", "Not Running"})) return false;
    if (contains_any(output, {"running", "Running", "OK"})) return true;
    return place == ScriptPlace::init_d && exit_code == 0;
}

}  // namespace hb::supervisor
