#include "config/report.hpp"

#include <algorithm>
#include <tuple>

#include "hb/base/text.hpp"

namespace hb::config {
namespace {

/// Longest part of a source line that is shown, and how much of it stands before the caret.
constexpr std::size_t widest = 100, before_caret = 60;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }  // UTF-8, RFC 3629

std::string printable(std::string_view text) {
    std::string out{text};
    for (char& c : out) {
        if (c == '\t') c = ' ';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return out;
}

/// The line and a caret under `column`, both cut to a window around it.
std::string picture(const Problem& problem) {
    const std::string line = printable(problem.source);
    const std::size_t caret =
        std::min<std::size_t>(problem.column == 0 ? 0 : problem.column - 1, line.size());
    const std::size_t start = line.size() <= widest || caret < before_caret ? 0 : caret - before_caret;
    std::string out = concat("    ", std::string_view{line}.substr(start, widest), '\n');
    if (problem.column == 0) return out;
    out += "    ";
    for (std::size_t i = start; i < caret; ++i)
        if (!is_continuation(line[i])) out += ' ';
    return out + "^\n";
}

unsigned rank_of(std::string_view file) {
    if (file == "ha.cf") return 0;
    return file == "authkeys" ? 1 : 2;
}

}  // namespace

std::string to_text(const Problem& problem) {
    std::string out = problem.file;
    if (problem.line != 0) append(out, concat(':', problem.line));
    if (problem.column != 0) append(out, concat(':', problem.column));
    append(out, problem.level == Problem::Level::error ? ": error: " : ": warning: ");
    append(out, problem.text);
    out += '\n';
    if (problem.line != 0 && !problem.source.empty()) append(out, picture(problem));
    if (!problem.advice.empty()) append(out, concat("    ", problem.advice, '\n'));
    return out;
}

std::string shown(std::string_view word) {
    constexpr std::size_t longest = 80;
    std::string out = printable(word.substr(0, longest));
    return word.size() > longest ? out + "..." : out;
}

void sort(std::vector<Problem>& problems) {
    const auto place = [](const Problem& p) {
        return std::tuple{rank_of(p.file), p.line == 0 ? ~0u : p.line, p.column};
    };
    std::stable_sort(problems.begin(), problems.end(),
                     [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
}

Report::Report(std::string_view file, std::string_view text, std::vector<Problem>& out, Secret secret)
    : file_(file), lines_(split_lines(text)), out_(out), secret_(secret) {}

void Report::error(const Word& at, std::string text, std::string advice) {
    add(Problem::Level::error, errors_, at, std::move(text), std::move(advice));
}

void Report::warning(const Word& at, std::string text, std::string advice) {
    add(Problem::Level::warning, warnings_, at, std::move(text), std::move(advice));
}

void Report::add(Problem::Level level, unsigned& count, const Word& at, std::string text,
                 std::string advice) {
    if (++count > most + 1) return;
    if (count == most + 1) {
        out_.push_back(
            {level, file_, 0, 0, "there are more problems of this kind; they are not shown", {}, {}});
        return;
    }
    out_.push_back(
        {level, file_, at.line, at.column, std::move(text), source_line(at.line), std::move(advice)});
}

std::string Report::source_line(unsigned number) const {
    if (is_secret() || number == 0 || number > lines_.size()) return {};
    return std::string{lines_[number - 1]};
}

}  // namespace hb::config
