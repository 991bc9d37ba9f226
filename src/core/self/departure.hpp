#pragma once
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// How does this node leave? It lets go of everything, says `shutdone`, and goes when every peer has heard it, or after two seconds.
///
///   here --begin(), surrender()--> letting_go --said()--> said --go()--> gone
class Departure {
public:
    /// False: it is leaving already.
    [[nodiscard]] bool begin();
    /// Its supervisor is gone for good: what is held cannot be stopped any more.
    void surrender();
    /// `shutdone` is out; `newest`: the status behind it, the last message.
    void said(Sequence newest, Instant now);
    /// The number of the last message is of an earlier generation.
    void renumbered() { last_message_ = 0; }
    void go() { state_ = State::gone; }

    bool leaving() const { return state_ != State::here; }
    bool has_said() const { return state_ >= State::said; }
    bool gone() const { return state_ == State::gone; }
    bool surrendered() const { return surrendered_; }
    Sequence last_message() const { return last_message_; }
    Instant deadline() const {
        return ends_;
    }  ///< then it goes whoever has heard it; never: it has said nothing yet

private:
    enum class State : std::uint8_t { here, letting_go, said, gone };
    State state_ = State::here;
    bool surrendered_ = false;
    Sequence last_message_ = 0;
    Instant ends_ = never;
};

}  // namespace hb::core
