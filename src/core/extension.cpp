// The hb4 fields of `status`: our public state and what we last heard from whom (heartbeat-protocol(7), EXTENSION).
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;

namespace {

constexpr std::uint32_t caps_registers = 1, caps_echo = 2, caps_guard = 4, caps_lifetimes = 8,
                        caps_witness = 0x10, caps_sha256 = 0x20;
constexpr std::size_t variable_space = 840;  // octets for echo and runs in one datagram of 1400

}  // namespace

void Core::Impl::add_extension(wire::Builder& builder) {
    if (due_.says_change()) registers_.next_serial();
    std::array<char, 96> buffer;
    Text hb4(buffer);
    std::uint32_t caps = caps_registers | caps_echo | caps_guard;
    if (config_.address_lifetime > 0s) caps |= caps_lifetimes;
    for (const auto& key : config_.keys.all)
        if (key.method == config::Key::Method::sha256) caps |= caps_sha256;
    if (!config_.witnesses.empty()) caps |= caps_witness;
    hb4.put("1.1/").hex(caps).put('/');
    const std::size_t before = hb4.size();
    if (config_.auto_failback != config::AutoFailback::off) hb4.put('a');
    if (could_stand_in()) hb4.put('s');
    if (due_.asks_for_answer()) hb4.put('u');
    if (departure_.leaving()) hb4.put('l');
    if (!witnesses_.none() && witnesses_.all_dead()) hb4.put('i');
    if (ear_.deaf()) hb4.put('d');
    if (supervisor_.lost()) hb4.put('x');
    if (hb4.size() == before) hb4.put('-');
    builder.text(field::hb4, hb4.view());

    Text hb4c(buffer);
    hb4c.hex(config_.table_digest, 16).put(':').hex(config_.nodes_digest, 8);
    builder.text(field::hb4c, hb4c.view());

    Text hb4t(buffer);
    hb4t.hex(static_cast<std::uint64_t>(to_ms_up(config_.keepalive))).put(':');
    hb4t.hex(static_cast<std::uint64_t>(to_ms(config_.deadtime * 3 / 4))).put(':').hex(longest_lifetime_ms());
    builder.text(field::hb4t, hb4t.view());
    add_echo(builder);
}

void Core::Impl::add_echo(wire::Builder& builder) {
    std::array<char, limits::nodes*(limits::node_name + 48)> buffer;
    Text echo(buffer);
    for_peers([&](NodeId node, const Peer& p) {
        if (echo.size()) echo.put(',');
        const bool heard = p.heard && p.state != MemberState::dead;
        // A life that is asked to prove itself is named too. Two nodes that started apart and took each other for dead would
        // otherwise wait for each other: each believes only a life that names its own.
        const bool asked =
            !heard && p.asked_life.generation != 0 && now_ - p.asked_life.heard < config_.deadtime;
        const Duration silence = now_ - (p.heard ? p.last_status : beginning_.started());
        const Duration age = std::max<Duration>(asked ? now_ - p.asked_life.heard : silence, 0ns);
        const Sequence sequence = heard ? p.status_sequence : asked ? p.asked_life.sequence : 0;
        echo.put(name(node))
            .put(':')
            .hex(heard   ? p.generation
                 : asked ? p.asked_life.generation
                         : p.known.generation)
            .put(':')
            .hex(sequence);
        echo.put(':').hex(
            static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::microseconds>(age).count()));
        if (asked || (heard && !is_believed(p))) echo.put(":-");
    });
    if (twin_lives()) {  // so that it knows that we live: only a host that hears us can say it
        if (echo.size()) echo.put(',');
        echo.put(name(config_.self)).put(':').hex(twin_.generation).put(':').hex(twin_.sequence).put(':');
        echo.hex(static_cast<std::uint64_t>(
            std::chrono::ceil<std::chrono::microseconds>(now_ - twin_.heard).count()));
    }
    builder.text(field::hb4e, echo.size() ? echo.view() : "-");

    std::array<char, variable_space + 32> text;
    Text runs(text);
    registers_.make([this](std::size_t g) -> const Register& { return groups_[g].own; },
                    [this](NodeId holder) { return table_.number_of(holder); });
    registers_.write(runs, echo.size() < variable_space - 64 ? variable_space - echo.size() : 64);
    builder.text(field::hb4g, runs.view());
    if (witnesses_.none()) return;
    Text reach(text);
    reach.hex(witnesses_.reached()).put('/').hex(witnesses_.count());
    builder.text(field::hb4w, reach.view());
}

void Core::Impl::read_extension(NodeId node, const wire::Message& message, Instant received) {
    Peer& p = peer(node);
    const auto version = message.get(field::hb4);
    p.has_extension = version.has_value();
    if (!version) {
        p.speaks_ours = p.echoes = false;
        p.hearing.end_session();
        p.lifetime = 0s;
        return;
    }
    std::string_view rest = *version;
    p.version = take(rest, '/');
    take(rest, '/');  // capabilities: nothing needs their intersection so far
    const std::string_view flags = rest;
    std::string_view tables = message.get_or(field::hb4c, "");
    std::uint64_t table = 0;
    std::uint32_t nodes = 0;
    const bool readable = read_hex(take(tables, ':'), table) && read_hex(take(tables, ','), nodes);
    const bool same_table = table == config_.table_digest, same_nodes = nodes == config_.nodes_digest;
    p.echoes = p.version.view().starts_with("1.");
    p.speaks_ours = p.echoes && readable && same_table && same_nodes;
    if (readable && !(same_table && same_nodes) && !p.warned_differs) {
        log(log::differs, {same_nodes ? "haresources" : "the list of nodes in ha.cf", name(node)});
        p.warned_differs = true;
    }
    if (same_table && same_nodes) p.warned_differs = false;
    read_flags(p, binds(p) || names_us(message, received) ? flags : std::string_view{});
    std::string_view reach = message.get_or(field::hb4w, "");
    std::uint32_t some = 0, all = 0;
    const bool says_reach = read_hex(take(reach, '/'), some) && read_hex(reach, all);
    p.reach.said(says_reach ? some : 0, says_reach ? all : 0);
    const bool is_deaf = flags.find('d') != flags.npos;
    std::string_view times = message.get_or(field::hb4t, "");
    std::uint32_t keepalive = 0, lease_ms = 0, lifetime = 0;
    if (read_hex(take(times, ':'), keepalive)) p.keepalive = std::chrono::milliseconds{keepalive};
    if (read_hex(take(times, ':'), lease_ms) && read_hex(take(times, ':'), lifetime))
        p.lifetime = lifetime > bounds::lifetime_s * 1000 ? never_expires
                                                          : Duration{std::chrono::milliseconds{lifetime}};
    const bool had_session = p.hearing.session();
    read_echo(node, message, received);
    // What is deaf claims nothing before it has heard again for a whole deadtime: as good as an echo.
    if (is_deaf && p.hearing.session()) p.hearing.excuse(received - config_.keepalive);
    if (!p.hearing.session()) p.registers_complete = false;
    if (p.hearing.session() && p.speaks_ours) read_registers(node, message.get_or(field::hb4g, ""));
    if (p.hearing.session() && !had_session && p.speaks_ours) {
        log(log::session, {name(node), p.version.view(), to_ms(p.keepalive), to_ms(p.deadtime)});
        announce_to_a_new_session();
    }
    if (p.hearing.session() != had_session) due_.decide_again();
    const bool asks = flags.find('u') != flags.npos;
    if (asks || !p.hearing.session()) answer_at_once(node);
}

void Core::Impl::read_flags(Peer& p, std::string_view flags) {
    p.failback = flags.find('a') != flags.npos;
    p.leaving = flags.find('l') != flags.npos;
    p.standby = flags.find('s') != flags.npos;
    const bool helpless = flags.find('x') != flags.npos;
    if (helpless == p.helpless) return;
    p.helpless = helpless;
    due_.decide_again();  // what it could not be given may wait for it
}

/// The item of `hb4e` that is about that node.
std::optional<Echo> Core::Impl::echo_of(const wire::Message& message, std::string_view node) {
    std::string_view text = message.get_or(field::hb4e, "");
    while (!text.empty()) {
        std::string_view item = take(text, ',');
        if (take(item, ':') != node) continue;
        Echo echo;
        std::uint64_t age_us = 0;
        if (!read_hex(take(item, ':'), echo.generation) || !read_hex(take(item, ':'), echo.sequence) ||
            !read_hex(take(item, ':'), age_us))
            return std::nullopt;
        echo.age = std::chrono::microseconds{std::min<std::uint64_t>(age_us, 1u << 31)};
        echo.proven = echo.sequence != 0 && item.empty();
        return echo;
    }
    return std::nullopt;
}

/// What the peer last heard of us: the session, the round trip, and what it has of our changes.
void Core::Impl::read_echo(NodeId node, const wire::Message& message, Instant received) {
    Peer& p = peer(node);
    p.hearing.end_session();
    const auto echo = echo_of(message, name(config_.self));
    if (!echo || received < pause_.distrusted_before()) return;  // it was said while we slept
    const bool named = names_us(*echo, received);
    if (named) prove(node);
    own_number_heard(node, *echo, received);
    if (!binds(p)) return;  // a recording may say that it does not hear us
    const bool ours =
        echo->generation == outbox_.generation() && echo->sequence != 0 && echo->sequence <= outbox_.newest();
    const std::optional<Instant> sent = ours ? outbox_.status_sent(echo->sequence) : std::nullopt;
    if (p.hearing.hear(*echo, ours, sent, received, config_.keepalive)) due_.decide_again();
}

void Core::Impl::own_number_heard(NodeId node, const Echo& echo, Instant received) {
    // Who does not hear this life, and yet has met its number, has met it as that of another one.
    const bool said_of_us =
        echo.sequence != 0 ? echo.sequence <= outbox_.newest() : peer(node).hearing.has_named_us();
    if (echo.generation < outbox_.generation() || (echo.generation == outbox_.generation() && said_of_us))
        return;
    // Named under our present number, or a lower one of this life; with SEQ 0 the other one is heard no more, and nor are we.
    if (peer(node).hearing.has_named_us() && echo.sequence != 0)
        heard_of_twin(node, echo, received);
    else
        learn_number(echo, received);
}

/// Gives each register of an `hb4g` to f(index, register).
template <class F>
void Core::Impl::read_runs(std::string_view text, F&& f) const {
    Registers::read(
        text, groups_.size(), [this](std::size_t number) { return table_.node(number); }, f);
}

void Core::Impl::read_registers(NodeId node, std::string_view text) {
    Peer& p = peer(node);
    std::uint32_t serial = 0, digest = 0;
    std::string_view head = text;
    if (!read_hex(take(head, ':'), serial) || !read_hex(take(head, ':'), digest)) return;
    if (p.registers_complete && serial == p.serial && digest == p.digest) return;
    p.serial = serial;
    p.digest = digest;
    p.registers_complete = !head.starts_with('+');
    read_runs(text, [&](std::size_t g, const Register& heard) {
        const GroupState before = p.registers[g].state;
        heard_register(node, id_of<GroupId>(g), heard);
        reconsider_announcing(node, id_of<GroupId>(g), before);
    });
}

/// The states that another host of our name says of itself. Those of other groups than ours say nothing: then it may hold each.
void Core::Impl::read_twin(const wire::Message& message) {
    std::string_view tables = message.get_or(field::hb4c, "");
    std::uint64_t table = 0;
    if (!read_hex(take(tables, ':'), table) || table != config_.table_digest)
        std::fill(twin_.states.begin(), twin_.states.end(), GroupState::owned);
    else
        read_runs(message.get_or(field::hb4g, ""),
                  [this](std::size_t g, const Register& r) { twin_.states[g] = r.state; });
}

void Core::Impl::heard_register(NodeId node, GroupId id, const Register& heard) {
    Peer& p = peer(node);
    if (p.registers[id.index()] != heard) due_.decide_again();
    p.registers[id.index()] = heard;
    Group& g = groups_[id.index()];
    NodeId holder = g.own.holder;
    if (is_later(heard.epoch, g.own.epoch)) {
        holder = heard.holder;
    } else if (heard.epoch == g.own.epoch && heard.holder != holder && heard.holder.exists()) {
        if (!holder.exists() || earlier(id, heard.holder, holder)) holder = heard.holder;
    } else {
        return;
    }
    const bool lost = holder != config_.self;
    if (heard.epoch == g.own.epoch && holder == g.own.holder) return;
    g.from_before = !lost && g.own.epoch == 0;
    set_register(id, heard.epoch, holder);
    g.granted = !lost;
    if (lost) lose_right(id, "claimed by another node");
}

}  // namespace hb::core
