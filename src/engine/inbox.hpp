#pragma once
#include "hb/auth/authenticator.hpp"
#include "hb/config/config.hpp"
#include "hb/wire/message.hpp"

namespace hb::engine {

/// From a datagram to a message that a configured node has signed.
class Inbox {
public:
    Inbox(const config::Config& config, auth::Authenticator& authenticator)
        : config_(config), auth_(authenticator) {}

    /// Opens the envelope, verifies, decodes, looks the sender up, in this order. `source` exists for none
    /// and own.
    struct Opened {
        wire::DropReason reason = wire::DropReason::none;
        NodeId source;
    };
    Opened admit(Bytes datagram);
    /// What admit() decoded; views into that datagram.
    const wire::Message& message() const { return message_; }

private:
    NodeId node_named(std::string_view name) const;
    const config::Config& config_;
    auth::Authenticator& auth_;
    wire::Message message_;
};

}  // namespace hb::engine
