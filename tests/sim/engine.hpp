#pragma once
#include <deque>
#include <memory>

#include "hb/auth/authenticator.hpp"
#include "hb/core/core.hpp"
#include "sim/network.hpp"

namespace hb::sim {

class Host;

/// The next message of this core has the number after `first`.
void begin_with(core::Core& core, Sequence first);

/// One life of the engine: the real core, the real codec and signatures; sockets and pipes are queues.
class Engine {
public:
    Engine(Host& host, const core::Origin& origin);

    /// A datagram lies in the socket; it was stamped by the kernel as it came.
    void arrive(const FramePtr& frame);
    void notice(const core::Event& event);
    void hear_witness(const core::WitnessHeard& heard) { answers_.push_back(heard); }  ///< costs no wake-up
    void freeze();                                                                     ///< SIGSTOP
    void thaw();                                                                       ///< SIGCONT
    void end() { life_ = std::make_shared<char>(); }                                   ///< never wakes again
    void wake_soon();  ///< something to do, or the host goes on after a pause
    const core::Core& core() const { return core_; }
    bool frozen() const { return frozen_; }
    void reserve(Generation upto) { core_.set_reserved(upto); }
    void lose_supervisor();
    bool orphan() const { return orphan_; }

private:
    struct Received {
        FramePtr frame;
        std::int64_t stamp;  ///< of the wall clock
    };
    void turn();
    void wait();
    void wake_at(Moment moment);
    void receive(const Received& received, Instant now);
    void step(Instant now, const core::Event& event);
    void mix(const core::Event& event, const core::Actions& actions);
    void perform(const core::Actions& actions);
    void send(Bytes body);
    void publish(Instant now);
    bool speaks_linux_ha() const;

    static constexpr std::size_t socket_room = 256, frames_per_turn = 64;  ///< datagrams

    Host& host_;
    auth::Authenticator authenticator_;
    core::Core core_;
    std::deque<Received> socket_;
    std::deque<core::Event> notices_;
    std::deque<core::WitnessHeard> answers_;
    Instant last_drain_;
    Moment wake_ = no_moment;
    unsigned ticket_ = 0;
    bool frozen_ = false, leaving_ = false, ended_ = false, orphan_ = false, acted_ = false;
    Instant supervisor_turn_;
    std::shared_ptr<char> life_ =
        std::make_shared<char>();  ///< planned wake-ups of a dead engine find it gone
};

}  // namespace hb::sim
