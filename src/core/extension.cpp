// The hb4 fields of `status`: our public state and what we last heard from whom (heartbeat-protocol(7), EXTENSION).
#include <algorithm>
#include <charconv>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;

namespace {

constexpr std::string_view letters = "fwnaorb";  // GroupState, in its order
constexpr std::uint32_t caps_registers = 1, caps_echo = 2, caps_guard = 4, caps_lifetimes = 8,
                        caps_witness = 0x10, caps_sha256 = 0x20;
constexpr std::size_t variable_space = 840;  // octets for echo and runs in one datagram of 1400

/// Text in place, cut never: every user knows its bound.
class Text {
public:
    explicit Text(std::span<char> out) : out_(out) {}
    Text& put(std::string_view text) {
        invariant(text.size() <= out_.size() - size_);
        std::copy(text.begin(), text.end(), out_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += text.size();
        return *this;
    }
    Text& put(char c) { return put(std::string_view{&c, 1}); }
    Text& hex(std::uint64_t number, int digits = 1) {
        char text[17];
        const auto end = std::to_chars(text, text + sizeof text, number, 16).ptr;
        for (auto have = end - text; have < digits; ++have) put('0');
        return put(std::string_view{text, static_cast<std::size_t>(end - text)});
    }
    std::string_view view() const { return {out_.data(), size_}; }
    std::size_t size() const { return size_; }

private:
    std::span<char> out_;
    std::size_t size_ = 0;
};

/// Takes what stands before the separator; the rest stays.
std::string_view take(std::string_view& rest, char separator) {
    const std::size_t at = rest.find(separator);
    const std::string_view part = rest.substr(0, at);
    rest = at == rest.npos ? std::string_view{} : rest.substr(at + 1);
    return part;
}

template <class T>
bool read_hex(std::string_view text, T& out) {
    if (text.empty()) return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, 16);
    return error == std::errc{} && end == text.data() + text.size();
}

std::size_t run_text(const Register& r, std::size_t first, std::size_t last, std::size_t holder,
                     std::span<char> out) {
    Text text(out);
    text.hex(first);
    if (last != first) text.put('-').hex(last);
    text.put(':').put(letters[static_cast<std::size_t>(r.state)]);
    if (r.holder.exists())
        text.hex(holder);
    else
        text.put('z');
    text.put(':').hex(r.epoch);
    return text.size();
}

}  // namespace

/// The text of all runs, their ends and the digest; made again only after a change.
void Core::Impl::build_runs() {
    if (runs_valid_) return;
    runs_valid_ = true;
    runs_count_ = runs_cursor_ = 0;
    std::size_t size = 0;
    for (std::size_t first = 0; first < groups_.size();) {
        const Register& r = groups_[first].own;
        std::size_t last = first;
        while (last + 1 < groups_.size() && groups_[last + 1].own == r) ++last;
        std::size_t holder = 0;
        while (holder < sorted_nodes_.size() && sorted_nodes_[holder] != r.holder) ++holder;
        if (size) runs_[size++] = ',';
        size += run_text(r, first, last, holder, std::span(runs_).subspan(size));
        run_ends_[runs_count_++] = static_cast<std::uint32_t>(size);
        first = last + 1;
    }
    runs_digest_ = digest_(std::as_bytes(std::span(runs_.data(), size)));
}

void Core::Impl::add_extension(wire::Builder& builder) {
    if (changed_) ++serial_;
    build_runs();
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
    if (wants_answer_) hb4.put('u');
    if (leaving_) hb4.put('l');
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
        const Duration silence = now_ - (p.heard ? p.last_status : started_);
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

    // Where the runs do not fit, a window of them moves on with every status.
    std::array<char, variable_space + 32> text;
    Text runs(text);
    runs.hex(serial_).put(':').hex(runs_digest_, 8).put(':');
    const std::size_t space = echo.size() < variable_space - 64 ? variable_space - echo.size() : 64;
    const std::size_t whole = runs_count_ ? run_ends_[runs_count_ - 1] : 0;
    if (whole <= space) {
        runs.put({runs_.data(), whole});
    } else {
        runs.put('+');
        std::size_t used = 1;
        for (std::size_t n = 0; n < runs_count_; ++n) {
            const std::size_t begin = runs_cursor_ ? run_ends_[runs_cursor_ - 1] + 1 : 0;
            const std::size_t size = run_ends_[runs_cursor_] - begin;
            if (used + size + 1 > space) break;
            if (used > 1) runs.put(',');
            runs.put({runs_.data() + begin, size});
            used += size + 1;
            runs_cursor_ = (runs_cursor_ + 1) % runs_count_;
        }
    }
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
    if (p.hearing.session() != had_session) evaluate_ = true;
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
    evaluate_ = true;  // what it could not be given may wait for it
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
    const bool ours = echo->generation == generation_ && echo->sequence != 0 && echo->sequence <= sequence_;
    const Sent& status = statuses_[echo->sequence % statuses_.size()];
    std::optional<Instant> sent;
    if (ours && status.sequence == echo->sequence) sent = status.at;
    evaluate_ |= p.hearing.hear(*echo, ours, sent, received, config_.keepalive);
}

void Core::Impl::own_number_heard(NodeId node, const Echo& echo, Instant received) {
    // Who does not hear this life, and yet has met its number, has met it as that of another one.
    const bool said_of_us =
        echo.sequence != 0 ? echo.sequence <= sequence_ : peer(node).hearing.has_named_us();
    if (echo.generation < generation_ || (echo.generation == generation_ && said_of_us)) return;
    // Named under our present number, or a lower one of this life; with SEQ 0 the other one is heard no more, and nor are we.
    if (peer(node).hearing.has_named_us() && echo.sequence != 0)
        heard_of_twin(node, echo, received);
    else
        learn_number(echo, received);
}

/// Gives each register of SERIAL:DIGEST:RUNS to f(index, register). False: it cannot be read, and what came before the fault was given.
template <class F>
bool Core::Impl::read_runs(std::string_view text, F&& f) const {
    take(text, ':');
    take(text, ':');
    if (text.starts_with('+')) text.remove_prefix(1);
    while (!text.empty()) {
        std::string_view run = take(text, ',');
        std::string_view range = take(run, ':');
        const std::string_view who = take(run, ':');
        std::uint32_t first = 0, last = 0, epoch = 0, holder = 0;
        const bool one = range.find('-') == range.npos;
        if (!read_hex(take(range, '-'), first) || who.empty() || !read_hex(take(run, ':'), epoch))
            return false;
        last = first;
        if (!one && !read_hex(take(range, '-'), last)) return false;
        if (last < first || last >= groups_.size()) return false;
        Register heard{.epoch = epoch, .holder = NodeId{}, .state = GroupState::owned};
        const std::size_t letter = letters.find(who[0]);
        if (letter != letters.npos)
            heard.state = static_cast<GroupState>(letter);  // an unknown one: held there
        if (who.substr(1) != "z") {
            if (!read_hex(who.substr(1), holder) || holder >= sorted_nodes_.size()) return false;
            heard.holder = sorted_nodes_[holder];
        }
        for (std::size_t g = first; g <= last; ++g) f(g, heard);
    }
    return true;
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
    if (p.registers[id.index()] != heard) evaluate_ = true;
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
