#include "message_rules.hpp"

#include <algorithm>
#include <initializer_list>

#include "extension.hpp"
#include "hb/wire/vocabulary.hpp"

namespace hb::hbdump {
namespace {

namespace field = wire::field;
namespace type = wire::type;

enum class Encoding { text, hex, decimal, uuid, holding, flag };

struct KnownField {
    std::string_view name;
    Encoding encoding;
};
constexpr KnownField known_fields[] = {
    {field::t, Encoding::text},
    {field::src, Encoding::text},
    {field::srcuuid, Encoding::uuid},
    {field::dest, Encoding::text},
    {field::destuuid, Encoding::uuid},
    {field::seq, Encoding::hex},
    {field::hg, Encoding::hex},
    {field::ts, Encoding::hex},
    {field::ld, Encoding::text},
    {field::ttl, Encoding::decimal},
    {field::auth, Encoding::text},
    {field::st, Encoding::text},
    {field::dt, Encoding::hex},
    {field::protocol, Encoding::decimal},
    {field::info, Encoding::text},
    {field::rsc_hold, Encoding::holding},
    {field::rtype, Encoding::text},
    {field::isstable, Encoding::flag},
    {field::ackseq, Encoding::hex},
    {field::firstseq, Encoding::decimal},
    {field::lastseq, Encoding::decimal},
    {field::nodelist, Encoding::text},
    {field::delnodelist, Encoding::text},
    {field::ipaddr, Encoding::text},
    {field::weown, Encoding::text},
    {field::ok, Encoding::text},
    {field::node, Encoding::text},
    {field::result, Encoding::text},
    {"cn", Encoding::text},
    {"cs", Encoding::text},
    {"from_id", Encoding::text},
    {"to_id", Encoding::text},
};

/// What each type must carry besides t, src, ts, hg and, if sequenced, seq.
struct KnownType {
    std::string_view name;
    std::initializer_list<std::string_view> needed;
};
const KnownType known_types[] = {
    {type::status, {field::st, field::dt, field::protocol}},
    {type::ns_status, {field::st}},
    {type::ns_rexmit, {field::dest, field::firstseq, field::lastseq}},
    {type::ns_nak, {field::dest, field::firstseq}},
    {type::ns_ack, {field::dest, field::ackseq}},
    {type::reqnodes, {field::dest}},
    {type::repnodes, {field::dest, field::nodelist, field::delnodelist}},
    {type::starting, {}},
    {type::resource, {field::rsc_hold}},
    {type::ask_resources, {field::rsc_hold, field::info}},
    {type::shutdone, {field::st}},
    {type::ip_request, {field::ipaddr}},
    {type::ip_response, {field::dest, field::ipaddr, field::weown, field::ok}},
    {type::hb_takeover, {field::rsc_hold}},
    {type::stonith, {field::node, field::result}},
    {type::query_cstatus, {field::dest}},
    {type::respond_cstatus, {field::dest}},
    {type::ns_hb4ask, {field::dest, field::hb4s}},
    {type::ns_hb4tab, {field::dest, field::hb4s, field::hb4p, field::hb4g}},
};

bool has_extension(std::string_view message_type) {
    return message_type == type::status || message_type == type::ns_hb4ask || message_type == type::ns_hb4tab;
}

bool is_canonical_hex(std::string_view text) {
    return !text.empty() && text.size() <= 16 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
           (text == "0" || text[0] != '0');
}
bool is_decimal(std::string_view text) {
    return !text.empty() && text.size() <= 20 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view encoding_fault(const wire::Field& field, Encoding encoding) {
    if ((field.type == wire::FieldType::binary) != (encoding == Encoding::uuid)) return "has the wrong type";
    const std::string_view v = field.value;
    switch (encoding) {
        case Encoding::text: return "";
        case Encoding::hex: return is_canonical_hex(v) ? "" : "is not lower case hex without leading zeros";
        case Encoding::decimal: return is_decimal(v) ? "" : "is not decimal";
        case Encoding::uuid: return v.size() == 16 ? "" : "has not 16 octets";
        case Encoding::flag: return v == "0" || v == "1" ? "" : "is neither 0 nor 1";
        case Encoding::holding:
            return v == "none" || v == "local" || v == "foreign" || v == "all" || v == "failback"
                       ? ""
                       : "names no set";
    }
    return "";
}

void check_field(std::string_view message_type, const wire::Field& field, Violations& out) {
    if (is_extension(field.name)) {
        if (!has_extension(message_type)) out.add_field(field.name, "on a message that carries no extension");
        if (const auto fault = extension_fault(field); !fault.empty()) out.add_field(field.name, fault);
        return;
    }
    const auto known = std::find_if(std::begin(known_fields), std::end(known_fields),
                                    [&](const KnownField& each) { return each.name == field.name; });
    if (known == std::end(known_fields)) return out.add_field(field.name, "is not known");
    // The one number that is decimal in a request and hex in its refusal.
    const bool nak = message_type == type::ns_nak && field.name == field::firstseq;
    if (const auto fault = encoding_fault(field, nak ? Encoding::hex : known->encoding); !fault.empty())
        out.add_field(field.name, fault);
}

/// What the sender adds behind the fields of a message.
bool is_tail(std::string_view name) {
    for (const auto each : {field::destuuid, field::src, field::srcuuid, field::seq, field::hg, field::ts,
                            field::ld, field::ttl, field::auth})
        if (name == each) return true;
    return false;
}

/// The message's own fields, then the extension, then the tail.
void check_order(const wire::Message& message, Violations& out) {
    bool extension_seen = false, tail_seen = false;
    for (const wire::Field& field : message.fields) {
        const bool tail = is_tail(field.name);
        const bool extension = is_extension(field.name);
        if (extension && tail_seen) out.add_field(field.name, "stands behind the fields of the sender");
        if (extension_seen && !extension && !tail && !tail_seen)
            out.add_field(field.name, "stands behind the extension");
        extension_seen = extension_seen || extension;
        tail_seen = tail_seen || tail;
    }
}

void check_needed(const wire::Message& message, std::string_view message_type, Violations& out) {
    const auto need = [&](std::string_view name) {
        if (!message.get(name)) out.add_field(name, "is missing");
    };
    need(field::src);
    need(field::ts);
    if (message_type != type::ns_status) need(field::hg);  // a ping has none
    if (!message_type.starts_with("NS_")) need(field::seq);
    if (message.hex(field::ts) == 0u) out.add_field(field::ts, "is 0");
    if (message.hex(field::seq) == 0u) out.add_field(field::seq, "is 0");
    if (message_type == type::status && message.get(field::hb4))
        for (const auto name : {field::hb4c, field::hb4t, field::hb4e, field::hb4g}) need(name);
    const auto known = std::find_if(std::begin(known_types), std::end(known_types),
                                    [&](const KnownType& each) { return each.name == message_type; });
    if (known == std::end(known_types))
        return out.add("message type " + std::string(message_type) + " is not known");
    for (const auto name : known->needed) need(name);
}

void check_names_once(const wire::Message& message, Violations& out) {
    for (std::size_t i = 0; i < message.fields.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (message.fields[i].name == message.fields[j].name)
                out.add_field(message.fields[i].name, "stands twice");
}

}  // namespace

void check_message(const wire::Message& message, Violations& out) {
    const auto message_type = message.get(field::t);
    if (!message_type) return out.add_field(field::t, "is missing");
    for (const wire::Field& field : message.fields) check_field(*message_type, field, out);
    check_order(message, out);
    check_needed(message, *message_type, out);
    check_names_once(message, out);
}

}  // namespace hb::hbdump
