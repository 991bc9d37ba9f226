#pragma once
#include "core/parts.hpp"
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// How far is the handshake in which one of two nodes gives a set of groups to the other (Linux-HA's standby)? One at a time
/// (heartbeat-protocol(7), HANDSHAKES).
///
///   none --ask--> asking --"other"--> letting_go --released--> handed_over --"done"--> none      this node gives
///   none --"me"--> promised --"done"--> taking --acquired--> none                                this node takes
class Standby {
public:
    enum class State : std::uint8_t { none, asking, letting_go, handed_over, promised, taking };

    // This node gives.
    void ask(Holding set, NodeId peer, Instant now);
    void let_go(Instant now);  ///< the peer can take it
    void hand_over() { state_ = State::handed_over; }
    // This node takes.
    /// Whether a peer may ask now: also once more, if it let nothing go for three seconds. A node that is told twice to go standby
    /// asks twice, and would obey two answers.
    bool may_be_asked(Instant now) const;
    void promise(Holding set, NodeId peer, Instant now);
    void peer_lets_go(Instant now);  ///< it has said `isstable=0`
    /// What a peer gave to the engine before this one.
    void inherit(Holding set, NodeId peer);
    void take() { state_ = State::taking; }

    void end();
    /// True: its limit has passed, and nobody answered what this node asked.
    [[nodiscard]] bool on_time(Instant now);

    State state() const { return state_; }
    bool none() const { return state_ == State::none; }
    Holding set() const { return set_; }  ///< seen from the node that gives
    NodeId peer() const { return peer_; }
    int linux_ha_number() const;  ///< of the state, in 3.0.6's log
    Instant deadline() const { return until_; }

private:
    State state_ = State::none;
    Holding set_;
    NodeId peer_;
    Instant until_ = never;
    bool peer_lets_go_ = false;
};

}  // namespace hb::core
