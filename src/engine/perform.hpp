#pragma once
#include <array>
#include <span>
#include <vector>

#include "arp.hpp"
#include "control.hpp"
#include "hb/auth/authenticator.hpp"
#include "hb/core/action.hpp"
#include "hb/ipc/message.hpp"
#include "hb/ipc/texts.hpp"
#include "hb/writer/client.hpp"
#include "medium.hpp"
#include "witness.hpp"

namespace hb::engine {

/// Requests on their way to the supervisor: what its channel does not take now is kept, in order, and sent
/// later.
class RequestQueue {
public:
    using Slot =
        std::array<std::byte, sizeof(ipc::Request)>;  ///< octets: a table of them is zero until it is used
    RequestQueue(int channel, std::span<Slot> room) : channel_(channel), room_(room) {}
    /// Room for every start and every stop is there; announcements, which repeat themselves, and hooks give way
    /// when it is used up.
    void push(const ipc::Request& request);
    /// Sends what the channel takes.
    void flush();
    bool empty() const { return count_ == 0; }
    /// The supervisor is gone: nothing more is sent, and nothing is kept.
    void close() {
        channel_ = -1;
        count_ = 0;
    }

private:
    int channel_;
    std::span<Slot> room_;
    std::size_t first_ = 0, count_ = 0;
};

/// Actions become system calls.
class Performer {
public:
    struct Doors {
        std::vector<Medium>& media;
        Arp& arp;
        auth::Authenticator& authenticator;
        RequestQueue& requests;
        Control& control;
        writer::Client& log;
        ipc::Texts& hooks;
        Witnesses& witnesses;
    };
    /// `frame` is where whole frames are built.
    Performer(const Doors& doors, std::span<std::byte> frame) : doors_(doors), frame_(frame) {}

    /// Heartbeats first, then requests and probes, then answers and log lines.
    void perform(const core::Actions& actions, Instant now);
    /// The core has left: once its requests are gone the engine may end.
    bool leaves() const { return leaves_; }

private:
    void send(Bytes body);
    void answer(const core::ReplyToOperator& reply, Instant now);
    void run(const core::RunHook& hook);
    void request(const core::Operate& operate);
    Doors doors_;
    std::span<std::byte> frame_;
    bool leaves_ = false;
    bool said_too_big_ = false;
};

}  // namespace hb::engine
