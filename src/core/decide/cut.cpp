#include "cut.hpp"

#include <utility>

namespace hb::core {

bool Cut::want(Instant now, Duration limit) {
    wanted_ = true;
    if (runs() || is_cut_off() || at_ > now) return false;
    state_ = State::running;
    at_ = now + limit;
    return true;
}

Cut::News Cut::ended(Outcome outcome, Instant now) {
    switch (state_) {
        case State::running:
        case State::waiting:
            if (outcome != Outcome::ok) return fail(now);
            state_ = State::cut_off;
            wanted_ = false;
            return News::succeeded;
        case State::idle:
        case State::outdated:
            state_ = State::idle;
            at_ = now;
            return News::again;
        case State::confirmed:
        case State::cut_off: state_ = State::cut_off; return News::nothing;
    }
    return News::nothing;
}

Cut::News Cut::on_time(Instant now) {
    if (at_ > now) return News::nothing;
    if (state_ == State::running) return fail(now);
    if (state_ == State::outdated) state_ = State::idle;
    if (state_ == State::confirmed) state_ = State::cut_off;
    return std::exchange(wanted_, false) ? News::again : News::nothing;
}

void Cut::confirm() {
    state_ = runs() ? State::confirmed : State::cut_off;
    wanted_ = false;
}

bool Cut::forget() {
    state_ = runs() ? State::outdated : State::idle;
    if (state_ == State::idle) at_ = Instant{};
    return std::exchange(wanted_, false);
}

Cut::News Cut::fail(Instant now) {
    state_ = State::waiting;
    at_ = now + retry_pause;
    return News::failed;
}

}  // namespace hb::core
