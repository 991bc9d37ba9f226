#include "sim/oracle.hpp"

#include <cstdarg>
#include <cstdio>
#include <functional>

#include "hb/wire/vocabulary.hpp"
#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

Oracle::Oracle(World& world)
    : fencing(world), company(world), moves(world), world_(world), claims_(world), nodes_(world.size()),
      names_(world.settings.nodes.size()), resources_(world.config().resources.size()), listeners_(nodes_),
      pairs_(nodes_ * nodes_), sent_(nodes_), declared_dead_(nodes_, Moment::min() / 2),
      stop_asked_(nodes_, std::vector<Moment>(world.config().groups.size(), no_moment)), stood_still_(nodes_),
      hands_back_(nodes_, Moment::min() / 2), probed_(nodes_ * nodes_ * resources_), epochs_(nodes_),
      retry_until_(world.config().groups.size()), failures_(world.config().groups.size()),
      moves_(world.config().groups.size()), owners_(world.config().groups.size(), nodes_),
      beliefs_(resources_), unserved_(world.config().groups.size(), no_moment) {
    for (Listener& listener : listeners_) listener.ears.resize(names_);
}

// What a script of rc.d is told: lines of NAME=VALUE, what kind it is, and the state of this node.
void Oracle::hook_run(std::size_t node, std::string_view text) {
    before_.hooked = true;
    bool type = false, state = false, sound = text.ends_with('\n');
    while (!text.empty() && sound) {
        const std::string_view line = text.substr(0, text.find('\n'));
        sound = line.find('=') != line.npos && line.front() != '=';
        type |= line.starts_with("t=");
        state |= line.starts_with("OSTATUS=");
        text.remove_prefix(line.size() + 1);
    }
    if (!sound || !type || !state)
        broken("scripts of rc.d are told what happened", "not at %s", world_.name(node).c_str());
}

std::size_t Oracle::name_of(std::size_t host) const { return world_.settings.name_of(host); }

void Oracle::broken(std::string_view promise, const char* format, ...) {
    char text[400];
    va_list args;
    va_start(args, format);
    std::vsnprintf(text, sizeof text, format, args);
    va_end(args);
    throw Violation{std::string(promise), text};
}

void Oracle::fault() {
    last_fault_ = world_.time.now();
    watching_ = false;
    ++faults_;
    std::fill(moves_.begin(), moves_.end(), 0u);
}

void Oracle::noise() {
    noisy_ = true;
    last_noise_ = world_.time.now();
    std::fill(moves_.begin(), moves_.end(), 0u);
}

void Oracle::engine_started(std::size_t node, bool restarted) {
    fault();
    Listener& listener = listeners_[node];
    listener = Listener{};
    fencing.engine_started(node);
    company.engine_started(node);
    moves.engine_started(node);
    claims_.engine_started(node);
    const Instant now = world_.host(node).now();
    listener.running = true;
    listener.restarted = restarted;
    if (!restarted) epochs_[node].clear();
    if (!restarted && sent_[node].file_lost) sent_[node] = Sent{0, 0, false, true, {}};
    listener.started = listener.last_turn = now;
    listener.began = world_.time.now();
    listener.ears.resize(names_);
    for (std::size_t from = 0; from < nodes_; ++from)
        world_.network.passage(from, node).delivered = world_.time.now();
}

// Another group: its register begins anew.
void Oracle::group_replaced(std::size_t node, GroupId group) {
    fault();
    if (epochs_[node].size() > group.index()) epochs_[node][group.index()] = 0;
}

void Oracle::power_lost(std::size_t node) {
    fault();
    epochs_[node].clear();
    for (std::size_t other = 0; other < nodes_; ++other) pair(node, other).excused = false;
}

void Oracle::numbers_lost(std::size_t node) { sent_[node].file_lost = true; }

void Oracle::round_begins() { std::fill(failures_.begin(), failures_.end(), 0u); }

// Generation and sequence never go back on the wire; what is sent again is sent as it was.
bool Oracle::sent(std::size_t node, Bytes body, std::size_t datagram_size) {
    if (datagram_size > limits::datagram)
        broken("datagrams stay within 1400 octets", "one of %zu", datagram_size);
    if (datagram_size == 0) broken("every message is signed", "one without signature");
    static wire::Message message;
    message.fields.clear();
    message.scratch_used = 0;
    const wire::DropReason wrong = wire::decode({wire::Envelope::Form::netstring, body, {}}, message);
    if (wrong != wire::DropReason::none)
        broken("what is sent can be decoded", "%s: %.*s", wire::to_text(wrong).data(),
               static_cast<int>(body.size()), text_of(body).data());
    Sent& sent = sent_[node];
    const auto generation = message.hex(wire::field::hg).value_or(0);
    if (generation < sent.generation)
        broken("generations never go back", "%llx after %llx", static_cast<unsigned long long>(generation),
               static_cast<unsigned long long>(sent.generation));
    if (generation > sent.generation) sent = Sent{generation, 0, sent.file_lost, sent.behind, {}};
    const auto sequence = message.hex(wire::field::seq);
    if (!sequence) return false;
    const std::size_t hash = std::hash<std::string_view>{}(text_of(body));
    if (*sequence <= sent.sequence) {
        const auto before = sent.bodies.find(*sequence);
        if (before == sent.bodies.end() || before->second != hash)
            broken("sequence numbers never go back", "%llx after %llx",
                   static_cast<unsigned long long>(*sequence),
                   static_cast<unsigned long long>(sent.sequence));
        return false;
    }
    sent.sequence = *sequence;
    sent.bodies[*sequence] = hash;
    if (sent.bodies.size() > limits::store) sent.bodies.erase(sent.bodies.begin());
    return message.get_or(wire::field::t, "") == wire::type::status;
}

std::vector<Duration> Oracle::silences(std::size_t node) const {
    const Listener& listener = listeners_[node];
    const Instant now = world_.host(node).now();
    std::vector<Duration> all;
    for (const Ear& ear : listener.ears)
        all.push_back(now - (ear.heard ? ear.newest_status : listener.started));
    return all;
}

void Oracle::frame_before(std::size_t node, const wire::Message& message, Instant received,
                          const Frame& frame) {
    if (frame.damaged) broken("a damaged datagram is rejected", "one was not");
    before_.compare = before_.recording = before_.later_life = before_.hooked = before_.late = false;
    const std::string_view source = message.get_or(wire::field::src, "");
    before_.frame = std::string(message.get_or(wire::field::t, "")) + " " +
                    std::string(message.get_or(wire::field::hg, "")) + "." +
                    std::string(message.get_or(wire::field::seq, "-")) + " of " + std::string(source);
    std::size_t peer = 0;
    while (peer < names_ && source != world_.settings.nodes[peer]) ++peer;
    const auto generation = message.hex(wire::field::hg);
    const auto sequence = message.hex(wire::field::seq);
    if (peer == names_ || peer == name_of(node) || !generation) return;
    Ear& ear = listeners_[node].ears[peer];
    // What is played late and was never heard, of a life that is known or is the present one, is only a late frame.
    const bool present = *generation == world_.host(frame.from).page().generation;
    // The engine before may have met it.
    const core::KnownLife known = world_.host(node).engine()->core().known(id_of<NodeId>(peer));
    const bool met = *generation == ear.generation || (known.met && *generation == known.generation);
    // It was said to this engine, and came late.
    const bool late =
        frame.sent >= listeners_[node].began && world_.time.now() - frame.sent <= world_.settings.deadtime;
    if (frame.replayed && !met && !present && !late)
        return recording_before(node, ear, *generation, received);
    if (!sequence) return;
    // The number of such a host may be too low for it to be believed yet.
    const core::NodeStatus view = world_.host(node).engine()->core().node(id_of<NodeId>(peer));
    Sent& sender = sent_[frame.from];
    const bool unsure = sender.behind || has_namesake(peer);
    // A later life that never proved itself has given way to this one.
    if ((unsure || present) && view.generation == *generation && *generation < ear.generation) {
        ear.seen.clear();
        ear.generation = *generation;
        ear.sequence = 0;
    }
    sender.behind &= !view.session || view.generation != *generation;
    if (unsure && view.generation != *generation) {
        ear.newest_recording = std::max(ear.newest_recording, received);
        if (auto& doubted = ear.doubted[*generation]; *sequence > doubted.sequence)
            doubted = {*sequence, received};
        return;
    }
    // A copy of what was not counted when it came is as old as that.
    const auto doubted = ear.doubted.find(*generation);
    if (doubted != ear.doubted.end() && *sequence == doubted->second.sequence) received = doubted->second.at;
    // What the engine before has heard is known to this one.
    const bool inherited =
        *generation < known.generation ||
        (*generation == known.generation && *sequence <= known.sequence && ear.generation < *generation);
    if (inherited || *generation < ear.generation ||
        (*generation == ear.generation && ear.seen.contains(*sequence))) {
        // The first step after a pause changes much by itself.
        before_.compare =
            world_.host(node).now() - listeners_[node].last_turn <= world_.settings.deadtime / 2;
        if (before_.compare) take_snapshot(node, before_);
        // As in compare_nodes(): while the later life has not proven itself.
        before_.late = *generation < ear.generation && !view.session;
        return;
    }
    const bool status = message.get_or(wire::field::t, "") == wire::type::status;
    if (*generation > ear.generation) {
        const bool admitted =
            unsure && view.generation == *generation;  // by a status that was not counted here
        if (!status && !admitted) return;              // a new life begins with a status
        ear.seen.clear();
        ear.generation = *generation;
        ear.sequence = admitted && doubted != ear.doubted.end() ? doubted->second.sequence : 0;
    }
    ear.seen.insert(*sequence);
    if (ear.seen.size() > 600) ear.seen.erase(ear.seen.begin());
    ear.newest_any = std::max(ear.newest_any, received);
    // What was overtaken by any later message refreshes nothing.
    if (*sequence <= ear.sequence) return;
    ear.sequence = *sequence;
    if (!status) return;
    ear.heard = true;
    ear.newest_status = received;
    world_.network.passage(node, frame.from).hears_back(world_.time.now());
    ear.deadtime = std::chrono::milliseconds{message.hex("dt").value_or(0)};
}

// One that was recorded in an earlier life of anybody, or in this one.
void Oracle::recording_before(std::size_t node, Ear& ear, std::uint64_t generation, Instant received) {
    ear.newest_recording = std::max(ear.newest_recording, received);
    before_.later_life = ear.generation != 0 && generation > ear.generation;
    before_.compare = world_.host(node).now() - listeners_[node].last_turn <= world_.settings.deadtime / 2;
    before_.recording = true;
    if (before_.compare) take_snapshot(node, before_);
}

void Oracle::take_snapshot(std::size_t node, Snapshot& out) const {
    const core::Core& core = world_.host(node).engine()->core();
    out.nodes.clear();
    out.groups.clear();
    for (std::size_t n = 0; n < names_; ++n) out.nodes.push_back(core.node(id_of<NodeId>(n)));
    for (std::size_t g = 0; g < owners_.size(); ++g) out.groups.push_back(core.heritage(id_of<GroupId>(g)));
}

void Oracle::frame_after(std::size_t node) {
    if (!before_.compare) return;
    static Snapshot after;
    take_snapshot(node, after);
    // It ran out of numbers in this step: that ends sessions for a moment.
    const std::size_t self = name_of(node);
    if (before_.nodes[self].generation != after.nodes[self].generation) return;
    if (!before_.later_life) compare_nodes(node, after);
    if (before_.hooked && !before_.late)
        broken(before_.recording ? "a recording changes nothing" : "a frame heard before changes nothing",
               "%s: a script of rc.d ran at %s", before_.frame.c_str(), world_.name(node).c_str());
    for (std::size_t g = 0; g < owners_.size(); ++g) {
        const core::Inherited &a = before_.groups[g], &b = after.groups[g];
        if (a.state != b.state || a.epoch != b.epoch || a.holder != b.holder)
            broken(before_.recording ? "a recording changes nothing" : "a frame heard before changes nothing",
                   "%s: group %zu at %s: %s to %s, epoch %u to %u", before_.frame.c_str(), g,
                   world_.name(node).c_str(), core::to_text(a.state).data(), core::to_text(b.state).data(),
                   a.epoch, b.epoch);
    }
}

// A recording of a node that has named us changes nothing at all. One of a node that has not may be shown, but it makes no
// session, no departure and no death.
void Oracle::compare_nodes(std::size_t node, const Snapshot& after) {
    for (std::size_t n = 0; n < names_; ++n) {
        if (n == name_of(node)) continue;
        const core::NodeStatus &a = before_.nodes[n], &b = after.nodes[n];
        const bool ends = b.state == core::MemberState::left || b.state == core::MemberState::dead;
        // A late status of the life before one that has not proven itself may be taken for the present one.
        const bool loose = !a.session && (a.state == b.state || !ends) && !(before_.recording && b.session);
        if (loose || (a.state == b.state && a.generation == b.generation && a.session == b.session &&
                      a.last_heard == b.last_heard))
            continue;
        broken(before_.recording ? "a recording changes nothing" : "a frame heard before changes nothing",
               "%s: view of %s at %s: %s to %s, generation %u to %u, session %d to %d", before_.frame.c_str(),
               world_.name(n).c_str(), world_.name(node).c_str(), core::to_text(a.state).data(),
               core::to_text(b.state).data(), a.generation, b.generation, a.session, b.session);
    }
}

void Oracle::turn_done(std::size_t node, Instant now, bool had_news) {
    Listener& listener = listeners_[node];
    if (!listener.running) return;
    if (now - listener.last_turn > world_.host(node).config().deadtime / 2) listener.fresh = now;
    listener.last_turn = now;
    bool any_medium = false;
    for (std::size_t m = 0; m < world_.host(node).config().media.size(); ++m)
        any_medium |= world_.host(node).interface_up(m);
    if (!any_medium)
        listener.listening = never;
    else if (listener.listening == never)
        listener.listening = now;
    check_turns(node, now, had_news);
    company.turn_begins(node);
    check_members(node, now);
    check_epochs(node);
    claims_.turn_done(node);
    fencing.turn_done(node);
    company.turn_done(node);
    moves.turn_done(node);
}

// No busy loop: a deadline in the past is followed by a change.
void Oracle::check_turns(std::size_t node, Instant now, bool had_news) {
    Listener& listener = listeners_[node];
    const bool overdue = world_.host(node).engine()->core().deadline() <= now;
    listener.idle_turns = overdue && !had_news ? listener.idle_turns + 1 : 0;
    if (listener.idle_turns > 8)
        broken("the deadline moves forward", "8 idle turns of %s", world_.name(node).c_str());
}

void Oracle::check_members(std::size_t node, Instant now) {
    for (std::size_t peer = 0; peer < names_; ++peer) {
        if (peer == name_of(node)) continue;
        Ear& ear = listeners_[node].ears[peer];
        const core::MemberState state = world_.host(node).engine()->core().node(id_of<NodeId>(peer)).state;
        const core::MemberState was = ear.state;
        ear.state = state;
        if (world_.host(node).stands_aside())
            continue;  // nobody tells it that it is heard, and it claims nothing
        if (state == core::MemberState::dead && was != core::MemberState::dead) check_death(node, peer, now);
        if (state != core::MemberState::dead && state != core::MemberState::left)
            check_silence(node, peer, now);
    }
}

void Oracle::check_death(std::size_t node, std::size_t peer, Instant now) {
    const Listener& listener = listeners_[node];
    const Ear& ear = listener.ears[peer];
    const auto ms = [](Duration d) { return static_cast<double>(d.count()) / 1e6; };
    if (ear.heard) {
        const Instant since = std::max(ear.newest_status, listener.fresh);
        if (now - since < ear.deadtime)
            broken("a node heard within its deadtime is not dead", "%s judged %s after %.3f of %.3f ms",
                   world_.name(node).c_str(), world_.settings.nodes[peer].c_str(), ms(now - since),
                   ms(ear.deadtime));
    } else if (!listener.restarted && now - listener.started < world_.settings.initdead) {
        broken("nobody is dead before initdead", "%s judged %s after %.3f ms", world_.name(node).c_str(),
               world_.settings.nodes[peer].c_str(), ms(now - listener.started));
    }
    death_declared(node, peer);
}

void Oracle::check_silence(std::size_t node, std::size_t peer, Instant now) {
    const Listener& listener = listeners_[node];
    const Ear& ear = listener.ears[peer];
    const Duration own = world_.host(node).config().deadtime;
    const Duration first = listener.restarted ? own : world_.settings.initdead;
    if (!ear.heard && listener.listening == never) return;  // nobody could be heard
    const Duration wait = ear.heard ? ear.deadtime : own;
    Instant due = std::max(
        {listener.started + first, ear.newest_any + wait, ear.newest_recording + world_.settings.deadtime});
    if (!ear.heard) due = std::max(due, listener.listening + first);
    if (listener.fresh != Instant{})
        due = std::max(due, listener.fresh + std::max(wait, ear.heard ? wait : first));
    if (const Instant deaf = company.deaf_until(node); deaf != Instant{})
        due = std::max(due, deaf + std::max(wait, first));
    if (now > due + 2ms)
        broken("a node silent for its deadtime is dead", "%s did not judge %s, %.3f ms late",
               world_.name(node).c_str(), world_.settings.nodes[peer].c_str(),
               static_cast<double>((now - due).count()) / 1e6);
}

void Oracle::check_epochs(std::size_t node) {
    auto& epochs = epochs_[node];
    epochs.resize(owners_.size());
    const core::Core& core = world_.host(node).engine()->core();
    for (std::size_t g = 0; g < epochs.size(); ++g) {
        const std::uint32_t epoch = core.heritage(id_of<GroupId>(g)).epoch;
        // They go round; 0 is before all.
        const bool back = epochs[g] != 0 && (epoch == 0 || static_cast<std::int32_t>(epoch - epochs[g]) < 0);
        if (back)
            broken("epochs never go back", "group %zu at %s: %u after %u", g, world_.name(node).c_str(),
                   epoch, epochs[g]);
        epochs[g] = epoch;
    }
}

}  // namespace hb::sim
