#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/lexer.hpp"
#include "hb/config/parse.hpp"

namespace hb::config {

/// Collects what is wrong with one file. A file of garbage gives at most `most` problems of each kind, then
/// one that says so.
class Report {
public:
    static constexpr unsigned most = 200;
    enum class Secret {
        no,
        yes
    };  ///< yes: no line of the file is shown. For authkeys: where a word is missing, any
        ///< other may be the key, and it must never reach a log or a terminal

    Report(std::string_view file, std::string_view text, std::vector<Problem>& out,
           Secret secret = Secret::no);
    void error(const Word& at, std::string text, std::string advice = {});
    /// An error that may pass by itself.
    void not_ready(const Word& at, std::string text, std::string advice);
    void warning(const Word& at, std::string text, std::string advice = {});
    bool is_secret() const { return secret_ == Secret::yes; }

private:
    void add(Problem::Level level, unsigned& count, const Word& at, std::string text, std::string advice);
    std::string source_line(unsigned number) const;

    std::string file_;
    std::vector<std::string_view> lines_;
    std::vector<Problem>& out_;
    Secret secret_;
    unsigned errors_ = 0, not_ready_ = 0, warnings_ = 0;
};

/// A word for a message: at most 80 octets of it, control octets as `?`, what cannot be seen as "\xc2\xa0 (no-break space)".
std::string shown(std::string_view word);

/// Whether something in it cannot be seen, or looks like a plain blank, dash or quote.
bool is_deceptive(std::string_view word);

/// By file (ha.cf, authkeys, haresources), line and column; what concerns a file as a whole comes after its
/// lines.
void sort(std::vector<Problem>& problems);

}  // namespace hb::config
