// The part of the loop that hears: packet sockets, and once a keepalive the plain UDP socket behind the
// firewall.
#include <algorithm>
#include <utility>

#include "loop.hpp"
#include "say.hpp"

namespace hb::engine {
namespace {

constexpr int frames_per_turn = 64;        // of one medium: a flood on one must not keep the others waiting
constexpr int arp_per_turn = 64;           // of one interface
constexpr int datagrams_per_listen = 128;  // of the second ear
constexpr int listen_overflow = 48;        // its small buffer may have been full: large ones are that few
constexpr int node_name_shown = 64;

// Larger datagrams than we ever send may come in fragments, which a packet socket does not put together.
bool may_be_fragmented(const RawDatagram& datagram) { return datagram.bytes.size() > limits::datagram; }

}  // namespace

void Engine::receive_frames() {
    heard_until_ = never;
    for (std::size_t i = 0; i < media_.size(); ++i) receive_frames_of(id_of<MediumId>(i));
    if (heard_until_ == never) drained_at_ = clocks_.now;
}

void Engine::receive_frames_of(MediumId medium) {
    Instant last = drained_at_;
    for (int i = 0; i < frames_per_turn; ++i) {
        Heard heard;
        switch (media_[medium.index()].receive(clocks_, memory_.frame_in, heard)) {
            case Medium::Got::datagram:
                last = heard.received;
                take_in(medium, heard);
                break;
            case Medium::Got::other: break;
            case Medium::Got::empty: return;
        }
    }
    heard_until_ = std::min(heard_until_, last);
}

void Engine::take_in(MediumId medium, const Heard& heard) {
    const auto opened = inbox_.admit(heard.payload);
    const auto sent = [&](const Medium& m) { return m.mac() == heard.flow.source_mac; };
    const bool by_twin =
        opened.reason == wire::DropReason::own && std::none_of(media_.begin(), media_.end(), sent);
    if (by_twin)  // what we sent ourselves and the network brings back is no news
        step(core::FrameReceived{medium, heard.received, &inbox_.message(), heard.flow.source_mac,
                                 heard.flow.source});
    if (opened.reason != wire::DropReason::none) return refused(medium, heard, opened.reason, by_twin);
    firewall_.seen_on_wire(opened.source, medium);
    step(core::FrameReceived{medium, heard.received, &inbox_.message(), heard.flow.source_mac,
                             heard.flow.source});
}

// The sockets are asked when something is due, which may be a silence to be judged, and in every turn of a flood.
void Engine::look_for_losses(Instant deadline) {
    const Instant now = clocks_.now;
    if (now < deadline && heard_until_ == never && !brake_.pulls(now)) return;
    const Instant since = std::exchange(losses_looked_for_, now);
    std::uint64_t lost = 0;
    for (Medium& medium : media_) lost += medium.take_lost();
    if (lost > 0) overflow_.lost(lost, since, now);
}

void Engine::receive_arp() {
    const auto is_medium = [&](const Mac& mac) {
        return std::any_of(media_.begin(), media_.end(),
                           [&](const Medium& m) { return m.fd() >= 0 && m.mac() == mac; });
    };
    for (std::size_t ear = 0; ear < arp_.room(); ++ear) {
        if (!arp_ready_[ear]) continue;
        core::AddressClaimed claimed;
        for (int i = 0; i < arp_per_turn; ++i) {
            const auto got = arp_.receive(ear, memory_.frame_in, claimed);
            if (got == Arp::Got::empty) break;
            brake_.count(clocks_.now);
            if (got == Arp::Got::claim && !is_medium(claimed.mac)) step(claimed);
        }
    }
}

void Engine::lend_arp(const ipc::Notice& notice, Fd lent) {
    if (!lent) return;
    const int fd = lent.get();
    const auto* ear = arp_.lend({std::move(lent), notice.ifindex, Mac{std::to_array(notice.mac)}});
    if (ear != nullptr) poll_.watch(fd, {Key::Kind::arp, static_cast<std::uint32_t>(arp_.index(*ear))});
}

void Engine::refused(MediumId medium, const Heard& heard, wire::DropReason reason, bool by_twin) {
    using wire::DropReason;
    const Instant now = clocks_.now;
    drops_[medium.index()].count(reason, now);
    brake_.count(now);
    if (!config_.log_badpack) return;
    const std::string source = to_text(heard.flow.source);  // at most 15 octets: takes no memory
    const std::string& interface = media_[medium.index()].name();
    const bool wrong_key = reason == DropReason::bad_signature || reason == DropReason::unknown_key ||
                           reason == DropReason::keyless;
    if (wrong_key && wrong_key_.permits(now))
        say(log_, event::wrong_key, {source, interface, wire::to_text(reason)});
    const std::string_view name = inbox_.message().get_or("src", "").substr(0, node_name_shown);
    if (reason == DropReason::unknown_node && unknown_node_.permits(now))
        say(log_, event::unknown_node, {source, interface, name});
    if (by_twin && same_name_.permits(now))
        say(log_, event::same_name, {source, interface, config_.nodes[config_.self.index()]});
}

void Engine::listen_behind_firewall() {
    if (clocks_.now < next_listening_) return;
    next_listening_ = clocks_.now + config_.keepalive;
    tell_load();
    incoming_.look(clocks_.now);
    if (!udp_) return;
    int count = 0;
    RawDatagram datagram;
    while (count < datagrams_per_listen && receive_datagram(udp_.get(), memory_.frame_in, datagram)) {
        ++count;
        const auto opened = inbox_.admit(datagram.bytes);
        if (opened.reason != wire::DropReason::none) continue;
        firewall_.heard(opened.source);
        if (may_be_fragmented(datagram)) take_in_fragmented(datagram);
    }
    if (count >= listen_overflow) firewall_.overflowed();
    say_what_drops();
}

// What the kernel's reverse path filter counted explains it if those are as many as came.
void Engine::say_what_drops() {
    std::optional<std::uint64_t> filtered;
    for (NodeId node; (node = firewall_.dropped_by_firewall(clocks_.now)).exists();) {
        if (!filtered) filtered = reverse_path_.more(memory_.frame_in);
        const auto port = config_.udpport;
        const MediumId on = firewall_.seen_on(node);
        const std::string_view interface = on.exists() ? std::string_view{media_[on.index()].name()} : "";
        if (*filtered >= firewall_.seen(node) / 2)
            say(log_, event::reverse_path, {interface, config_.nodes[node.index()], port, interface});
        else
            say(log_, event::firewall, {config_.nodes[node.index()], port, port, port});
    }
}

void Engine::hear_witnesses() {
    while (const auto heard = witnesses_.hear(clocks_, memory_.frame_in)) step(*heard);
}

void Engine::take_in_fragmented(const RawDatagram& datagram) {
    const auto came_over = [&](const Medium& medium) {
        return medium.fd() >= 0 && medium.ifindex() == datagram.ifindex;
    };
    const auto medium = std::find_if(media_.begin(), media_.end(), came_over);
    if (medium == media_.end()) return;
    const Instant received = on_boot_clock(datagram.stamp, clocks_, clocks_.now - config_.keepalive);
    const auto id = id_of<MediumId>(static_cast<std::size_t>(medium - media_.begin()));
    step(core::FrameReceived{id, received, &inbox_.message()});
}

void Engine::say_drops() {
    if (!config_.log_badpack) return;
    for (std::size_t i = 0; i < drops_.size(); ++i)
        if (const auto drops = drops_[i].summary(clocks_.now))
            say(log_, event::dropped,
                {drops->count, media_[i].name(), drops->seconds, drops->reasons.view()});
}

void Engine::say_losses() {
    if (const auto lost = overflow_.summary(clocks_.now))
        say(log_, event::overflow, {lost->frames, lost->seconds, 3 * config_.deadtime / 1ms});
}

}  // namespace hb::engine
