// Messages of other people's: to the scripts in rc.d, and out of the FIFO to the cluster.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

namespace {

constexpr std::size_t most_octets = 900;       // of the fields of a script's message; ours come on top
constexpr std::size_t octets_of_a_field = 12;  // of its netstring, besides name and value
constexpr std::size_t most_fields = 40;        // with ours still below limits::fields

/// The lines "NAME=VALUE" of a text, one after the other.
template <class F>
void for_lines(std::string_view text, F&& f) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (const std::size_t equals = line.find('='); equals != line.npos)
            f(line.substr(0, equals), line.substr(equals + 1));
    }
}

}  // namespace

template <class Fill>
void Core::Impl::run_hook(Fill&& fill) {
    Hooks::Text* text = hooks_.begin();
    if (!text) return;
    fill(*text);
    text->end(to_text(own_));
    emit(RunHook{.text = text->view()});
}

/// All its text fields, but those of the extension.
void Core::Impl::hook_on(const wire::Message& message) {
    run_hook([&](Hooks::Text& text) {
        for (const wire::Field& f : message.fields)
            if (f.type == wire::FieldType::text && !f.name.starts_with(field::hb4)) text.add(f.name, f.value);
    });
}

/// What is known of a node without a message, or was heard before it could be believed.
void Core::Impl::hook_on_state(NodeId node, std::string_view state) {
    run_hook([&](Hooks::Text& text) {
        text.add(field::t, type::status);
        text.add(field::st, state);
        text.add(field::src, name(node));
    });
}

/// A message that is not a status; what the daemon alone understands runs no script.
void Core::Impl::consider_hook(const wire::Message& message) {
    const std::string_view t = message.get_or(field::t, "");
    const bool runs =
        t == type::hb_takeover || t == type::ip_request || t == type::ip_response || !type::is_reserved(t);
    if (runs && hooks_.may_run(now_)) hook_on(message);
}

void Core::Impl::on(const UserMessage& message) {
    std::string_view t, destination;
    std::size_t octets = 0, count = 0;
    for_lines(message.text, [&](std::string_view name, std::string_view value) {
        if (name == field::t) t = value;
        if (name == field::dest) destination = value;
        octets += name.size() + value.size() + octets_of_a_field;
        ++count;
    });
    const auto to = std::find(config_.nodes.begin(), config_.nodes.end(), destination);
    if (t.empty() || t.size() >= 32 || type::is_reserved(t))
        return log(log::message_refused, {t, "it has no type of its own"});
    if (octets > most_octets || count > most_fields)
        return log(log::message_refused, {t, "it is too long for one datagram"});
    if (!destination.empty() && to == config_.nodes.end())
        return log(log::message_refused, {t, "its dest is no node of ha.cf"});
    if (departure_.leaving()) return log(log::message_refused, {t, "this node is shutting down"});
    const NodeId node =
        destination.empty() ? NodeId{} : id_of<NodeId>(static_cast<std::size_t>(to - config_.nodes.begin()));
    if (node != config_.self)
        send(t, node, [&](wire::Builder& b) {
            for_lines(message.text, [&](std::string_view name, std::string_view value) {
                if (name != field::t && name != field::dest) b.text(name, value);
            });
        });
    if (node.exists() && node != config_.self) return;
    run_hook([&](Hooks::Text& text) {
        for_lines(message.text,
                  [&](std::string_view name, std::string_view value) { text.add(name, value); });
        text.add(field::src, name(config_.self));
    });
}

}  // namespace hb::core
