#include "outgoing.hpp"

#include <utility>

namespace hb::core {

namespace {
constexpr std::size_t most_kept = 96;
constexpr std::size_t not_for_the_log = 16;
}  // namespace

Outgoing::Outgoing() : kept_(most_kept) {}

bool Outgoing::begin(Actions& out) {
    out_ = &out;
    std::size_t given = 0;
    while (given < used_ && out_->try_push(kept_[given])) ++given;
    for (std::size_t i = given; i < used_; ++i) kept_[i - given] = kept_[i];
    used_ -= given;
    if (used_) return false;
    if (const std::size_t lost = std::exchange(lost_, 0)) log(log::dropped_actions, {lost});
    return true;
}

void Outgoing::emit(const Action& action) {
    if (used_ == 0 && out_->try_push(action)) return;
    if (used_ == kept_.size()) {
        ++lost_;
        return;
    }
    kept_[used_++] = action;
}

void Outgoing::log(const log::Kind& kind, std::initializer_list<log::Fact> facts) {
    if (!has_room_for(not_for_the_log)) {
        ++lost_;
        return;
    }
    emit(log::make(kind, facts));
}

}  // namespace hb::core
