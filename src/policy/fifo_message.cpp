#include "hb/policy/fifo_message.hpp"

#include <algorithm>

#include "hb/base/text.hpp"
#include "hb/wire/classic.hpp"
#include "hb/wire/vocabulary.hpp"

namespace hb::policy {
namespace {

namespace type = wire::type;
namespace field = wire::field;
using core::OperatorAsked;

constexpr std::size_t most_fields = 32, longest_quote = 60;
constexpr std::size_t most_octets = 900, octets_of_a_field = 12;  ///< as the core counts them

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// For a log line: short, on one line.
std::string quoted(std::string_view text) {
    std::string out{text.substr(0, longest_quote)};
    std::replace_if(out.begin(), out.end(), is_control, '?');
    return concat("\"", out, text.size() > longest_quote ? "...\"" : "\"");
}

std::string_view without_newline(std::string_view marker) { return marker.substr(0, marker.size() - 1); }

/// The sender adds these to every message.
constexpr std::string_view own_fields[] = {field::src, field::srcuuid, field::destuuid, field::seq, field::hg,
                                           field::ts,  field::ld,      field::ttl,      field::auth};

FifoDecision refused(std::string why) { return {FifoDecision::Kind::refuse, {}, std::move(why)}; }

FifoDecision operate(OperatorAsked::Verb verb, const FifoMessage& message) {
    const std::string_view hold = message.get(field::rsc_hold);
    FifoDecision decision{FifoDecision::Kind::operate, {.client = 0, .verb = verb}, {}};
    // 3.0.6's `failback`: give what is the other's, or take what is ours.
    if (hold == "failback")
        decision.asked.set =
            verb == OperatorAsked::Verb::standby ? OperatorAsked::Set::foreign : OperatorAsked::Set::local;
    else if (hold == "local")
        decision.asked.set = OperatorAsked::Set::local;
    else if (hold == "foreign")
        decision.asked.set = OperatorAsked::Set::foreign;
    else if (hold != "all")
        return refused(
            concat("rsc_hold=", quoted(hold), " is no set: write all, local, foreign or failback"));
    return decision;
}

/// A type of somebody's own.
FifoDecision send(const FifoMessage& message) {
    FifoDecision decision{FifoDecision::Kind::send, {}, {}};
    if (message.get(field::t).size() >= 32) return refused("a type has at most 31 octets");
    std::size_t octets = 0;
    for (const auto& [name, value] : message.fields) {
        if (std::find(std::begin(own_fields), std::end(own_fields), name) != std::end(own_fields) ||
            name.starts_with(field::hb4))
            return refused(concat("the field ", quoted(name), " is added by heartbeat: leave it out"));
        octets += name.size() + value.size() + octets_of_a_field;
        append(decision.text, concat(name, '=', value, '\n'));
    }
    if (octets > most_octets)
        return refused(concat("a message for the cluster has at most about ", most_octets,
                              " octets, to fit into one datagram"));
    return decision;
}

}  // namespace

std::string_view FifoMessage::get(std::string_view name) const {
    for (const auto& [known, value] : fields)
        if (known == name) return value;
    return {};
}

// Nothing that is kept grows beyond `longest` and what was fed at once.
std::optional<std::string_view> FifoParser::next_line() {
    const std::size_t end = pending_.find('\n');
    if (end == std::string::npos) {
        if (pending_.size() <= longest) return std::nullopt;
        pending_.clear();
        line_is_cut_ = true;
        return std::nullopt;
    }
    line_ = line_is_cut_ ? std::string(longest + 1, '?') : pending_.substr(0, end);
    line_is_cut_ = false;
    pending_.erase(0, end + 1);
    // 3.0.6's programs may end a message with a NUL.
    line_.erase(0, std::min(line_.find_first_not_of('\0'), line_.size()));
    return line_;
}

std::optional<FifoParser::Item> FifoParser::next() {
    while (const auto line = next_line())
        if (auto item = take(*line)) return item;
    return std::nullopt;
}

std::optional<FifoParser::Item> FifoParser::take(std::string_view line) {
    const Where was = where_;
    if (line == without_newline(wire::classic_begin)) {
        begin();
        if (was != Where::inside) return std::nullopt;
        return Item{{}, "a message has no end: write a line `<<<` behind its fields"};
    }
    if (was == Where::inside) {
        if (line == without_newline(wire::classic_end)) return ended();
        take_field(line);
        return std::nullopt;
    }
    if (was == Where::garbage || line.empty()) return std::nullopt;
    where_ = Where::garbage;  // up to the next message
    return Item{{},
                concat("text outside of a message, ", quoted(line), ": a message begins with a line `>>>`")};
}

void FifoParser::begin() {
    where_ = Where::inside;
    size_ = 0;
    fault_.clear();
    message_ = {};
}

void FifoParser::take_field(std::string_view line) {
    size_ += line.size() + 1;
    if (!fault_.empty() || line.empty()) return;
    if (size_ > longest) {
        fault_ = concat("a message is longer than ", longest, " octets");
        return;
    }
    if (line.starts_with("(0)")) line.remove_prefix(3);
    const std::size_t equals = line.find('=');
    const std::string_view name = line.substr(0, equals);
    const bool is_name = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    });
    if (equals == std::string_view::npos || name.empty() || !is_name)
        fault_ =
            concat("a line is no field, ", quoted(line), ": write NAME=VALUE, without blanks before the `=`");
    else if (std::any_of(line.begin(), line.end(), is_control))
        fault_ = concat("a field has control characters, ", quoted(line), ": write plain text");
    else if (message_.fields.size() == most_fields)
        fault_ = concat("a message has more than ", most_fields, " fields");
    else
        message_.fields.emplace_back(name, line.substr(equals + 1));
}

FifoParser::Item FifoParser::ended() {
    where_ = Where::outside;
    Item item{std::move(message_), std::move(fault_)};
    message_ = {};
    fault_.clear();
    if (item.fault.empty() && item.message.get(field::t).empty())
        item.fault = "a message has no type: write a line t=TYPE";
    return item;
}

FifoDecision decide(const FifoMessage& message) {
    const std::string_view t = message.get(field::t);
    if (t == type::hb_takeover) return operate(OperatorAsked::Verb::takeover, message);
    if (t == type::ask_resources) {
        if (message.get(field::info) == "me") return operate(OperatorAsked::Verb::standby, message);
        return refused("t=ask_resources is taken with info=me only: heartbeat itself says the rest");
    }
    if (t == type::ip_request || t == type::ip_response)
        return refused(
            concat("t=", t, " is heartbeat's own: to get a group run req_resource KEY or hbctl takeover"));
    if (type::is_reserved(t))
        return refused(concat("t=", quoted(t), " is heartbeat's own, and would confuse the cluster"));
    return send(message);
}

}  // namespace hb::policy
