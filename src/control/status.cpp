#include <algorithm>
#include <charconv>
#include <concepts>

#include "hb/control/command.hpp"

/// The records of `status`: see command.hpp. Written into the caller's memory, nothing is taken.
namespace hb::control {
namespace {

/// Appends fields and ends records; what does not fit turns ok() false for good.
class Records {
public:
    explicit Records(std::span<char> out) : out_(out) {}

    template <class... Fields>
    void record(std::string_view name, const Fields&... fields) {
        put(name);
        ((put("\t"), field(fields)), ...);
        put("\n");
    }
    std::size_t size() const { return fits_ ? size_ : 0; }

private:
    void put(std::string_view text) {
        fits_ = fits_ && text.size() <= out_.size() - size_;
        if (!fits_) return;
        std::copy_n(text.data(), text.size(), out_.data() + size_);
        size_ += text.size();
    }
    void field(std::string_view text) { put(text.empty() ? "-" : text); }
    template <std::integral Number>
    void field(Number number) {
        char digits[24];
        put({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
    }
    template <class T>
    void field(const std::optional<T>& value) {
        if (value)
            field(*value);
        else
            put("-");
    }

    std::span<char> out_;
    std::size_t size_ = 0;
    bool fits_ = true;
};

/// Milliseconds since `then`; none if that never was.
std::optional<std::int64_t> age(Instant then, Instant now) {
    if (then == Instant{}) return std::nullopt;
    return std::max<std::int64_t>(to_ms(now - then), 0);
}

bool is_held(core::GroupState state) {
    switch (state) {
        case core::GroupState::foreign:
        case core::GroupState::wanted:
        case core::GroupState::not_here: return false;
        case core::GroupState::acquiring:
        case core::GroupState::owned:
        case core::GroupState::releasing:
        case core::GroupState::blocked: return true;
    }
    return true;
}

std::optional<std::int64_t> hold_left(const config::Config& config, const core::Core& core, Instant now) {
    for (std::size_t i = 0; i < config.groups.size(); ++i)
        if (is_held(core.group(id_of<GroupId>(i)).state)) return to_ms(core.hold_until() - now);
    return std::nullopt;
}

std::string_view name_of(const config::Config& config, NodeId node) {
    return node.exists() && node.index() < config.nodes.size() ? std::string_view{config.nodes[node.index()]}
                                                               : "-";
}

void put_node(Records& out, const config::Config& config, const core::Core& core, NodeId id, Instant now) {
    const core::NodeStatus node = core.node(id);
    const std::int64_t round_trip_us = node.round_trip / std::chrono::microseconds{1};
    out.record("node", name_of(config, id), id == config.self ? "self" : "peer", core::to_text(node.state),
               age(node.since, now), age(node.last_heard, now), to_ms(node.deadtime),
               node.dialect == core::Dialect::ours ? "ours" : "linux-ha", node.session ? "session" : "-",
               round_trip_us == 0 ? std::optional<std::int64_t>{} : round_trip_us);
}

void put_links(Records& out, const config::Config& config, const core::Core& core, NodeId node, Instant now) {
    for (std::size_t i = 0; i < config.media.size(); ++i) {
        const core::LinkStatus link = core.link(node, id_of<MediumId>(i));
        out.record("link", name_of(config, node), std::string_view{config.media[i].interface},
                   core::to_text(link.state), age(link.last_heard, now));
    }
}

void put_pings(Records& out, const config::Config& config, const core::Core& core, Instant now) {
    for (std::size_t i = 0; i < config.witnesses.size(); ++i) {
        const core::WitnessStatus ping = core.witness(i);
        out.record("ping", std::string_view{config.witnesses[i].name}, core::to_text(ping.state),
                   age(ping.since, now), age(ping.last_heard, now),
                   config.witnesses[i].group ? "ping_group" : "ping");
    }
}

void put_group(Records& out, const config::Config& config, const core::Core& core, GroupId id, Instant now) {
    const config::Group& group = config.groups[id.index()];
    const core::GroupStatus status = core.group(id);
    out.record("group", std::string_view{group.key}, name_of(config, group.preferred),
               core::to_text(status.state), name_of(config, status.holder), status.epoch,
               age(status.since, now), status.cause, std::string_view{group.line},
               group.exclusive ? "at-most-one" : "at-least-one");
}

void put_monitor(Records& out, const config::Config& config, const core::Core& core, GroupId id,
                 Instant now) {
    const core::GroupStatus status = core.group(id);
    if (!status.failed_monitor.exists()) return;
    out.record("monitor", std::string_view{config.groups[id.index()].key},
               std::string_view{config.resources[status.failed_monitor.index()].word},
               age(status.monitor_failed_at, now));
}

}  // namespace

std::size_t format_status(const config::Config& config, const core::Core& core, Instant started, Instant now,
                          std::span<const Counter> counters, std::span<char> out) {
    Records records(out);
    records.record("heartbeat", HB_VERSION, name_of(config, config.self), core.node(config.self).generation,
                   to_ms(now - started), core.leaving() ? "leaving" : "running",
                   hold_left(config, core, now));
    for (std::size_t i = 0; i < config.nodes.size(); ++i) {
        put_node(records, config, core, id_of<NodeId>(i), now);
        put_links(records, config, core, id_of<NodeId>(i), now);
    }
    put_pings(records, config, core, now);
    for (std::size_t i = 0; i < config.groups.size(); ++i)
        put_group(records, config, core, id_of<GroupId>(i), now);
    for (std::size_t i = 0; i < config.groups.size(); ++i)
        put_monitor(records, config, core, id_of<GroupId>(i), now);
    for (const Counter& counter : counters) records.record("counter", counter.name, counter.value);
    records.record("end");
    return records.size();
}

}  // namespace hb::control
