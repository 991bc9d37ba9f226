#include "config/report.hpp"

#include <algorithm>
#include <tuple>

#include "hb/base/text.hpp"

namespace hb::config {
namespace {

/// Longest part of a source line that is shown, and how much of it stands before the caret.
constexpr std::size_t widest = 100, before_caret = 60;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }  // UTF-8, RFC 3629

/// What looks like nothing, like a blank, or like a plain character that a program would take (UTF-8).
struct Deceiver {
    std::string_view octets, name;
};
constexpr Deceiver deceivers[] = {
    {"\xc2\xa0", "no-break space"},
    {"\xc2\xad", "soft hyphen"},
    {"\xe2\x80\x82", "en space"},
    {"\xe2\x80\x83", "em space"},
    {"\xe2\x80\x87", "figure space"},
    {"\xe2\x80\x89", "thin space"},
    {"\xe2\x80\x8b", "zero width space"},
    {"\xe2\x80\x8c", "zero width non-joiner"},
    {"\xe2\x80\x8d", "zero width joiner"},
    {"\xe2\x80\x8e", "left-to-right mark"},
    {"\xe2\x80\x8f", "right-to-left mark"},
    {"\xe2\x80\x90", "hyphen"},
    {"\xe2\x80\x91", "no-break hyphen"},
    {"\xe2\x80\x93", "en dash"},
    {"\xe2\x80\x94", "em dash"},
    {"\xe2\x80\x98", "left single quotation mark"},
    {"\xe2\x80\x99", "right single quotation mark"},
    {"\xe2\x80\x9c", "left double quotation mark"},
    {"\xe2\x80\x9d", "right double quotation mark"},
    {"\xe2\x80\x9e", "low double quotation mark"},
    {"\xe2\x80\xaf", "narrow no-break space"},
    {"\xe2\x81\xa0", "word joiner"},
    {"\xe3\x80\x80", "ideographic space"},
    {"\xef\xbb\xbf", "zero width no-break space"},
};

std::string escaped(std::string_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        append(out, concat("\\x", digits.substr(octet >> 4, 1), digits.substr(octet & 15, 1)));
    }
    return out;
}

enum class Names { no, yes };  ///< of deceivers, behind their octets

std::string printable(std::string_view text, Names names) {
    std::string out;
    while (!text.empty()) {
        const auto found = std::find_if(std::begin(deceivers), std::end(deceivers),
                                        [&](const Deceiver& d) { return text.starts_with(d.octets); });
        const std::size_t size = found == std::end(deceivers) ? 1 : found->octets.size();
        if (found != std::end(deceivers))
            append(out, names == Names::no ? escaped(found->octets)
                                           : concat(escaped(found->octets), " (", found->name, ")"));
        else if (text[0] == '\t')
            out += ' ';
        else
            out += static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f ? '?' : text[0];
        text.remove_prefix(size);
    }
    return out;
}

/// The line and a caret under `column`, both cut to a window around it.
std::string picture(const Problem& problem) {
    const std::string line = printable(problem.source, Names::no);
    const std::size_t before = problem.column == 0 ? 0 : problem.column - 1;
    const std::size_t caret = printable(std::string_view{problem.source}.substr(0, before), Names::no).size();
    const std::size_t start = line.size() <= widest || caret < before_caret ? 0 : caret - before_caret;
    std::string out = concat("    ", std::string_view{line}.substr(start, widest), '\n');
    if (problem.column == 0) return out;
    out += "    ";
    for (std::size_t i = start; i < caret; ++i)
        if (!is_continuation(line[i])) out += ' ';
    return out + "^\n";
}

/// `fence NODE AGENT ...` and `stonith_host HOST TYPE ...` go on with what logs into the device: it reaches no log and no terminal.
std::string without_passwords(std::string_view line) {
    constexpr std::string_view blanks = " \t,";
    std::size_t end = 0;
    for (int words = 0; words < 3 && end < line.size(); ++words) {
        const std::size_t begin = std::min(line.find_first_not_of(blanks, end), line.size());
        end = std::min(line.find_first_of(blanks, begin), line.size());
        const std::string_view word = line.substr(begin, end - begin);
        if (words == 0 && word != "fence" && word != "stonith_host") return std::string{line};
    }
    return end == line.size() ? std::string{line} : concat(line.substr(0, end), " ...");
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
    std::string out = printable(word.substr(0, longest), Names::yes);
    return word.size() > longest ? out + "..." : out;
}

bool is_deceptive(std::string_view word) {
    return std::any_of(std::begin(deceivers), std::end(deceivers),
                       [&](const Deceiver& d) { return word.find(d.octets) != std::string_view::npos; });
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

void Report::not_ready(const Word& at, std::string text, std::string advice) {
    const std::size_t before = out_.size();
    add(Problem::Level::error, not_ready_, at, std::move(text), std::move(advice));
    if (out_.size() > before) out_.back().may_pass = true;
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
    return without_passwords(lines_[number - 1]);
}

}  // namespace hb::config
