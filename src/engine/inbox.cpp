#include "inbox.hpp"

#include "hb/wire/vocabulary.hpp"

namespace hb::engine {

NodeId Inbox::node_named(std::string_view name) const {
    for (std::size_t i = 0; i < config_.nodes.size(); ++i)
        if (config_.nodes[i] == name) return id_of<NodeId>(i);
    return NodeId{};
}

Inbox::Opened Inbox::admit(Bytes datagram) {
    using wire::DropReason;
    wire::Envelope envelope;
    if (const auto reason = wire::open_envelope(datagram, envelope); reason != DropReason::none)
        return {reason, {}};
    if (const auto reason = auth_.verify(envelope); reason != DropReason::none) return {reason, {}};
    message_.fields.clear();
    message_.scratch_used = 0;
    if (const auto reason = wire::decode(envelope, message_); reason != DropReason::none) return {reason, {}};
    const auto name = message_.get(wire::field::src);
    if (!name) return {DropReason::no_source, {}};
    const NodeId source = node_named(*name);
    if (!source.exists()) return {DropReason::unknown_node, {}};
    return {source == config_.self ? DropReason::own : DropReason::none, source};
}

}  // namespace hb::engine
