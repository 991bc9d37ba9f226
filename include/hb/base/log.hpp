#pragma once
#include <charconv>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "hb/base/fixed.hpp"
#include "hb/base/limits.hpp"

namespace hb {

/// 3.0.6's levels, in its words: "EMERG" "ALERT" "CRIT" "ERROR" "WARN" "notice" "info" "debug". The order is syslog's (RFC 5424, 6.2.1).
enum class Level : std::uint8_t { emergency, alert, critical, error, warning, notice, info, debug };

constexpr std::size_t program_text = 40;  ///< octets of a program's name

/// One line on its way to the writer. `id` is the stable number of the event (heartbeat-log(7)); 0: output of a script.
struct LogRecord {
    std::uint16_t id = 0;
    Level level = Level::info;
    FixedString<program_text> program;  ///< "heartbeat", "IPaddr(default)", "ResourceManager(default)"
    FixedString<limits::log_text> text;
};

/// Every event that a process logs is one constant of this form, in a table of that process. heartbeat-log(7) lists them all.
namespace log {

/// A `%` in the text stands for the next fact. Where Linux-HA Heartbeat 3.0.6 logs the event the text is its text, because log
/// checkers look for it. Ids are never reused.
struct Kind {
    std::uint16_t id;
    Level level;
    std::string_view text;
};

/// Text or a number, kept until the line is made. Text is borrowed until then.
class Fact {
public:
    Fact(std::string_view text) : text_(text) {}
    Fact(const char* text) : text_(text) {}
    Fact(const std::string& text) : text_(text) {}
    Fact(std::integral auto number) {
        const auto end = std::to_chars(digits_, digits_ + sizeof digits_, number).ptr;
        size_ = static_cast<std::size_t>(end - digits_);
    }
    std::string_view view() const { return size_ ? std::string_view{digits_, size_} : text_; }

private:
    std::string_view text_;
    char digits_[24] = {};
    std::size_t size_ = 0;
};

/// The line of one event, cut where the record has no more room. A `%` without a fact becomes nothing.
LogRecord make(const Kind& kind, std::initializer_list<Fact> facts);

}  // namespace log
}  // namespace hb
