#pragma once
#include "hb/base/time.hpp"
#include "supervisor/supervisor.hpp"

namespace hb::supervisor {

/// Pure: how far the daemon is with its end. Where no engine is left to tell the peers of a stop, one more is started for that, and
/// never a second one. Nothing is started any more while it is ending.
///
///   running ──── one more engine ────► last_engine ────► ending
///      └──────── the engine has left, or too many have died ──┘
class Ending {
public:
    enum class Life { running, last_engine, ending };
    Life life() const { return life_; }
    bool is_ending() const { return life_ == Life::ending; }
    int exit_code() const { return code_; }

    /// A stop is asked for. False: it was already.
    bool ask(Instant now) {
        if (asked_) return false;
        asked_ = true;
        asked_at_ = now;
        return true;
    }
    bool is_asked() const { return asked_; }
    /// An engine that turns has heard of the stop by then.
    Instant heard_until(Duration keepalive) const { return asked_at_ + 2 * keepalive + 200ms; }
    /// The engine has turned since.
    bool is_heard(Instant engine_turn) const { return !asked_ || engine_turn >= asked_at_; }

    /// The engine says that it leaves; forgotten when another one starts.
    void engine_leaves() { leaves_ = true; }
    void engine_starts() { leaves_ = false; }
    /// Only who was told to stop may end the daemon.
    bool may_leave() const { return asked_ && leaves_; }

    /// False: there was one.
    bool begin_last_engine() {
        if (life_ != Life::running) return false;
        life_ = Life::last_engine;
        return true;
    }
    void end() { life_ = Life::ending; }
    void end_in_failure() {
        life_ = Life::ending;
        code_ = exit_code::failed;
    }

private:
    Life life_ = Life::running;
    bool asked_ = false, leaves_ = false;
    Instant asked_at_;
    int code_ = exit_code::ok;
};

}  // namespace hb::supervisor
