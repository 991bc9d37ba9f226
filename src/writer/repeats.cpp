#include "repeats.hpp"

#include <algorithm>
#include <string_view>

#include "hb/base/text.hpp"

namespace hb::writer {
namespace {

constexpr std::int64_t quiet = 1000;  // ms
constexpr std::string_view around = " ()[],;%";

bool is_number(std::string_view word) {
    return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

/// FNV-1a over the event, the program and the text without its plain numbers. Names that hold digits, and addresses, count.
std::uint64_t mark_of(const LogRecord& record) {
    std::uint64_t mark = 0xcbf29ce484222325;
    const auto take = [&mark](std::string_view text) {
        for (const char c : text) mark = (mark ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    };
    const char id[] = {static_cast<char>(record.id >> 8), static_cast<char>(record.id)};
    take({id, sizeof id});
    take(record.program.view());
    for (std::string_view text = record.text.view(); !text.empty();) {
        const std::size_t end = std::min(text.find_first_of(around), text.size());
        if (!is_number(text.substr(0, end))) take(text.substr(0, end));
        const std::size_t next = std::min(end + 1, text.size());
        take(text.substr(end, next - end));
        text.remove_prefix(next);
    }
    return mark | 1;
}

}  // namespace

/// Its own, or the one of those that keep nothing whose second ends first; nullptr: all keep something.
Repeats::Condition* Repeats::place_for(std::uint64_t mark) {
    Condition* best = nullptr;
    for (Condition& c : conditions_) {
        if (c.mark == mark) return &c;
        if (c.kept == 0 && (best == nullptr || c.until < best->until)) best = &c;
    }
    return best;
}

bool Repeats::passes(const Envelope& envelope, std::int64_t now) {
    if (envelope.record.id == 0) return true;
    const std::uint64_t mark = mark_of(envelope.record);
    Condition* const condition = place_for(mark);
    if (condition == nullptr) return true;
    if (condition->mark != mark || (condition->until <= now && condition->kept == 0)) {
        condition->mark = mark;
        condition->until = now + quiet;
        return true;
    }
    const std::uint32_t dropped = condition->kept > 0 ? condition->last.dropped : 0;
    condition->last = envelope;
    condition->last.dropped += dropped;
    ++condition->kept;
    return false;
}

std::optional<Envelope> Repeats::due(std::int64_t now) {
    const auto over = std::find_if(conditions_.begin(), conditions_.end(),
                                   [now](const Condition& c) { return c.kept > 0 && c.until <= now; });
    if (over == conditions_.end()) return std::nullopt;
    Envelope out = over->last;
    if (over->kept > 1) out.record.text.append(concat(" (", over->kept, " like it within a second)"));
    over->kept = 0;
    over->until = now + quiet;
    return out;
}

std::optional<std::int64_t> Repeats::deadline() const {
    std::optional<std::int64_t> first;
    for (const Condition& c : conditions_)
        if (c.kept > 0 && (!first || c.until < *first)) first = c.until;
    return first;
}

}  // namespace hb::writer
