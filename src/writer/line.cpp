#include "line.hpp"

#include <array>
#include <cstdio>

namespace hb::writer {
namespace {

constexpr std::array<std::string_view, 8> level_words{"EMERG", "ALERT",  "CRIT", "ERROR",
                                                      "WARN",  "notice", "info", "debug"};
// What OCF agents write for the same levels.
constexpr std::array<std::string_view, 8> agent_words{"EMERG",   "ALERT",  "CRITICAL", "ERROR",
                                                      "WARNING", "NOTICE", "INFO",     "DEBUG"};

template <std::size_t N, class... Facts>
void append(FixedString<N>& line, const char* format, Facts... facts) {
    std::array<char, 128> piece{};
    const int n = std::snprintf(piece.data(), piece.size(), format, facts...);
    if (n > 0) line.append({piece.data(), std::min(static_cast<std::size_t>(n), piece.size() - 1)});
}

void append_clean(Line& line, std::string_view text) {
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        const char clean = octet < 0x20 || octet == 0x7f ? ' ' : c;
        line.append({&clean, 1});
    }
}

// 3.0.6 writes "Nov 02" into its files; RFC 3164, 4.1.2, wants "Nov  2".
enum class Day { two_digits, padded };

// Not strftime: the names of months must not depend on a locale.
void append_syslog_stamp(Line& line, const std::tm& t, Day day) {
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    line.append(months.substr(static_cast<std::size_t>(t.tm_mon % 12) * 3, 3));
    append(line, day == Day::two_digits ? " %02d %02d:%02d:%02d" : " %2d %02d:%02d:%02d", t.tm_mday,
           t.tm_hour, t.tm_min, t.tm_sec);
}

void append_dated_stamp(Line& line, const std::tm& t) {
    append(line, "%04d/%02d/%02d_%02d:%02d:%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
           t.tm_min, t.tm_sec);
}

bool is_script(std::string_view program) { return program.find('(') != std::string_view::npos; }

// 3.0.6's own shell scripts write levels as the daemon does, agents in capitals and with two blanks.
bool is_house_script(std::string_view program) {
    for (const std::string_view name :
         {"ResourceManager(", "harc(", "mach_down(", "hb_standby(", "hb_takeover(", "req_resource("})
        if (program.starts_with(name)) return true;
    return false;
}

bool names_a_level(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view word = text.substr(0, colon);
    for (std::size_t i = 0; i < level_words.size(); ++i)
        if (word == level_words[i] || word == agent_words[i]) return true;
    return false;
}

void append_message(Line& line, const Entry& entry) {
    const auto level = static_cast<std::size_t>(entry.level) % level_words.size();
    if (is_script(entry.program) && !is_house_script(entry.program)) {
        if (!names_a_level(entry.text)) {
            line.append(agent_words[level]);
            line.append(":  ");
        }
    } else {
        line.append(level_words[level]);
        line.append(": ");
    }
    append_clean(line, entry.text);
}

// The newline has its place even behind a line that was cut.
Line ended(const Line& line) {
    Line whole{line.view().substr(0, std::min<std::size_t>(line.size(), 639))};
    whole.append("\n");
    return whole;
}

}  // namespace

std::string_view to_text(Level level) {
    return level_words[static_cast<std::size_t>(level) % level_words.size()];
}

Line file_line(const Entry& entry, bool syslogmsgfmt, std::string_view node) {
    Line line;
    if (is_script(entry.program)) {
        append_dated_stamp(line, entry.local);
        line.append("\t ");
        append_clean(line, entry.program);
        append(line, "[%d]:    ", static_cast<int>(entry.pid));
    } else if (syslogmsgfmt) {
        append_syslog_stamp(line, entry.local, Day::two_digits);
        line.append(" ");
        line.append(node);
        line.append(" ");
        append_clean(line, entry.program);
        append(line, ": [%d]: ", static_cast<int>(entry.pid));
    } else {
        append_clean(line, entry.program);
        append(line, "[%d]: ", static_cast<int>(entry.pid));
        append_dated_stamp(line, entry.local);
        line.append(" ");
    }
    append_message(line, entry);
    return ended(line);
}

Line syslog_line(const Entry& entry, int facility) {
    Line line;
    append(line, "<%d>", facility * 8 + static_cast<int>(entry.level) % 8);
    append_syslog_stamp(line, entry.local, Day::padded);
    line.append(" ");
    append_clean(line, entry.program);
    append(line, is_script(entry.program) ? "[%d]: " : ": [%d]: ", static_cast<int>(entry.pid));
    append_message(line, entry);
    return line;
}

}  // namespace hb::writer
