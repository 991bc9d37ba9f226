#include "config/value.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "hb/base/text.hpp"

namespace hb::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Nanoseconds of one unit; 0: no unit of that name.
std::int64_t unit_of(std::string_view suffix, PlainNumber plain) {
    const std::string unit = lower_case(suffix);
    if (unit.empty()) return plain == PlainNumber::seconds ? 1'000'000'000 : 1'000'000;
    if (unit == "s") return 1'000'000'000;
    if (unit == "ms") return 1'000'000;
    return unit == "us" ? 1'000 : 0;
}

/// Takes digits off `text`; at most `kept` of them count. Returns how many counted.
unsigned take_digits(std::string_view& text, unsigned kept, std::int64_t& value) {
    unsigned count = 0;
    for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1)) {
        if (count == kept) continue;
        value = value * 10 + (text[0] - '0');
        ++count;
    }
    return count;
}

/// Optimal string alignment: insertions, deletions, replacements, swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a.size()][b.size()];
}

}  // namespace

Time parse_time(std::string_view text, PlainNumber plain) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty() || !(is_digit(text[0]) || (text.size() > 1 && text[0] == '.' && is_digit(text[1]))))
        return {{}, "is not a time"};
    const std::size_t first = std::min(text.find_first_not_of('0'), text.size() - 1);
    text.remove_prefix(text[0] == '0' ? first : 0);
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    std::int64_t whole = 0, fraction = 0, scale = 1;
    take_digits(text, 12, whole);
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        for (unsigned n = take_digits(text, 9, fraction); n > 0; --n) scale *= 10;
    }
    const std::int64_t unit = unit_of(text, plain);
    if (unit == 0) return {{}, "is not a time"};
    if (negative) return {{}, "is negative"};
    if (digits > 12 || whole > longest_time.count() / unit) return {{}, "is longer than a day"};
    // fraction < 10^9 and unit <= 10^9: the product fits.
    const Duration value{whole * unit + fraction * unit / scale};
    if (value > longest_time) return {{}, "is longer than a day"};
    return {value, {}};
}

std::optional<bool> parse_boolean(std::string_view text) {
    const std::string word = lower_case(text);
    for (const std::string_view yes : {"true", "on", "yes", "y", "1"})
        if (word == yes) return true;
    for (const std::string_view no : {"false", "off", "no", "n", "0"})
        if (word == no) return false;
    return std::nullopt;
}

std::optional<unsigned> parse_number(std::string_view text, unsigned least, unsigned greatest) {
    unsigned value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (value < least || value > greatest) return std::nullopt;
    return value;
}

bool looks_like_ipv6(std::string_view word) {
    word = word.substr(0, word.find_first_of("/%"));
    if (word.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    if (std::count(word.begin(), word.end(), ':') < 2) return false;
    if (word.starts_with("::") || lower_case(word).starts_with("fe80::")) return true;
    for (std::size_t i = 1; i + 1 < word.size(); ++i)  // two scripts' words have no single colon
        if (word[i] == ':' && word[i - 1] != ':' && word[i + 1] != ':') return true;
    return false;
}

std::string_view unquoted(std::string_view word) {
    constexpr std::string_view quotes[] = {
        "\"", "'", "`", "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "\xe2\x80\x98", "\xe2\x80\x99"};
    for (const std::string_view quote : quotes) {
        if (word.starts_with(quote)) word.remove_prefix(quote.size());
        if (word.ends_with(quote)) word.remove_suffix(quote.size());
    }
    return word;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
    if (word.size() > 40) return {};
    std::string_view best;
    std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (const std::string_view candidate : known) {
        const std::size_t d = distance(lower_case(word), lower_case(candidate));
        if (d >= least) continue;
        least = d;
        best = candidate;
    }
    return best;
}

}  // namespace hb::config
