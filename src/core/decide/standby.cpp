#include "standby.hpp"

namespace hb::core {

namespace {
constexpr Duration answer = 10s, work = 3600s;
constexpr Duration asks_again = 3s;
}  // namespace

void Standby::ask(Holding set, NodeId peer, Instant now) {
    state_ = State::asking;
    set_ = set;
    peer_ = peer;
    until_ = now + answer;
}

void Standby::let_go(Instant now) {
    state_ = State::letting_go;
    until_ = now + work;
}

bool Standby::may_be_asked(Instant now) const {
    const bool never_begun = state_ == State::promised && !peer_lets_go_;
    return none() || (never_begun && until_ - now < answer - asks_again);
}

void Standby::promise(Holding set, NodeId peer, Instant now) {
    state_ = State::promised;
    set_ = set;
    peer_ = peer;
    peer_lets_go_ = false;
    until_ = now + answer;  // then it says `isstable=0`, or has thought better of it
}

void Standby::peer_lets_go(Instant now) {
    if ((state_ != State::promised && state_ != State::taking) || peer_lets_go_) return;
    peer_lets_go_ = true;
    until_ = now + work;
}

void Standby::inherit(Holding set, NodeId peer) {
    state_ = State::promised;
    set_ = set;
    peer_ = peer;
}

void Standby::end() {
    state_ = State::none;
    until_ = never;
}

bool Standby::on_time(Instant now) {
    if (until_ > now) return false;
    const bool unanswered = state_ == State::asking || state_ == State::letting_go;
    end();
    return unanswered;
}

int Standby::linux_ha_number() const {
    switch (state_) {
        case State::none: return 0;
        case State::asking:
        case State::letting_go: return 1;
        case State::promised:
        case State::taking: return 2;
        case State::handed_over: return 3;
    }
    return 0;
}

}  // namespace hb::core
