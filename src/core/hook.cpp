// Messages of other people's: to the scripts in rc.d, and out of the FIFO to the cluster.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

namespace {

constexpr std::size_t room_for_own_state = 24;
constexpr std::size_t most_octets = 900;       // of the fields of a script's message; ours come on top
constexpr std::size_t octets_of_a_field = 12;  // of its netstring, besides name and value
constexpr std::size_t most_fields = 40;        // with ours still below limits::fields
constexpr Duration hook_pace = 10ms;           // of what peers send; 32 may come at once
constexpr int hook_burst = 32;

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

template <class Text>
void add_line(Text& text, std::string_view name, std::string_view value) {
    if (!is_plain(name) || !is_plain(value) ||
        text.size() + name.size() + value.size() + 2 > limits::hook_text - room_for_own_state)
        return;
    text.append(name);
    text.append("=");
    if (!value.empty()) text.append(value);  // an empty one may have no data at all
    text.append("\n");
}

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
    if (!hooks_.try_push({})) return;
    auto& text = hooks_.back();
    fill(text);
    text.append("OSTATUS=");
    text.append(to_text(own_));
    text.append("\n");
    emit(RunHook{.text = text.view()});
}

/// All its text fields, but those of the extension.
void Core::Impl::hook_on(const wire::Message& message) {
    run_hook([&](auto& text) {
        for (const wire::Field& f : message.fields)
            if (f.type == wire::FieldType::text && !f.name.starts_with(field::hb4))
                add_line(text, f.name, f.value);
    });
}

/// What is known of a node without a message, or was heard before it could be believed.
void Core::Impl::hook_on_state(NodeId node, std::string_view state) {
    run_hook([&](auto& text) {
        add_line(text, field::t, type::status);
        add_line(text, field::st, state);
        add_line(text, field::src, name(node));
    });
}

/// A message that is not a status; what the daemon alone understands runs no script.
void Core::Impl::consider_hook(const wire::Message& message) {
    const std::string_view t = message.get_or(field::t, "");
    const bool runs =
        t == type::hb_takeover || t == type::ip_request || t == type::ip_response || !type::is_reserved(t);
    if (!runs || hooks_paced_ > now_ + hook_burst * hook_pace) return;
    hooks_paced_ = std::max(hooks_paced_, now_) + hook_pace;
    hook_on(message);
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
    if (leaving_) return log(log::message_refused, {t, "this node is shutting down"});
    const NodeId node =
        destination.empty() ? NodeId{} : id_of<NodeId>(static_cast<std::size_t>(to - config_.nodes.begin()));
    if (node != config_.self)
        send(t, node, [&](wire::Builder& b) {
            for_lines(message.text, [&](std::string_view name, std::string_view value) {
                if (name != field::t && name != field::dest) b.text(name, value);
            });
        });
    if (node.exists() && node != config_.self) return;
    run_hook([&](auto& text) {
        for_lines(message.text,
                  [&](std::string_view name, std::string_view value) { add_line(text, name, value); });
        add_line(text, field::src, name(config_.self));
    });
}

}  // namespace hb::core
