#include "hooks.hpp"

namespace hb::core {

namespace {

constexpr std::size_t room_for_own_state = 24;
constexpr Duration pace = 10ms;
constexpr int burst = 32;

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

}  // namespace

void Hooks::Text::add(std::string_view name, std::string_view value) {
    if (!is_plain(name) || !is_plain(value) ||
        text_.size() + name.size() + value.size() + 2 > limits::hook_text - room_for_own_state)
        return;
    text_.append(name);
    text_.append("=");
    if (!value.empty()) text_.append(value);  // an empty one may have no data at all
    text_.append("\n");
}

void Hooks::Text::end(std::string_view own_state) {
    text_.append("OSTATUS=");
    text_.append(own_state);
    text_.append("\n");
}

Hooks::Text* Hooks::begin() { return texts_.try_push({}) ? &texts_.back() : nullptr; }

bool Hooks::may_run(Instant now) {
    if (paced_ > now + burst * pace) return false;
    paced_ = std::max(paced_, now) + pace;
    return true;
}

}  // namespace hb::core
