#include "hb/scripts/output.hpp"

#include <utility>

#include "hb/base/text.hpp"

namespace hb::scripts {

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

constexpr std::size_t reach_of_not = 3;  ///< "not currently running", "not yet up and running"

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\''; }

bool ends_a_clause(char c) { return c == '\n' || c == '.' || c == ',' || c == ';'; }

/// "\x1b[32m": a colour.
void skip_escape(std::string_view& text) {
    while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
    if (!text.empty()) text.remove_prefix(1);
}

/// A word, one octet that ends a clause, or nothing at the end of the text.
std::string_view take_word(std::string_view& text) {
    while (!text.empty() && !is_letter(text.front()) && !ends_a_clause(text.front())) {
        if (text.front() == '\x1b')
            skip_escape(text);
        else
            text.remove_prefix(1);
    }
    std::size_t size = 0;
    while (size < text.size() && is_letter(text[size])) ++size;
    if (size == 0 && !text.empty()) size = 1;
    const std::string_view word = text.substr(0, size);
    text.remove_prefix(size);
    return word;
}

bool holds(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

Answer judge_words(std::string_view output, Answer none) {
    bool running = false, no = false;
    std::size_t since_not = reach_of_not;
    while (!output.empty()) {
        const std::string_view word = take_word(output);
        const std::string small = lower_case(word);
        if (since_not < reach_of_not && (holds(small, "running") || small == "ok")) return Answer::stopped;
        running |= holds(word, "running") || holds(word, "Running") || word == "OK";
        const bool negates = small == "not" || small.ends_with("n't") || (no && small == "longer");
        const bool clause_ends = small.size() == 1 && ends_a_clause(small.front());
        since_not = negates ? 0 : clause_ends ? reach_of_not : since_not + 1;
        no = small == "no";
    }
    return running ? Answer::running : none;
}

Answer judge_unit(std::string_view output, int exit_code) {
    const std::string_view state = output.substr(0, output.find_first_of(" \r\n"));
    if (state == "inactive" || state == "failed") return Answer::stopped;
    if (state == "activating" || state == "deactivating" || state == "reloading" || state == "refreshing")
        return Answer::unknown;
    return exit_code == 0 ? Answer::running : Answer::unknown;
}

}  // namespace

bool shows_usage(std::string_view output) {
    return holds(output, "Usage") || holds(output, "usage") || holds(output, "USAGE");
}

Answer judge_status(ScriptPlace place, std::string_view output, int exit_code) {
    constexpr int lsb_unknown = 4, not_executable = 126;  // and above: not found, or ended by a signal
    switch (place) {
        case ScriptPlace::nowhere: return Answer::unknown;
        case ScriptPlace::unit:
        case ScriptPlace::oneshot: return judge_unit(output, exit_code);
        case ScriptPlace::resource_d:
        case ScriptPlace::init_d: break;
    }
    if (exit_code == lsb_unknown || exit_code >= not_executable) return Answer::unknown;
    if (exit_code != 0) return Answer::stopped;
    return judge_words(output, place == ScriptPlace::init_d ? Answer::unknown : Answer::stopped);
}

}  // namespace hb::scripts
