#include "config/lexer.hpp"

namespace hb::config {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";
constexpr std::string_view blanks_and_commas = " \t\r\f\v,";

enum class Backslash { plain, keeps_blank };  ///< what one before a blank does

void split_words(std::string_view source, unsigned number, std::string_view separators, Line& out,
                 Backslash backslash = Backslash::plain) {
    std::size_t at = 0;
    while ((at = source.find_first_not_of(separators, at)) != std::string_view::npos) {
        std::size_t end = source.find_first_of(separators, at);
        while (backslash == Backslash::keeps_blank && end != std::string_view::npos &&
               source[end - 1] == '\\')
            end = source.find_first_of(separators, end + 1);
        if (end == std::string_view::npos) end = source.size();
        out.push_back({source.substr(at, end - at), number, static_cast<unsigned>(at + 1)});
        at = end;
    }
}

std::string_view trim_end(std::string_view text) {
    const std::size_t last = text.find_last_not_of(blanks);
    return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

bool is_binary(char c) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet == '\t' || octet == '\n' || octet == '\r' || octet == '\f') return false;
    return octet < 0x20 || octet == 0x7f;
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::vector<Line> lex_ha_cf(std::string_view text) {
    std::vector<Line> lines;
    unsigned number = 0;
    for (const std::string_view source : split_lines(text)) {
        Line line;
        split_words(source.substr(0, source.find('#')), ++number, blanks_and_commas, line);
        if (!line.empty()) lines.push_back(std::move(line));
    }
    return lines;
}

std::vector<Line> lex_authkeys(std::string_view text) {
    std::vector<Line> lines;
    unsigned number = 0;
    for (const std::string_view source : split_lines(text)) {
        Line line;
        split_words(source, ++number, blanks, line);
        if (!line.empty() && !line[0].text.starts_with('#')) lines.push_back(std::move(line));
    }
    return lines;
}

Haresources lex_haresources(std::string_view text) {
    Haresources out;
    Line line;
    unsigned number = 0;
    bool continued = false;
    for (const std::string_view source : split_lines(text)) {
        ++number;
        const std::size_t comment = source.find('#');
        std::string_view code = trim_end(source.substr(0, comment));
        const bool continues = code.ends_with('\\');
        if (continues) code.remove_suffix(1);
        const bool ends_within =
            continued && !continues && !line.empty() && comment != std::string_view::npos && code.empty();
        split_words(code, number, blanks, line, Backslash::keeps_blank);
        continued = continues;
        if (ends_within)
            out.comments_within.push_back(
                {source.substr(comment), number, static_cast<unsigned>(comment + 1)});
        else if (!continues && !line.empty() && comment != std::string_view::npos &&
                 trim_end(source).ends_with('\\'))
            out.lost_backslashes.push_back({"\\", number, static_cast<unsigned>(trim_end(source).size())});
        if (continues) continue;
        if (!line.empty()) out.lines.push_back(std::move(line));
        line.clear();
    }
    if (!line.empty()) out.lines.push_back(std::move(line));
    return out;
}

std::optional<Word> first_binary_octet(std::string_view text) {
    unsigned line = 1, column = 1;
    for (std::size_t i = 0; i < text.size(); ++i, ++column) {
        if (is_binary(text[i])) return Word{text.substr(i, 1), line, column};
        if (text[i] == '\n') {
            ++line;
            column = 0;
        }
    }
    return std::nullopt;
}

}  // namespace hb::config
