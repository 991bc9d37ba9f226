#include "hb/tools/journal.hpp"

#include "hb/base/text.hpp"
#include "tools/events.hpp"

namespace hb::tools {

LogRecord line_of(const config::Problem& problem) {
    std::string place = problem.file;
    if (problem.line > 0) place += concat(":", problem.line);
    if (problem.column > 0) place += concat(":", problem.column);
    std::string words = problem.text;
    if (!problem.advice.empty()) words += concat(" (", problem.advice, ")");
    const bool is_error = problem.level == config::Problem::Level::error;
    return log::make(is_error ? say::config_problem : say::config_warning, {place, words});
}

void Journal::say(const log::Kind& kind, std::string_view program, std::initializer_list<log::Fact> facts) {
    LogRecord record = log::make(kind, facts);
    record.program = program;
    client_.log(record);
}

void Journal::output(Level level, std::string_view program, std::string_view line) {
    client_.log(LogRecord{.id = 0, .level = level, .program = program, .text = line});
}

}  // namespace hb::tools
