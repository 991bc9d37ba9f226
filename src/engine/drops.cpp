#include "drops.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace hb::engine {
namespace {

void append_number(FixedString<320>& text, std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text.append({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

// Our own frames come back on some media: counted, but no fault.
bool is_fault(std::size_t reason) {
    return reason != static_cast<std::size_t>(wire::DropReason::none) &&
           reason != static_cast<std::size_t>(wire::DropReason::own);
}

std::uint64_t whole_seconds(Duration time) {
    return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

}  // namespace

void Drops::count(wire::DropReason reason, Instant now) {
    const auto index = static_cast<std::size_t>(reason);
    ++total_[index];
    if (!is_fault(index) || pending_) return;
    pending_ = true;
    first_ = now;
    next_line_ = std::max(next_line_, now + 1s);
}

std::uint64_t Drops::total() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < drop_reasons; ++i)
        if (is_fault(i)) sum += total_[i];
    return sum;
}

std::optional<DropSummary> Drops::summary(Instant now) {
    if (!pending_ || now < next_line_) return std::nullopt;
    DropSummary summary;
    summary.seconds = whole_seconds(now - first_);
    for (std::size_t i = 0; i < drop_reasons; ++i) {
        const std::uint64_t fresh = total_[i] - said_[i];
        if (!is_fault(i) || fresh == 0) continue;
        if (summary.count > 0) summary.reasons.append(", ");
        summary.reasons.append(wire::to_text(static_cast<wire::DropReason>(i)));
        summary.reasons.append(" ");
        append_number(summary.reasons, fresh);
        summary.count += fresh;
    }
    said_ = total_;
    pending_ = false;
    next_line_ = now + 60s;
    return summary;
}

void Overflow::lost(std::uint64_t frames, Instant since, Instant now) {
    if (newest_ == Instant{} || now - newest_ >= deadtime_) first_ = since;
    newest_ = now;
    if (unsaid_ == 0) {
        unsaid_since_ = since;
        next_line_ = std::max(next_line_, now + 1s);
    }
    unsaid_ += frames;
}

Instant Overflow::judged_until(Instant now) const {
    const bool excused = newest_ != Instant{} && now - newest_ < deadtime_ && now - first_ < 3 * deadtime_;
    return excused ? first_ : never;
}

std::optional<Overflow::Summary> Overflow::summary(Instant now) {
    if (unsaid_ == 0 || now < next_line_) return std::nullopt;
    next_line_ = now + 60s;
    return Summary{.frames = std::exchange(unsaid_, 0), .seconds = whole_seconds(now - unsaid_since_)};
}

}  // namespace hb::engine
