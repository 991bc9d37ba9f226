#include "show.hpp"

#include <cstdio>
#include <cstdlib>

#include "hb/wire/vocabulary.hpp"

namespace hb::hbdump {
namespace {

namespace field = wire::field;

/// What every message has and nobody looks for.
bool is_common(std::string_view name) {
    for (const auto common : {field::t, field::src, field::srcuuid, field::destuuid, field::ts, field::ld,
                              field::ttl, field::protocol, field::auth})
        if (name == common) return true;
    return false;
}

bool is_plain(char c) { return c > ' ' && c < 0x7f && c != '"'; }

/// A value for a terminal: quoted if it has blanks or is empty, and no octet in it that a terminal would
/// obey.
std::string shown(const wire::Field& field) {
    std::string text;
    const bool is_text = field.type == wire::FieldType::text;
    bool quote = field.value.empty();
    for (const char c : field.value) {
        char octet[5];
        std::snprintf(octet, sizeof octet, is_text ? "\\x%02x" : "%02x",
                      static_cast<unsigned>(static_cast<unsigned char>(c)));
        quote = quote || (is_text && c == ' ');
        const bool as_is = is_text && (is_plain(c) || c == ' ');
        text += as_is ? std::string(1, c) : octet;
    }
    return quote ? '"' + text + '"' : text;
}
std::string shown(std::string_view text) { return shown(wire::Field{"", text, wire::FieldType::text}); }

std::string signature_text(const Frame& frame) {
    const std::string_view signature = frame.envelope.signature;
    const std::string number(signature.data(), std::min(signature.find(' '), signature.size()));
    switch (frame.signature) {
        case Frame::Signature::unchecked: return "key " + shown(number) + " unchecked";
        case Frame::Signature::good: return "key " + shown(number) + " good";
        case Frame::Signature::bad: return std::string(wire::to_text(frame.verified));
    }
    return "";
}

std::string message_text(const Frame& frame) {
    if (frame.opened != wire::DropReason::none) return "dropped: " + std::string(wire::to_text(frame.opened));
    std::string text =
        shown(frame.message.get_or(field::src, "?")) + "  " + shown(frame.message.get_or(field::t, "?"));
    if (frame.kind == Frame::Kind::echo) text += " (ping)";
    if (frame.envelope.form == wire::Envelope::Form::classic) text += " (classic)";
    for (const wire::Field& field : frame.message.fields)
        if (!is_common(field.name)) text += " " + shown(field.name) + "=" + shown(field);
    if (frame.decoded != wire::DropReason::none)
        text += " dropped: " + std::string(wire::to_text(frame.decoded));
    return text + "  [" + signature_text(frame) + "]";
}

/// Empty for an ordinary question or answer.
std::string arp_text(const wire::Arp& arp) {
    const bool request = arp.operation == wire::Arp::Operation::request;
    if (arp.sender == Ipv4{})
        return "-  ARP probe for " + to_text(arp.target) + " from " + to_text(arp.sender_mac);
    if (arp.sender != arp.target) return "";
    return std::string("-  gratuitous ARP ") + (request ? "request" : "reply") + " for " +
           to_text(arp.target) + " from " + to_text(arp.sender_mac);
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(octet));
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (octet < 0x20 || octet >= 0x7f)
            out += escape;
        else
            out += c;
    }
    return out + '"';
}

/// `"name":value`, with a comma before all but the first.
class Object {
public:
    void put(std::string_view name, const std::string& json) {
        text_ += text_.empty() ? "{" : ",";
        text_ += json_string(name) + ":" + json;
    }
    void put_text(std::string_view name, std::string_view text) { put(name, json_string(text)); }
    void put_number(std::string_view name, std::uint64_t number) { put(name, std::to_string(number)); }
    std::string finish() { return (text_.empty() ? "{" : text_) + "}"; }

private:
    std::string text_;
};

std::string hex_text(std::string_view octets) {
    return shown(wire::Field{"", octets, wire::FieldType::binary});
}

/// Fields in their order, [name, value] or [name, type, hex].
std::string json_fields(const wire::Message& message) {
    std::string list;
    for (const wire::Field& field : message.fields) {
        list += (list.empty() ? "[" : ",[") + json_string(field.name) + ",";
        if (field.type == wire::FieldType::text)
            list += json_string(field.value) + "]";
        else
            list += std::to_string(static_cast<int>(field.type)) + "," +
                    json_string(field.value.empty() ? "" : hex_text(field.value)) + "]";
    }
    return "[" + list + "]";
}

void put_heartbeat(const Frame& frame, Object& out) {
    if (frame.kind == Frame::Kind::heartbeat) {
        out.put_text("source_mac", to_text(frame.flow.source_mac));
        out.put_text("source", to_text(frame.flow.source));
        out.put_text("destination", to_text(frame.flow.destination));
    }
    for (const wire::DropReason reason : {frame.opened, frame.decoded})
        if (reason != wire::DropReason::none) out.put_text("dropped", wire::to_text(reason));
    if (frame.opened != wire::DropReason::none) return;
    out.put_text("form", frame.envelope.form == wire::Envelope::Form::classic ? "classic" : "netstring");
    out.put("fields", json_fields(frame.message));
    switch (frame.signature) {
        case Frame::Signature::unchecked: out.put_text("signature", "unchecked"); break;
        case Frame::Signature::good: out.put_text("signature", "good"); break;
        case Frame::Signature::bad: out.put_text("signature", wire::to_text(frame.verified)); break;
    }
}

void put_arp(const wire::Arp& arp, Object& out) {
    out.put_text("operation", arp.operation == wire::Arp::Operation::request ? "request" : "reply");
    out.put_text("source_mac", to_text(arp.source_mac));
    out.put_text("destination_mac", to_text(arp.destination_mac));
    out.put_text("sender_mac", to_text(arp.sender_mac));
    out.put_text("sender", to_text(arp.sender));
    out.put_text("target_mac", to_text(arp.target_mac));
    out.put_text("target", to_text(arp.target));
}

std::string_view kind_text(Frame::Kind kind) {
    switch (kind) {
        case Frame::Kind::heartbeat: return "heartbeat";
        case Frame::Kind::echo: return "ping";
        case Frame::Kind::arp: return "arp";
        case Frame::Kind::other: return "other";
    }
    return "other";
}

}  // namespace

std::string text_line(const Captured& captured, const Frame& frame, std::int64_t start_us) {
    std::string text;
    switch (frame.kind) {
        case Frame::Kind::heartbeat:
        case Frame::Kind::echo: text = message_text(frame); break;
        case Frame::Kind::arp: text = frame.arp ? arp_text(*frame.arp) : "-  ARP, malformed"; break;
        case Frame::Kind::other: break;
    }
    if (text.empty()) return "";
    char head[64];
    std::snprintf(head, sizeof head, "%5llu %12.6f  ", static_cast<unsigned long long>(captured.number),
                  static_cast<double>(captured.time_us - start_us) / 1e6);
    return head + text;
}

std::string text_violation(std::uint64_t number, const std::string& violation) {
    char head[32];
    std::snprintf(head, sizeof head, "%5llu violation: ", static_cast<unsigned long long>(number));
    std::string text = head;
    for (const char c : violation) text += is_plain(c) || c == ' ' ? c : '?';
    return text;
}

std::string text_summary(const Counts& counts) {
    return std::to_string(counts.frames) + " frames: " + std::to_string(counts.heartbeats) + " heartbeats, " +
           std::to_string(counts.arp) + " ARP, " + std::to_string(counts.other) + " other, " +
           std::to_string(counts.violations) + " violations";
}

std::string json_line(const Captured& captured, const Frame& frame) {
    Object out;
    char time[40];
    const auto distance = static_cast<long long>(std::abs(captured.time_us));
    std::snprintf(time, sizeof time, "%s%lld.%06lld", captured.time_us < 0 ? "-" : "", distance / 1000000,
                  distance % 1000000);
    out.put_number("frame", captured.number);
    out.put("time", time);
    out.put_text("kind", kind_text(frame.kind));
    if (frame.kind == Frame::Kind::heartbeat || frame.kind == Frame::Kind::echo) put_heartbeat(frame, out);
    if (frame.arp) put_arp(*frame.arp, out);
    std::string violations;
    for (const std::string& each : frame.violations.all())
        violations += (violations.empty() ? "" : ",") + json_string(each);
    if (!violations.empty()) out.put("violations", "[" + violations + "]");
    return out.finish();
}

std::string json_summary(const Counts& counts) {
    Object out;
    out.put_number("frames", counts.frames);
    out.put_number("heartbeats", counts.heartbeats);
    out.put_number("arp", counts.arp);
    out.put_number("other", counts.other);
    out.put_number("violations", counts.violations);
    return out.finish();
}

}  // namespace hb::hbdump
