#pragma once
#include <functional>

#include "cluster.hpp"
#include "core/impl.hpp"

namespace hb::core {

/// What is private in a core: an explicit instantiation may name it. For numbers that no test can wait for.
template <auto Member>
struct Opened {
    friend auto& opened(Core& core) { return core.*Member; }
};
auto& opened(Core& core);
template struct Opened<&Core::impl_>;

template <auto Member>
struct OpenedOutbox {
    friend auto& newest_of(Outbox& outbox) { return outbox.*Member; }
};
auto& newest_of(Outbox& outbox);
template struct OpenedOutbox<&Outbox::newest_>;

inline void set_sequence(Core& core, Sequence sent) {
    static_cast<Sequence&>(newest_of(static_cast<std::unique_ptr<Core::Impl>&>(opened(core))->outbox_)) =
        sent;
}

/// What an attacker does who can record and send, and has no key: plays a message that one of the nodes has sent, in this life or in an
/// earlier one.
class Recorder : public Cluster {
public:
    using Cluster::Cluster;

    static std::string field_of(const std::string& body, std::string_view name) {
        wire::Message message;
        return decode_body(body, message) ? std::string(message.get_or(name, "-")) : "?";
    }
    /// The recorded messages of a node that are of this type, oldest first.
    std::vector<std::string> recorded(std::size_t node, std::string_view type) const {
        std::vector<std::string> found;
        for (const std::string& body : bodies[node])
            if (type.empty() || field_of(body, "t") == type) found.push_back(body);
        return found;
    }
    void play(std::size_t to, const std::string& body, unsigned medium = 0) {
        if (!nodes[to].core) return;
        wire::Message message;
        ASSERT_TRUE(decode_body(body, message));
        step(to, FrameReceived{.medium = id_of<MediumId>(medium),
                               .received = now,
                               .message = &message,
                               .source_mac = Mac{{2, 6, 6, 6, 6, 6}}});
        step(to, tick(to));
    }
    /// A message that nobody has sent, as one who has the key could make it.
    static std::string made(std::initializer_list<std::pair<const char*, std::string>> fields) {
        std::array<std::byte, limits::datagram> room{};
        wire::Builder builder(room);
        for (const auto& [name, value] : fields) builder.text(name, value);
        return std::string(text_of(builder.finish()));
    }
    std::size_t lines(std::size_t node) const { return nodes[node].logs.size(); }

private:
    static bool decode_body(const std::string& body, wire::Message& message) {
        const wire::Envelope envelope{
            .form = wire::Envelope::Form::netstring, .body = bytes_of(body), .signature = {}};
        return wire::decode(envelope, message) == wire::DropReason::none;
    }
};

}  // namespace hb::core
