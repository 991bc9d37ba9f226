#pragma once
#include <optional>
#include <string_view>
#include <vector>

namespace hb::config {

/// A word of a file and where it stands. `text` borrows from the file's text.
struct Word {
    std::string_view text;
    unsigned line = 0;    ///< from 1; 0: no place, the file as a whole
    unsigned column = 0;  ///< from 1, in octets
};

/// One logical line; never empty.
using Line = std::vector<Word>;

/// Physical lines without their end ("\n" or "\r\n").
std::vector<std::string_view> split_lines(std::string_view text);

/// `#` to the end of the line is a comment; words are separated by blanks, tabs and commas.
std::vector<Line> lex_ha_cf(std::string_view text);

/// A line is a comment if its first character other than a blank is `#`; nothing else is.
std::vector<Line> lex_authkeys(std::string_view text);

struct Haresources {
    std::vector<Line> lines;
    std::vector<Word> lost_backslashes;  ///< ends of comments that look like a continuation and are none
    std::vector<Word> comments_within;   ///< whole lines of comment that end a line which was to be continued
};
/// `#` to the end of each physical line is a comment, on continued lines too; a backslash as the last
/// character before it joins the next line, one before a blank makes the blank a part of the word.
Haresources lex_haresources(std::string_view text);

/// The first control octet that no text file holds (all below 0x20 but tab, line feed, form feed and carriage
/// return; 0x7f).
std::optional<Word> first_binary_octet(std::string_view text);

}  // namespace hb::config
