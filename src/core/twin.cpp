// Two hosts under one name: a machine that was cloned, or started twice. Peers follow the higher generation. So the lower one lets
// go, the higher one starts nothing before that, and nobody takes a recording for a host (heartbeat-protocol(7), FRESHNESS).
#include <algorithm>

#include "hb/wire/message.hpp"
#include "impl.hpp"

namespace hb::core {

namespace field = wire::field;
namespace type = wire::type;

namespace {
constexpr Duration twin_line = 60s;
constexpr Sequence near = 8;  // two that were started together; one that lives for longer is far ahead
constexpr Duration suspicion_pause =
    60s;  // recordings that are played again and again are not waited for again and again
constexpr unsigned next_numbers = 16;  // two of one generation go on with one of these above it
}  // namespace

bool Core::Impl::twin_lives() const {
    return twin_.heard != Instant{} && now_ - twin_.heard < config_.deadtime;
}

/// A status that carries our own name: what we said ourselves and the network brings back, a recording, or another host.
void Core::Impl::on_own_name(const FrameReceived& frame, Generation generation, Sequence number) {
    const wire::Message& m = *frame.message;
    if (m.get_or(field::t, "") != type::status) return;
    const auto echo = echo_of(m, name(config_.self));
    if (generation == outbox_.generation() && number <= outbox_.newest() && !echo &&
        !said_otherwise(m, number))
        return;
    if (generation == twin_.generation && number <= twin_.sequence && twin_lives()) return;
    if (generation < twin_.generation && twin_.proven && twin_lives()) return;
    if (!twin_lives() || generation != twin_.generation) {
        twin_.generation = generation;
        if (twin_.suspected == Instant{} || now_ - twin_.suspected >= suspicion_pause) twin_.suspected = now_;
        twin_.proven = false;
    }
    twin_.sequence = number;
    twin_.heard = now_;
    twin_.proven |= echo && names_us(*echo, frame.received);
    due_.decide_again();
    read_twin(m);
    if (twin_.answered == Instant{} || now_ - twin_.answered >= config_.keepalive / 4) {
        twin_.answered = now_;
        due_.say();
    }
    if (twin_.proven) judge_twin(frame);
}

/// The same number of the same life says something else: two hosts were started with one number.
bool Core::Impl::said_otherwise(const wire::Message& message, Sequence number) {
    const std::optional<Outbox::Kept> kept = outbox_.find(number);
    if (!kept) return false;
    wire::Message ours;
    const wire::Envelope envelope{
        .form = wire::Envelope::Form::netstring, .body = kept->body, .signature = {}};
    if (wire::decode(envelope, ours) != wire::DropReason::none) return false;
    return ours.get_or(field::hb4e, "") != message.get_or(field::hb4e, "");
}

void Core::Impl::judge_twin(const FrameReceived& frame) {
    if (aside_) return;
    const bool equal = twin_.generation == outbox_.generation();
    const bool newcomer = equal && twin_.sequence > outbox_.newest() + near;
    if (twin_.generation > outbox_.generation() || newcomer)
        return stand_aside(frame.source_mac, frame.source);
    if (equal && twin_.sequence + near >= outbox_.newest())
        number_.want(outbox_.generation() + 1 + static_cast<Generation>(random_.below(next_numbers)),
                     outbox_.generation(), now_);
    if (twin_.logged != Instant{} && now_ - twin_.logged < twin_line) return;
    twin_.logged = now_;
    log(log::twin, {MacText(frame.source_mac).view(), AddressText(frame.source).view(), twin_.generation,
                    outbox_.generation()});
}

/// A peer has just heard our name under a number that was never ours. Until it is seen what lives there, it may hold everything.
void Core::Impl::suppose_twin(const Echo& echo, Instant received) {
    if (twin_lives()) return;
    twin_.generation = echo.generation;
    twin_.sequence = echo.sequence;
    twin_.heard = twin_.suspected = received - echo.age;
    twin_.proven = true;
    std::fill(twin_.states.begin(), twin_.states.end(), GroupState::owned);
}

/// A peer hears the other one now, and no longer us.
void Core::Impl::heard_of_twin(NodeId teller, const Echo& echo, Instant received) {
    const bool now = echo.proven && received - echo.age > beginning_.started() + config_.keepalive;
    if (!now || aside_ || !peer(teller).genuine) return;
    log(log::twin_told, {name(teller), echo.generation, outbox_.generation()});
    stand_aside(Mac{}, Ipv4{});
}

void Core::Impl::stand_aside(const Mac& mac, Ipv4 address) {
    aside_ = true;
    log(log::aside, {MacText(mac).view(), AddressText(address).view(), outbox_.generation()});
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        groups_[i].take_back = groups_[i].granted = false;
        lose_right(id_of<GroupId>(i), cause::name_twice);
    }
    standby_.end();
    due_.say_change();
}

/// Until the other one knows that everything has been let go; then we are silent, for peers follow it.
bool Core::Impl::is_mute() const {
    return aside_ && !due_.says_change() && !pulse_.repeats() &&
           std::none_of(groups_.begin(), groups_.end(),
                        [this](const Group& g) { return holds(g.own.state); });
}

/// Peers have not heard our present number for long: if another host of our name lives, they, or it, may still have to tell us.
bool Core::Impl::listens_for_twin() const { return now_ < twin_.listening + 2 * config_.keepalive; }

/// Nothing is started beside another host of our name, until it has let go or was silent for a deadtime; one that has not proven to
/// live is waited for once. Nor before we have listened for it, where the peers say that the group is ours from before.
bool Core::Impl::twin_forbids(GroupId group) const {
    if (aside_) return true;
    const Group& g = groups_[group.index()];
    if (g.from_before && g.own.holder == config_.self && listens_for_twin()) return true;
    if (!twin_lives()) return false;
    if (!twin_.proven) return now_ < twin_.suspected + 2 * config_.keepalive;
    return twin_.generation >= outbox_.generation() || holds(twin_.states[group.index()]);
}

bool Core::Impl::twin_holds_any() const {
    if (aside_ || !twin_lives()) return false;
    for (std::size_t i = 0; i < groups_.size(); ++i)
        if (twin_forbids(id_of<GroupId>(i))) return true;
    return false;
}

}  // namespace hb::core
