#include "medium.hpp"

#include <algorithm>

namespace hb::engine {

Instant on_boot_clock(std::optional<Stamp> stamp, const Clocks& clocks, Instant earliest) {
    if (!stamp) return clocks.now;
    const Instant heard = clocks.now - Duration{clocks.wall_ns - *stamp};
    return std::clamp(heard, std::min(earliest, clocks.now), clocks.now);
}

void Medium::lend(Lent lent, Instant now) {
    lent_ = std::move(lent);
    usable_ = static_cast<bool>(lent_.fd);
    empty_at_ = now;
}

void Medium::withdraw() {
    lent_ = Lent{};
    usable_ = false;
}

bool Medium::take_change() {
    const bool changed = usable_ != told_usable_;
    told_usable_ = usable_;
    return changed;
}

Medium::Got Medium::receive(const Clocks& clocks, std::span<std::byte> buffer, Heard& out) {
    if (!lent_.fd) return Got::empty;
    RawFrame frame;
    switch (receive_frame(lent_.fd.get(), buffer, frame)) {
        case Receive::empty: empty_at_ = clocks.now; return Got::empty;
        case Receive::down: usable_ = false; return Got::empty;
        case Receive::frame: break;
    }
    if (!frame.ours) return Got::other;
    wire::UdpFrame udp;
    const auto fault = wire::parse_udp_frame(frame.bytes, frame.checksum, udp);
    const bool broken = fault == wire::FrameFault::truncated || fault == wire::FrameFault::bad_ip_checksum ||
                        fault == wire::FrameFault::bad_udp_checksum;
    if (broken) ++counters_.faulty;
    if (fault != wire::FrameFault::none || udp.flow.destination_port != port_) return Got::other;
    ++counters_.received;
    out = Heard{
        .flow = udp.flow, .payload = udp.payload, .received = on_boot_clock(frame.stamp, clocks, empty_at_)};
    return Got::datagram;
}

std::uint32_t Medium::take_lost() {
    const std::uint32_t lost = lent_.fd ? engine::take_lost(lent_.fd.get()) : 0;
    counters_.lost += lost;
    return lost;
}

Send Medium::send(Bytes datagram, std::span<std::byte> buffer) {
    if (!lent_.fd) return Send::down;
    const wire::UdpFlow flow{.source_mac = lent_.mac,
                             .destination_mac = broadcast_mac,
                             .source = lent_.address,
                             .destination = lent_.broadcast,
                             .source_port = port_,
                             .destination_port = port_};
    const std::size_t size = wire::build_udp_frame(flow, identification_++, datagram, buffer);
    const Send result =
        size == 0 ? Send::too_big : send_frame(lent_.fd.get(), lent_.ifindex, buffer.first(size));
    switch (result) {
        case Send::sent:
            ++counters_.sent;
            usable_ = true;
            break;
        case Send::dropped:
        case Send::too_big: ++counters_.send_dropped; break;
        case Send::down: usable_ = false; break;
    }
    return result;
}

}  // namespace hb::engine
