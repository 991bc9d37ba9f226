#include "sim/explore_play.hpp"

#include <algorithm>

#include "hb/wire/vocabulary.hpp"
#include "sim/story.hpp"

namespace hb::sim {
namespace {

using Kind = Letter::Kind;
using Verb = core::OperatorAsked::Verb;
using Set = core::OperatorAsked::Set;

/// Both policies: an address alone is had by at least one node, a script is run by at most one.
Settings plain_settings() {
    Settings s;
    s.fixed_delays = true;
    s.keepalive = 100ms;
    s.deadtime = 6 * s.keepalive;
    s.warntime = s.deadtime / 2;
    s.initdead = 2 * s.deadtime;
    s.method = "crc";
    s.groups = {"alpha IPaddr::10.0.0.1/24/eth0", "alpha IPaddr::10.0.0.2/24/eth0 web"};
    s.first_generation = 0x40;
    return s;
}

void stay(Settings& s) { s.auto_failback = false; }
void two_media(Settings& s) { s.media = 2; }
void lifetimes(Settings& s) { s.address_lifetime = 2s; }
void three(Settings& s) { s.nodes = {"alpha", "beta", "gamma"}; }
void three_stay(Settings& s) { three(s), stay(s); }
void with_clone(Settings& s) { s.clones = {alpha}; }

constexpr Stage all_stages[] = {
    {"on", "two nodes, auto_failback on", nullptr},
    {"off", "two nodes, auto_failback off", stay},
    {"media", "two nodes, two media", two_media},
    {"lifetimes", "two nodes, addresses live for 2 s", lifetimes},
    {"clone", "two nodes, and a second host named alpha", with_clone},
    {"three", "three nodes, auto_failback on", three},
    {"three-off", "three nodes, auto_failback off", three_stay},
};

}  // namespace

Settings Stage::settings() const {
    Settings s = plain_settings();
    if (change) change(s);
    return s;
}

std::span<const Stage> stages() { return all_stages; }

const Stage* stage_named(std::string_view name) {
    const auto found = std::find_if(std::begin(all_stages), std::end(all_stages),
                                    [&](const Stage& s) { return s.name == name; });
    return found == std::end(all_stages) ? nullptr : found;
}

Tapes record_tapes(const Stage& stage) {
    World world(stage.settings(), {});
    Tapes tapes;
    for (std::size_t of = 0; of < world.settings.nodes.size(); ++of) {
        std::vector<Attacker::Recording> chosen;
        const auto life = world.attacker.tape(of, Attacker::Life::same_table);
        for (auto one = life.rbegin(); one != life.rend(); ++one) {
            const auto same = [&](const Attacker::Recording& r) { return r.type == one->type; };
            if (std::none_of(chosen.begin(), chosen.end(), same)) chosen.push_back(*one);
        }
        std::stable_partition(chosen.begin(), chosen.end(),
                              [](const Attacker::Recording& r) { return r.type == wire::type::status; });
        tapes.push_back(std::move(chosen));
    }
    return tapes;
}

Play::Play(const Stage& stage, const Tapes& tapes, const Options& options)
    : tapes_(tapes), world_(stage.settings(), options) {
    world_.network.fate = [this](const Frame& frame, std::size_t to) { return fate(frame, to); };
    tell();
}

void Play::tell() {
    if (undisturbed_) expect_story();
    Host& owner = world_.host(alpha);
    if (tick_ == 0)
        for (std::size_t n = 0; n < world_.settings.nodes.size(); ++n) world_.host(n).power_on();
    if (tick_ == dies) owner.power_cut();
    if (tick_ == returns) owner.power_on();
    if (tick_ == goes_home && !world_.settings.auto_failback) owner.ask(Verb::takeover, Set::local);
}

void Play::expect_story() {
    const std::size_t now = owner(world_, 0);
    if (tick_ == dies || tick_ == ticks) expect(world_, owns_all(world_, alpha), "alpha owns all");
    if (tick_ == returns)
        expect(world_, now != alpha && owns_all(world_, now), "another node owns all when alpha returns");
}

std::optional<Letter> Play::pass() {
    world_.run_for(world_.settings.keepalive / 2);
    ++tick_;
    std::optional<Letter> unmet;
    for (const Mishap& mishap : std::exchange(mishaps_, {}))
        if (mishap.met.empty()) unmet = mishap.letter;
    tell();
    return unmet;
}

bool Play::is_free(const Letter& letter) const {
    return std::none_of(mishaps_.begin(), mishaps_.end(),
                        [&](const Mishap& m) { return m.letter.a == letter.a && m.letter.b == letter.b; });
}

bool Play::has_meaning(const Letter& letter) const {
    const Host& host = world_.host(letter.a);
    switch (letter.kind) {
        case Kind::cut: return !world_.network.is_cut(letter.a, letter.b, letter.medium);
        case Kind::mend: return world_.network.is_cut(letter.a, letter.b, letter.medium);
        case Kind::lost:
        case Kind::doubled:
        case Kind::late: return is_free(letter);
        case Kind::host_dies: return host.powered();
        case Kind::host_returns:
        case Kind::newer_clone_comes:
        case Kind::older_clone_comes: return !host.powered();
        case Kind::engine_dies: return host.engine();
        case Kind::engine_hangs: return host.engine() && !host.engine()->frozen();
        case Kind::engine_wakes: return host.engine() && host.engine()->frozen();
        case Kind::supervisor_dies: return host.daemon_running();
        case Kind::carrier_lost: return host.kernel.cable;
        case Kind::carrier_back: return !host.kernel.cable;
        case Kind::standby:
        case Kind::takeover: return host.own_engine();
        case Kind::replayed: return world_.network.has_recorded(letter.a);
        case Kind::recording: return world_.host(letter.b).engine();
    }
    return false;
}

void Play::act(const Letter& letter) {
    undisturbed_ = false;
    Host& host = world_.host(letter.a);
    switch (letter.kind) {
        case Kind::cut: return world_.network.cut(letter.a, letter.b, letter.medium);
        case Kind::mend: return world_.network.mend(letter.a, letter.b, letter.medium);
        case Kind::lost:
        case Kind::doubled:
        case Kind::late: mishaps_.push_back({letter, {}}); return;
        case Kind::host_dies: return host.power_cut();
        case Kind::host_returns: return host.power_on();
        case Kind::engine_dies: return host.crash_engine();
        case Kind::engine_hangs: return host.freeze_engine();
        case Kind::engine_wakes: return host.thaw_engine();
        case Kind::supervisor_dies: return host.crash_supervisor();
        case Kind::carrier_lost: return host.set_cable(false);
        case Kind::carrier_back: return host.set_cable(true);
        case Kind::standby: return host.ask(Verb::standby, Set::all);
        case Kind::takeover: return host.ask(Verb::takeover, Set::all);
        case Kind::newer_clone_comes: return start_clone(letter.a, 0x1000);
        case Kind::older_clone_comes: return start_clone(letter.a, 0);
        case Kind::replayed: return world_.network.replay(letter.a, 64);
        case Kind::recording: return play_recording(letter.a, letter.b);
    }
}

// Its file says more than any other life has used, or less: 0x20 is no number of any life.
void Play::start_clone(std::size_t clone, Generation beside) {
    Host& host = world_.host(clone);
    const Generation newest =
        std::max(world_.host(world_.settings.name_of(clone)).disk.reserved(), host.disk.reserved());
    host.restore_generation(beside ? newest + beside : 0x20);
    host.power_on();
}

void Play::play_recording(std::size_t of, std::size_t to) {
    Duration wait{};
    for (const Attacker::Recording& recording : tapes_[of])
        world_.attacker.play(recording, to, MediumId{0}, wait += 20us);
}

/// A message that comes late is overtaken by the next one; the copy of one comes as late.
Network::Fate Play::fate(const Frame& frame, std::size_t to) {
    const Duration late = 3 * world_.settings.keepalive / 2;
    for (Mishap& mishap : mishaps_) {
        if (mishap.letter.a != frame.from || mishap.letter.b != to) continue;
        if (mishap.met.empty()) mishap.met = frame.octets, mishap.sent = frame.sent;
        if (mishap.sent != frame.sent || mishap.met != frame.octets) continue;
        if (mishap.letter.kind == Kind::lost) return {.copies = 0};
        if (mishap.letter.kind == Kind::doubled) return {.copies = 2, .apart = late};
        return {.late = late};
    }
    return {};
}

// Whoever stood aside for the clone is started again by an operator. What is still blocked was stopped by hand.
void Play::end() {
    world_.network.mend_all();
    for (std::size_t clone = world_.settings.nodes.size(); clone < world_.size(); ++clone)
        world_.host(clone).power_cut();
    for (std::size_t n = 0; n < world_.settings.nodes.size(); ++n) {
        Host& host = world_.host(n);
        if (host.stands_aside()) host.power_cut();
        host.power_on();
        host.thaw_engine();
        host.set_cable(true);
        host.start_daemon();
        host.clean_up_blocked();
    }
    world_.oracle.fault();
    world_.settle();
}

void follow(Play& play, const Schedule& schedule, unsigned tick) {
    for (const Strike& strike : schedule) {
        while (play.tick() < strike.tick) play.pass();
        play.act(strike.letter);
    }
    while (play.tick() < tick) play.pass();
}

}  // namespace hb::sim
