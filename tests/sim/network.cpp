#include "sim/network.hpp"

#include "sim/arp.hpp"
#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

Network::Network(World& world, std::size_t nodes, std::size_t media, Quality q)
    : quality(q), world_(world), nodes_(nodes), media_(media), cut_(nodes * nodes * media),
      passages_(nodes * nodes), recordings_(nodes) {}

void Network::send(std::size_t from, Bytes octets, const std::vector<Duration>& silences) {
    world_.log.mix(octets.data(), octets.size());
    std::vector<FramePtr> frames;
    for (std::size_t m = 0; m < media_; ++m) {
        if (!world_.host(from).interface_up(m)) continue;
        auto frame = std::make_shared<Frame>();
        frame->from = from;
        frame->medium = id_of<MediumId>(m);
        frame->sent = world_.time.now();
        frame->octets.assign(octets.begin(), octets.end());
        frame->silences = silences;
        frame->source = mac_of(from, frame->medium);
        world_.capture(*frame);
        frames.push_back(std::move(frame));
    }
    if (recording && !frames.empty()) record(frames.front());
    if (tap && !frames.empty()) tap(frames.front());
    for (std::size_t to = 0; to < nodes_; ++to) {
        if (to == from) continue;
        bool arrives = false;
        for (const FramePtr& frame : frames) arrives |= carry(frame, to);
        if (arrives) continue;
        lost(from, to);
    }
}

// A node judges by the round trip: what is lost on the way back adds to it.
void Network::lost(std::size_t from, std::size_t to) {
    Passage& way = passage(from, to);
    const Passage& back = passage(to, from);
    const Duration keepalive = world_.settings.keepalive;
    way.lost = world_.time.now();
    way.gap = way.lost - way.delivered;
    const bool also_back = way.lost - back.lost <= way.gap + 2 * keepalive;
    if (way.gap > 2 * keepalive || (also_back && way.gap + back.gap > 5 * keepalive / 2))
        world_.oracle.noise();
}

// False if nothing undamaged arrives.
bool Network::carry(const FramePtr& frame, std::size_t to) {
    const std::size_t medium = frame->medium.index();
    if (cut_[index(frame->from, to, medium)] || !world_.host(to).hears(medium)) return false;
    if (world_.chance(quality.loss)) return false;
    const Fate given = fate ? fate(*frame, to) : Fate{};
    if (given.copies == 0) return false;
    if (world_.chance(quality.corrupt)) {
        deliver_later(damaged(*frame), to);
        return false;
    }
    for (unsigned i = 0; i < given.copies; ++i)
        deliver_later(frame, to, given.late + static_cast<int>(i) * given.apart);
    if (world_.chance(quality.duplicate)) deliver_later(frame, to);
    return true;
}

void Network::deliver_later(const FramePtr& frame, std::size_t to, Duration late) {
    const Duration delay = world_.between(quality.delay_min, quality.delay_max) + late;
    world_.time.after(delay, [this, frame, to] {
        const bool heard = world_.host(to).hears(frame->medium.index());
        if (heard && !frame->damaged && !frame->replayed) arrived(*frame, to);
        world_.host(to).arrive(frame);
    });
}

void Network::arrived(const Frame& frame, std::size_t to) {
    Passage& way = passage(frame.from, to);
    way.delivered = std::max(way.delivered, frame.sent);
    if (frame.silences.empty() || frame.sent < way.heard_back) return;
    if (frame.silences[world_.settings.name_of(to)] <= 2 * world_.settings.keepalive)
        way.warned = no_moment;
    else
        way.warned = std::min(way.warned, world_.time.now());
}

FramePtr Network::damaged(const Frame& frame) {
    auto copy = std::make_shared<Frame>(frame);
    copy->damaged = true;
    const auto kind = world_.random.below(8);
    if (kind == 0) {
        copy->octets.resize(world_.random.below(copy->octets.size()));
        return copy;
    }
    // Three bits at most: what every CRC-32 detects in a datagram of this size.
    const std::size_t bit = world_.random.below(copy->octets.size() * 8);
    for (std::size_t i = 0; i <= kind % 3; ++i) {
        const std::size_t at = (bit + i * 13) % (copy->octets.size() * 8);
        copy->octets[at / 8] ^= static_cast<std::byte>(1u << at % 8);
    }
    return copy;
}

void Network::record(const FramePtr& frame) {
    auto& tape = recordings_[frame->from];
    if (tape.size() < 64) return tape.push_back(frame);
    // A tape that keeps some of every age.
    const auto slot = world_.random.below(++recorded_);
    if (slot < tape.size()) tape[slot] = frame;
}

void Network::replay(std::size_t from, std::size_t count) {
    const auto& tape = recordings_[from];
    for (std::size_t i = 0; i < tape.size() && i < count; ++i) {
        auto again = std::make_shared<Frame>(*tape[i]);
        again->replayed = true;
        for (std::size_t to = 0; to < nodes_; ++to) deliver_later(again, to);
    }
}

void Network::cut(std::size_t from, std::size_t to, std::size_t medium) {
    cut_[index(from, to, medium)] = 1;
    world_.oracle.network_changed();
}

void Network::cut(std::size_t from, std::size_t to) {
    for (std::size_t m = 0; m < media_; ++m) cut(from, to, m);
}

void Network::mend(std::size_t from, std::size_t to, std::size_t medium) {
    cut_[index(from, to, medium)] = 0;
    world_.oracle.network_changed();
}

void Network::mend_all() {
    std::fill(cut_.begin(), cut_.end(), 0);
    world_.oracle.network_changed();
}

bool Network::severed(std::size_t from, std::size_t to) const {
    for (std::size_t m = 0; m < media_; ++m)
        if (!cut_[index(from, to, m)] && world_.host(from).interface_up(m) && world_.host(to).hears(m))
            return false;
    return true;
}

bool Network::cut_anywhere() const { return std::find(cut_.begin(), cut_.end(), 1) != cut_.end(); }

}  // namespace hb::sim
