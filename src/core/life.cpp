// Which life (generation) of a node is believed. A recording carries a valid signature: what it cannot carry is the number
// of our present life in its echo (heartbeat-protocol(7), FRESHNESS).
#include <algorithm>
#include <utility>

#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

namespace {
constexpr Duration clock_slack = 10ms;   // an age that another clock has measured
constexpr Duration question_pause = 1s;  // between two questions to a life that has to prove itself
constexpr Duration answer_time = 5s;     // what comes later answers nothing
constexpr Duration replay_line = 60s;
}  // namespace

/// It was said in this life of ours, of a status that we sent when it is said to have been heard: nothing that was recorded before
/// can say so.
bool Core::Impl::names_us(const Echo& echo, Instant received) const {
    if (echo.sequence == 0) return false;
    if (echo.generation != outbox_.generation())
        return number_.was_ours(echo.generation, outbox_.generation());
    const std::optional<Instant> sent = outbox_.status_sent(echo.sequence);
    const Instant heard = received - echo.age;
    return sent && heard >= *sent - clock_slack && heard <= *sent + config_.deadtime;
}

bool Core::Impl::names_us(const wire::Message& message, Instant received) const {
    const auto echo = echo_of(message, name(config_.self));
    return message.get_or(field::hb4, "").starts_with("1.") && echo && names_us(*echo, received);
}

/// True: the message is of the life that is believed, or that has to be waited for. A life is believed if it names our present
/// one; if it follows one that we have met; or, while nothing is known of the node yet, until it has been silent. Linux-HA names
/// nobody: it has to answer a question.
bool Core::Impl::admit(NodeId node, const FrameReceived& frame, Generation generation) {
    const wire::Message& message = *frame.message;
    Peer& p = peer(node);
    const bool followed = p.genuine || p.state != MemberState::dead;
    if (generation == p.generation && followed) return true;
    if (message.get_or(field::t, "") != type::status) {
        take_answer(node, message, generation);
        return false;  // its status comes first
    }
    const auto echo = echo_of(message, name(config_.self));
    const bool names = names_us(message, frame.received);
    if (echo && !names) own_number_heard(node, *echo, frame.received);
    const auto number = message.hex(field::seq).value_or(0);
    const bool newer =
        generation > p.known.generation || (generation == p.known.generation && number > p.known.sequence);
    // The later life counts, but not one that has proven nothing and is silent, while the earlier one goes on to hear us.
    const bool goes_on =
        names && (!p.known.met || (!p.genuine && now_ - p.last_status > config_.deadtime / 2));
    if (!newer || (generation < p.generation && !goes_on)) {
        say_replay(node, frame, generation);
        return false;
    }
    const bool answered = p.answered_life == generation && !message.get(field::hb4);
    const bool waited_for = p.state == MemberState::init ||
                            (alive(node) && !binds(p));  // nobody is sure of it, and nothing is claimed
    if (!names && !answered && !p.known.met && !waited_for) {
        ask_life(node, message, generation);
        p.asked_life = {generation, static_cast<Sequence>(number), frame.received};
        return false;
    }
    if (generation != p.generation) begin_life(node, generation);
    if (names || answered) prove(node);
    return true;
}

/// A life that is not believed may prove itself: one of ours by the echo of what we say now, Linux-HA by an answer.
void Core::Impl::ask_life(NodeId node, const wire::Message& message, Generation generation) {
    Peer& p = peer(node);
    if (p.asked_life.generation != generation) p.asked_life_starts = false;
    p.asked_life_starts |= message.get_or(field::st, "") != "active";
    if (p.asked_life_at != Instant{} &&
        now_ - p.asked_life_at < std::min<Duration>(question_pause, config_.keepalive))
        return;
    p.asked_life_at = now_;
    if (message.get(field::hb4)) {
        due_.say();
        return;
    }
    send(type::reqnodes, node, [](wire::Builder&) {});
}

void Core::Impl::take_answer(NodeId node, const wire::Message& message, Generation generation) {
    Peer& p = peer(node);
    const std::string_view t = message.get_or(field::t, ""),
                           to = message.get_or(field::dest, name(config_.self));
    if (to != name(config_.self)) return;
    if (t == type::repnodes && generation == p.asked_life.generation && now_ - p.asked_life_at < answer_time)
        p.answered_life = generation;
    // Its first status may have been lost, or come later.
    if (t == type::reqnodes && generation > std::max(p.generation, p.known.generation)) on_reqnodes(node);
}

void Core::Impl::begin_life(NodeId node, Generation generation) {
    Peer& p = peer(node);
    if (p.generation) log(log::restart, {name(node)});
    remember_life(p);
    const bool starts = generation == p.asked_life.generation && p.asked_life_starts;
    p.heard_late =
        !starts && p.generation == 0 && p.state == MemberState::dead && own_ == MemberState::active;
    p.generation = generation;
    p.genuine = false;
    p.stream.begin_life(generation == p.known.generation ? p.known.sequence : 0);
    p.status_sequence = p.stream.newest();
    p.hearing.forget();
    p.heard = p.reqnodes_answered = p.registers_complete = p.leaving = p.left_blocked = false;
    p.acknowledged = p.shutdone = p.resource_sequence = 0;
    p.macs.begin_life();
    for (Link& link : p.links) link.newest = 0;
    std::fill(p.registers.begin(), p.registers.end(), Register{});
    if (p.state == MemberState::dead || p.state == MemberState::left) set_member(node, MemberState::up);
    if (!standby_.none() && standby_.peer() == node) {
        log(log::standby_cancelled, {});
        standby_.end();
    }
    theirs_ = Holding{};
    peer_stable_ = false;
    due_.decide_again();
}

/// This life of the node is the present one: what is older is a recording from now on.
void Core::Impl::prove(NodeId node) {
    Peer& p = peer(node);
    p.genuine = true;
    remember_life(p);
}

void Core::Impl::remember_life(Peer& p) const {
    if (p.genuine || (p.known.met && p.generation == p.known.generation))
        p.known = {.generation = p.generation,
                   .sequence =
                       std::max(p.stream.newest(), p.known.generation == p.generation ? p.known.sequence : 0),
                   .met = true};
}

void Core::Impl::say_replay(NodeId node, const FrameReceived& frame, Generation generation) {
    if (replay_logged_ != Instant{} && now_ - replay_logged_ < replay_line) return;
    replay_logged_ = now_;
    const Peer& p = peer(node);
    log(log::replay, {name(node), generation, std::max(p.generation, p.known.generation)});
    log(log::replay_from, {name(node), MacText(frame.source_mac).view(), AddressText(frame.source).view()});
}

// Our own number.

/// Somebody has heard this node under a higher number. What was said before our start, or without a sequence, is about an earlier
/// life: this one has to go on above it, or everybody drops what it says.
void Core::Impl::learn_number(const Echo& echo, Instant received) {
    const bool earlier =
        echo.sequence == 0 || received - echo.age <= beginning_.started() + config_.keepalive;
    if (!earlier || aside_ || echo.generation >= bounds::generation ||
        number_.wanted(outbox_.generation()) > echo.generation)
        return;
    if (echo.sequence != 0) suppose_twin(echo, received);
    log(log::number_too_low, {outbox_.generation(), echo.generation, echo.generation + 1});
    number_.want(echo.generation + 1, outbox_.generation(), now_);
}

/// Runs out of numbers, or needs a higher one: as soon as that is on the disk.
void Core::Impl::renumber() {
    if (departure_.leaving() || aside_) return;
    const Generation next = number_.due(outbox_.generation(), outbox_.newest(), now_);
    if (next == 0) return;
    begin_generation(next);
    due_.ask_for_answer();  // a session goes on when its other end has named the new number
    send_status();
}

void Core::Impl::begin_generation(Generation generation) {
    outbox_.begin(generation);
    twin_.listening = now_;
    pulse_.forget();
    departure_.renumbered();
    said_.renumbered();
    due_.bequeath();
    for_peers([](NodeId, Peer& p) {
        p.acknowledged = 0;
        p.hearing.forget();
        p.warned_deaf = true;  // it hears us, and will say so in a moment
    });
}

}  // namespace hb::core
