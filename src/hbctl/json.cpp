#include "hb/base/text.hpp"
#include "hbctl/show.hpp"

namespace hb::hbctl {
namespace {

/// RFC 8259, 7. Octets above 0x7f pass as they are.
std::string quoted(std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') out += '\\';
        if (octet < 0x20)
            hb::append(out, hb::concat("\\u00", hex[octet >> 4], hex[octet & 15]));
        else
            out += c;
    }
    return out + '"';
}

/// An object or a list on its way; members are parted by commas.
class Json {
public:
    Json(char open, char close) : text_(1, open), close_(close) {}
    Json& add(std::string_view name, std::string_view value) { return raw(name, quoted(value)); }
    Json& add(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
    template <std::integral Number>
    Json& add(std::string_view name, Number value) {
        return raw(name, hb::concat(value));
    }
    template <class Number>
    Json& add(std::string_view name, const std::optional<Number>& value) {
        return raw(name, value ? hb::concat(*value) : "null");
    }
    Json& raw(std::string_view name, std::string_view value) {
        return item(hb::concat(quoted(name), ": ", value));
    }
    Json& item(std::string_view value) {
        if (text_.size() > 1) text_ += ", ";
        text_ += value;
        return *this;
    }
    std::string done() const { return text_ + close_; }

private:
    std::string text_;
    char close_;
};

template <class List, class ToText>
std::string list(const List& items, ToText to_text) {
    Json out('[', ']');
    for (const auto& item : items) out.item(to_text(item));
    return out.done();
}

std::string link_json(const Status::Link& link) {
    return Json('{', '}')
        .add("medium", std::string_view{link.medium})
        .add("state", std::string_view{link.state})
        .add("heard_ms", link.heard)
        .done();
}

std::string node_json(const Status::Node& node) {
    return Json('{', '}')
        .add("name", std::string_view{node.name})
        .add("self", node.is_self)
        .add("state", std::string_view{node.state})
        .add("since_ms", node.since)
        .add("heard_ms", node.heard)
        .add("deadtime_ms", node.deadtime)
        .add("dialect", std::string_view{node.dialect})
        .add("session", node.has_session)
        .add("round_trip_us", node.round_trip_us)
        .raw("links", list(node.links, link_json))
        .done();
}

std::string ping_json(const Status::Ping& ping) {
    return Json('{', '}')
        .add("name", std::string_view{ping.name})
        .add("state", std::string_view{ping.state})
        .add("since_ms", ping.since)
        .add("heard_ms", ping.heard)
        .done();
}

std::string group_json(const Status::Group& group) {
    return Json('{', '}')
        .add("key", std::string_view{group.key})
        .add("preferred", std::string_view{group.preferred})
        .add("state", std::string_view{group.state})
        .raw("holder", group.holder.empty() ? "null" : quoted(group.holder))
        .add("epoch", group.epoch)
        .add("since_ms", group.since)
        .add("cause", std::string_view{group.cause})
        .add("line", std::string_view{group.line})
        .add("policy", std::string_view{group.policy})
        .raw("failed_monitor", group.failed_monitor.empty() ? "null" : quoted(group.failed_monitor))
        .add("monitor_failed_ms", group.monitor_failed)
        .done();
}

std::string counters_json(const std::vector<Status::Counter>& counters) {
    Json out('{', '}');
    for (const Status::Counter& counter : counters) out.add(counter.name, counter.value);
    return out.done();
}

}  // namespace

std::string to_json(const Status& status) {
    return Json('{', '}')
               .add("schema", std::string_view{"heartbeat-status/1"})
               .add("version", std::string_view{status.version})
               .add("node", std::string_view{status.self})
               .add("generation", status.generation)
               .add("uptime_ms", status.uptime)
               .add("leaving", status.is_leaving)
               .add("hold_ms", status.hold)
               .raw("nodes", list(status.nodes, node_json))
               .raw("pings", list(status.pings, ping_json))
               .raw("groups", list(status.groups, group_json))
               .raw("counters", counters_json(status.counters))
               .raw("hints", list(hints(status), [](const std::string& hint) { return quoted(hint); }))
               .done() +
           "\n";
}

}  // namespace hb::hbctl
