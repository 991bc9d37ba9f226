#include "hbctl/status.hpp"

#include <algorithm>
#include <charconv>

namespace hb::hbctl {
namespace {

std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> fields;
    for (;;) {
        const std::size_t tab = line.find('\t');
        fields.push_back(line.substr(0, tab));
        if (tab == std::string_view::npos) return fields;
        line.remove_prefix(tab + 1);
    }
}

/// Fields one after the other; a missing or faulty one turns ok() false.
class Fields {
public:
    explicit Fields(std::string_view line) : fields_(split(line)) {}
    std::string_view word() {
        ok_ = ok_ && at_ < fields_.size();
        return ok_ ? fields_[at_++] : std::string_view{};
    }
    /// "-" is an empty text.
    std::string text() {
        const std::string_view field = word();
        return field == "-" ? std::string{} : std::string{field};
    }
    template <class Number>
    std::optional<Number> number_or_dash() {
        const std::string_view field = word();
        if (field == "-") return std::nullopt;
        Number value{};
        const auto [end, fault] = std::from_chars(field.data(), field.data() + field.size(), value);
        ok_ = ok_ && fault == std::errc{} && end == field.data() + field.size();
        return value;
    }
    template <class Number>
    Number number() {
        return number_or_dash<Number>().value_or(Number{});
    }
    /// What a newer daemon has added, and an older one does not say.
    bool more() const { return ok_ && at_ < fields_.size(); }
    bool ok() const { return ok_; }

private:
    std::vector<std::string_view> fields_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

void take_daemon(Fields& in, Status& out) {
    out.version = in.word();
    out.self = in.word();
    out.generation = in.number<std::uint64_t>();
    out.uptime = in.number<Milliseconds>();
    out.is_leaving = in.word() == "leaving";
    out.hold = in.number_or_dash<Milliseconds>();
}

void take_node(Fields& in, Status& out) {
    Status::Node node;
    node.name = in.word();
    node.is_self = in.word() == "self";
    node.state = in.word();
    node.since = in.number<Milliseconds>();
    node.heard = in.number_or_dash<Milliseconds>();
    node.deadtime = in.number<Milliseconds>();
    node.dialect = in.word();
    node.has_session = in.word() == "session";
    node.round_trip_us = in.number_or_dash<std::int64_t>();
    out.nodes.push_back(std::move(node));
}

void take_link(Fields& in, Status& out) {
    const std::string_view name = in.word();
    Status::Link link;
    link.medium = in.word();
    link.state = in.word();
    link.heard = in.number_or_dash<Milliseconds>();
    for (Status::Node& node : out.nodes)
        if (node.name == name) node.links.push_back(link);
}

void take_ping(Fields& in, Status& out) {
    Status::Ping ping;
    ping.name = in.word();
    ping.state = in.word();
    ping.since = in.number<Milliseconds>();
    ping.heard = in.number_or_dash<Milliseconds>();
    out.pings.push_back(std::move(ping));
}

void take_group(Fields& in, Status& out) {
    Status::Group group;
    group.key = in.word();
    group.preferred = in.word();
    group.state = in.word();
    group.holder = in.text();
    group.epoch = in.number<std::uint64_t>();
    group.since = in.number<Milliseconds>();
    group.cause = in.text();
    group.line = in.word();
    if (in.more()) group.policy = in.word();
    out.groups.push_back(std::move(group));
}

void take_monitor(Fields& in, Status& out) {
    const std::string_view key = in.word();
    const std::string word = in.text();
    const auto failed = in.number_or_dash<Milliseconds>();
    for (Status::Group& group : out.groups) {
        if (group.key != key) continue;
        group.failed_monitor = word;
        group.monitor_failed = failed;
    }
}

void take_counter(Fields& in, Status& out) {
    Status::Counter counter;
    counter.name = in.word();
    counter.value = in.number<std::uint64_t>();
    out.counters.push_back(std::move(counter));
}

/// False: the record is faulty. Unknown records are those of a newer daemon.
bool take_record(std::string_view line, Status& out) {
    Fields in(line);
    const std::string_view name = in.word();
    if (name == "heartbeat")
        take_daemon(in, out);
    else if (name == "node")
        take_node(in, out);
    else if (name == "link")
        take_link(in, out);
    else if (name == "ping")
        take_ping(in, out);
    else if (name == "group")
        take_group(in, out);
    else if (name == "monitor")
        take_monitor(in, out);
    else if (name == "counter")
        take_counter(in, out);
    return in.ok();
}

}  // namespace

const Status::Node* Status::find(std::string_view name) const {
    const auto found =
        std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.name == name; });
    return found == nodes.end() ? nullptr : &*found;
}

const Status::Ping* Status::find_ping(std::string_view name) const {
    const auto found =
        std::find_if(pings.begin(), pings.end(), [&](const Ping& p) { return p.name == name; });
    return found == pings.end() ? nullptr : &*found;
}

std::optional<Status> parse_status(std::string_view text) {
    Status status;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (line == "end") return status.self.empty() ? std::nullopt : std::optional{std::move(status)};
        if (!take_record(line, status)) return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace hb::hbctl
