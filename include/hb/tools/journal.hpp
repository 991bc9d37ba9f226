#pragma once
#include <initializer_list>
#include <string_view>

#include "hb/base/log.hpp"
#include "hb/config/parse.hpp"
#include "hb/writer/client.hpp"

namespace hb::tools {

/// "ha.cf:14:9: TEXT (ADVICE)", without caret: for the log.
LogRecord line_of(const config::Problem& problem);

/// Log lines on their way to the writer; never waits.
class Journal {
public:
    explicit Journal(int writer_fd) : client_(writer_fd) {}
    /// Under the name of the daemon.
    void say(const log::Kind& kind, std::initializer_list<log::Fact> facts) {
        client_.log(log::make(kind, facts));
    }
    /// Under the name of a program.
    void say(const log::Kind& kind, std::string_view program, std::initializer_list<log::Fact> facts);
    void say(const config::Problem& problem) { client_.log(line_of(problem)); }
    /// A line that a script has printed: no event.
    void output(Level level, std::string_view program, std::string_view line);
    /// From now on to another writer.
    void redirect(int writer_fd) { client_ = writer::Client(writer_fd); }
    void reserve(std::uint32_t generation) { client_.reserve(generation); }

private:
    writer::Client client_;
};

}  // namespace hb::tools
