#include "reverse_path.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace hb::engine {
namespace {

/// The first word of `text`, which loses it.
std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

std::string_view take_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

}  // namespace

// Pairs of lines: "TcpExt: NAME NAME ...", "TcpExt: NUMBER NUMBER ...".
std::optional<std::uint64_t> reverse_path_drops(std::string_view netstat) {
    while (!netstat.empty()) {
        std::string_view names = take_line(netstat), numbers = take_line(netstat);
        for (std::string_view name = take_word(names); !name.empty(); name = take_word(names)) {
            const std::string_view number = take_word(numbers);
            if (name != "IPReversePathFilter") continue;
            std::uint64_t value = 0;
            const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), value);
            if (fault == std::errc{} && end == number.data() + number.size()) return value;
            return std::nullopt;
        }
    }
    return std::nullopt;
}

std::uint64_t ReversePath::more(std::span<std::byte> room) {
    const ssize_t n = fd_ ? ::pread(fd_.get(), room.data(), room.size(), 0) : -1;
    if (n <= 0) return 0;
    const auto now =
        reverse_path_drops({reinterpret_cast<const char*>(room.data()), static_cast<std::size_t>(n)});
    const std::uint64_t more = now && last_ && *now > *last_ ? *now - *last_ : 0;
    last_ = now;
    return more;
}

}  // namespace hb::engine
