#include "witness.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "packet.hpp"
#include "sandbox.hpp"

namespace hb::engine {
namespace {

constexpr std::uint8_t type_echo_reply = 0, type_echo_request = 8;
constexpr std::uint16_t remembered =
    16;  // requests that an answer may belong to: a far ping node answers late
constexpr std::size_t answers_a_turn = 4 * limits::witnesses * limits::witness_hosts;

/// RFC 1071.
std::uint16_t checksum(Bytes bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
        sum += std::to_integer<std::uint32_t>(bytes[i]) << 8 | std::to_integer<std::uint32_t>(bytes[i + 1]);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

}  // namespace

std::array<std::byte, echo_size> echo_request(std::uint16_t identifier, std::uint16_t sequence,
                                              std::uint64_t token) {
    std::array<std::byte, echo_size> packet{};
    Writer out{packet};
    out.u8(type_echo_request);
    out.u8(0);
    out.u16(0);
    out.u16(identifier);
    out.u16(sequence);
    out.u32(static_cast<std::uint32_t>(token >> 32));
    out.u32(static_cast<std::uint32_t>(token));
    const std::uint16_t sum = checksum(packet);
    packet[2] = static_cast<std::byte>(sum >> 8);
    packet[3] = static_cast<std::byte>(sum & 0xff);
    return packet;
}

void Witnesses::ask(std::uint8_t witness) {
    if (!socket_ || witness >= witnesses_.size()) return;
    asked_ = true;
    const auto packet = echo_request(identifier_, ++sequence_[witness], token_ + witness);
    for (const Ipv4 address : witnesses_[witness].addresses) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(address.value);
        (void)::sendto(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT,
                       reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
}

std::optional<core::WitnessHeard> Witnesses::hear(const Clocks& clocks, std::span<std::byte> buffer) {
    if (!socket_ || !asked_) return std::nullopt;
    RawDatagram packet;
    for (std::size_t n = 0; n < answers_a_turn && receive_datagram(socket_.get(), buffer, packet); ++n)
        if (const auto witness = answerer(packet.bytes, packet.source))
            return core::WitnessHeard{*witness, on_boot_clock(packet.stamp, clocks, clocks.now - 60s)};
    return std::nullopt;
}

/// A raw socket gives the IPv4 header too.
std::optional<std::uint8_t> Witnesses::answerer(Bytes packet, Ipv4 source) {
    if (packet.size() < 20) return std::nullopt;
    const std::size_t header = (std::to_integer<std::size_t>(packet[0]) & 0x0f) * 4;
    if (packet.size() < header + echo_size) return std::nullopt;
    Reader in{packet.subspan(header)};
    const std::uint8_t type = in.u8();
    (void)in.u8();
    (void)in.u16();  // the kernel has checked the sum
    const std::uint16_t identifier = in.u16(), sequence = in.u16();
    const std::uint64_t token = std::uint64_t{in.u32()} << 32 | in.u32();
    const std::uint64_t distance = token - token_;
    if (type != type_echo_reply || identifier != identifier_ || distance >= witnesses_.size())
        return std::nullopt;
    const auto index = static_cast<std::uint8_t>(distance);
    const auto& addresses = witnesses_[index].addresses;
    const auto age = static_cast<std::uint16_t>(sequence_[index] - sequence);
    const auto answered = static_cast<std::uint16_t>(sequence_[index] - answered_[index]);
    if (age >= remembered || age >= answered ||
        std::find(addresses.begin(), addresses.end(), source) == addresses.end())
        return std::nullopt;  // a copy of what was heard says nothing about now
    answered_[index] = sequence;
    return index;
}

IncomingFrames::IncomingFrames(const std::vector<config::Medium>& media) {
    for (const config::Medium& medium : media)
        counters_.push_back({open_frame_counter(medium.interface), {}});
}

void IncomingFrames::look(Instant now) {
    bool moved = false, known = !counters_.empty();
    for (Counter& counter : counters_) {
        std::array<char, 24> text;
        const ssize_t n = counter.fd ? ::pread(counter.fd.get(), text.data(), text.size(), 0) : -1;
        known = known && n > 0;  // an interface that was removed has no counter any more
        if (n <= 0) continue;
        const std::string_view count{text.data(), static_cast<std::size_t>(n)};
        moved = moved || count != counter.text.view();
        counter.text = count;
    }
    if (!known)
        newest_ = never;
    else if (moved || newest_ == never)
        newest_ = looked_ == Instant{} ? now : looked_;
    looked_ = now;
}

}  // namespace hb::engine
