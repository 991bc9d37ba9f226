#include "sim/attacker.hpp"

#include <algorithm>

#include "hb/auth/authenticator.hpp"
#include "hb/wire/vocabulary.hpp"
#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

using Verb = core::OperatorAsked::Verb;
using Set = core::OperatorAsked::Set;

namespace {

constexpr const char* life_names[] = {"this table", "another table", "3.0.6", "this life"};

bool decode(const Frame& frame, wire::Message& message) {
    wire::Envelope envelope;
    message.fields.clear();
    message.scratch_used = 0;
    return wire::open_envelope(Bytes(frame.octets), envelope) == wire::DropReason::none &&
           wire::decode(envelope, message) == wire::DropReason::none;
}

// Everything that two daemons say in their lives: boot alone and together, operators, an end in order and a sudden one.
void live(World& past) {
    const Duration deadtime = past.settings.deadtime;
    const auto all = [&past](auto&& act) {
        for (auto& host : past.hosts) act(*host);
    };
    past.host(0).power_on();
    past.run_for(past.settings.initdead + deadtime);
    all([](Host& host) { host.power_on(); });
    past.run_for(deadtime);
    for (const Verb verb : {Verb::standby, Verb::takeover})
        all([&past, verb](Host& host) {
            host.ask(verb, Set::all);
            past.run_for(past.settings.deadtime / 2);
        });
    all([](Host& host) { host.send_user_message(); });
    past.host(0).crash_engine();
    past.run_for(deadtime / 2);
    past.host(0).stop_daemon();
    past.run_for(2 * deadtime);
    past.host(0).start_daemon();
    past.host(1).power_cut();
    past.run_for(2 * deadtime);
    past.host(1).power_on();
    past.run_for(deadtime);
    all([](Host& host) { host.stop_daemon(); });
    past.run_for(deadtime);
}

// As a daemon that does not know the extension would have said it.
std::vector<std::byte> without_extension(const wire::Message& message, auth::Authenticator& authenticator) {
    std::vector<std::byte> octets(2048);
    wire::Builder builder(octets);
    for (const wire::Field& field : message.fields)
        if (!field.name.starts_with("hb4")) builder.field(field);
    const Bytes body = builder.finish();
    const std::size_t size = body.size();
    const auth::Signature signature = authenticator.sign(body);
    octets.resize(size + wire::append_signature(signature.view(), std::span(octets).subspan(size)));
    return octets;
}

}  // namespace

void Attacker::add(Life life, const Frame& frame) {
    static wire::Message message;
    if (!decode(frame, message)) return;
    const std::string type{message.get_or(wire::field::t, "")};
    const std::size_t of = world_.settings.name_of(frame.from);
    past_.push_back({of, life, type, std::make_shared<Frame>(frame)});
    auth::Authenticator authenticator(world_.config().keys);
    auto old = std::make_shared<Frame>(frame);
    old->octets = without_extension(message, authenticator);
    past_.push_back({of, Life::linux_ha, type, std::move(old)});
}

void Attacker::record(World& past, Life life) {
    past.network.tap = [this, life](const FramePtr& frame) { add(life, *frame); };
    live(past);
}

// With this table; with another one; and with two that differ, so that all of 3.0.6's handshakes are on the wire, with losses.
void Attacker::record_lives() {
    if (std::exchange(recorded_, true)) return;
    world_.log.line(Log::world, "earlier lives are recorded");
    Settings settings = world_.settings;
    settings.first_generation -= std::min<Generation>(settings.first_generation, 0x40);
    settings.first_sequence = settings.first_epoch = 0;
    settings.clones.clear();
    settings.odd = {};
    settings.quality = {};
    settings.seed = world_.random.next();
    {
        World past(settings, {});
        record(past, Life::same_table);
    }
    settings.groups.push_back(settings.nodes[0] + " IPaddr::10.77.0.1/24/eth0 other");
    settings.quality.loss = 50;
    World past(settings, {});
    past.host(0).edit(1u << (settings.groups.size() - 1));
    record(past, Life::other_table);
}

void Attacker::heard(const FramePtr& frame) {
    static wire::Message message;
    if (!decode(*frame, message)) return;
    const std::string type{message.get_or(wire::field::t, "")};
    auto& tape = type == wire::type::status ? statuses_ : others_;
    const Recording recording{world_.settings.name_of(frame->from), Life::this_one, type, frame};
    if (tape.size() < 300) return tape.push_back(recording);
    if (const auto slot = world_.random.below(2000); slot < tape.size()) tape[slot] = recording;
}

std::vector<Attacker::Recording> Attacker::tape(std::size_t of, Life life, std::string_view type) {
    record_lives();
    std::vector<Recording> found;
    for (const auto* tape : {&past_, &statuses_, &others_})
        for (const Recording& recording : *tape)
            if (recording.of == of && recording.life == life && (type.empty() || recording.type == type))
                found.push_back(recording);
    std::stable_sort(found.begin(), found.end(),
                     [](const Recording& a, const Recording& b) { return a.frame->sent < b.frame->sent; });
    return found;
}

// Under the MAC of its first sender, or his own.
FramePtr Attacker::copy(const Recording& recording, MediumId medium) {
    auto again = std::make_shared<Frame>(*recording.frame);
    again->replayed = true;
    again->medium = medium;
    again->silences.clear();
    if (world_.chance(500)) again->source = Mac{{2, 0xee, 0, 0, 0, 1}};
    return again;
}

void Attacker::play(const Recording& recording, std::size_t to, MediumId medium, Duration wait) {
    const FramePtr again = copy(recording, medium);
    world_.time.after(
        wait, [this, again, to, what = recording.type, life = recording.life, of = recording.of] {
            world_.log.line(Log::world, "played to %s: %s of %s, %s", world_.name(to).c_str(), what.c_str(),
                            world_.settings.nodes[of].c_str(), life_names[static_cast<int>(life)]);
            world_.host(to).arrive(again);
        });
}

void Attacker::keep_for_engine(std::size_t host, const std::vector<Recording>& recordings) {
    kept_.resize(world_.size());
    kept_[host].clear();
    for (const Recording& recording : recordings) kept_[host].push_back(copy(recording, any_medium()));
}

void Attacker::engine_started(std::size_t host) {
    if (host >= kept_.size() || kept_[host].empty()) return;
    world_.log.line(Log::world, "%zu recordings lie in the socket of %s", kept_[host].size(),
                    world_.name(host).c_str());
    for (const FramePtr& frame : kept_[host]) world_.host(host).arrive(frame);
    kept_[host].clear();
}

MediumId Attacker::any_medium() { return id_of<MediumId>(world_.random.below(world_.settings.media)); }

// One message; a status and what should not follow it; a stretch of a life; anything.
std::vector<Attacker::Recording> Attacker::choose() {
    const auto of = world_.random.below(world_.settings.nodes.size());
    const auto life = static_cast<Life>(world_.random.below(4));
    const std::vector<Recording> all = tape(of, life);
    if (all.empty()) return {};
    const auto pick = [this](const std::vector<Recording>& from) {
        return from[world_.random.below(from.size())];
    };
    std::vector<std::string> types;
    for (const Recording& recording : all)
        if (std::find(types.begin(), types.end(), recording.type) == types.end())
            types.push_back(recording.type);
    const Recording special = pick(tape(of, life, types[world_.random.below(types.size())]));
    const auto statuses = tape(of, life, wire::type::status);
    const auto first = world_.random.below(all.size());
    std::vector<Recording> chosen;
    switch (world_.random.below(4)) {
        case 0: return {special};
        case 1: return statuses.empty() ? std::vector{special} : std::vector{pick(statuses), special};
        case 2:
            return {all.begin() + static_cast<std::ptrdiff_t>(first),
                    all.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                      first + 1 + world_.random.below(64), all.size()))};
        default:
            for (int i = 0; i < 8; ++i) chosen.push_back(pick(all));
            return chosen;
    }
}

void Attacker::strike() {
    const std::vector<Recording> chosen = choose();
    const std::size_t to = world_.random.below(world_.size());
    const bool to_all = world_.chance(300);
    const Duration deadtime = world_.settings.deadtime, keepalive = world_.settings.keepalive;
    const auto way = world_.random.below(4);
    if (way == 3) return keep_for_engine(to, chosen);
    const Duration between = way == 0 ? 0ns : world_.between(keepalive / 4, deadtime);
    const Duration apart = way == 1 ? world_.between(0ns, keepalive) : 20us;
    const std::size_t times = way == 2 ? 2 + world_.random.below(12) : 1;
    const MediumId medium = any_medium();
    for (std::size_t host = 0; host < world_.size(); ++host) {
        if (host != to && !to_all) continue;
        for (std::size_t i = 0; i < times * chosen.size(); ++i)
            play(chosen[i % chosen.size()], host, medium,
                 between * static_cast<int>(i / chosen.size()) + apart * static_cast<int>(i));
    }
}

void Attacker::harass(Duration time) {
    const auto strikes = 1 + world_.random.below(3);
    for (std::size_t i = 0; i < strikes; ++i)
        world_.time.after(world_.between(0s, time), [this] { strike(); });
}

}  // namespace hb::sim
