#pragma once
#include <optional>

#include "core/parts.hpp"

namespace hb::core {

/// Does this peer hear us, and when did we send what it heard last? That proves our right to hold (decisions.md).
class Hearing {
public:
    /// It says what it heard of us. `ours`: that names a status of our present life, which was sent at `sent`, if that is remembered.
    /// True: from now on it hears us, or it no longer does.
    bool hear(const Echo& echo, bool ours, std::optional<Instant> sent, Instant received, Duration keepalive);
    /// As good as an echo of what was sent then.
    void excuse(Instant sent);
    void end_session() { session_ = false; }
    /// It, or we, began a new life: nothing of it was echoed yet.
    void forget() { session_ = false, echoed_ = 0; }

    bool session() const { return session_; }            ///< its newest status names our present life
    bool has_named_us() const { return has_named_us_; }  ///< once at least, in some life of it
    bool armed() const { return armed_; }  ///< it is heard, but has not heard us for more than two keepalives
    Sequence echoed() const { return echoed_; }       ///< our newest status that it has heard
    Instant confirmed() const { return confirmed_; }  ///< when we sent that; Instant{}: never
    Duration age() const { return age_; }             ///< how old that was to it, when it last said so
    Duration round_trip() const { return round_trip_; }

private:
    bool session_ = false, has_named_us_ = false, armed_ = false;
    Sequence echoed_ = 0;
    Instant confirmed_;
    Duration age_{}, round_trip_{};
};

}  // namespace hb::core
