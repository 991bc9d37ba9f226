#include "sim/capture.hpp"

#include <array>
#include <cstdlib>

#include "hb/wire/packet.hpp"

namespace hb::sim {

// Numbers of a pcap file are in the byte order of its writer; the magic tells which. Header: magic u32
// (nanoseconds), version u16 u16, zone i32, accuracy u32, snapshot length u32, link type u32 (1: Ethernet).
Capture::Capture(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
    if (!file_) {
        std::perror(path.c_str());
        std::exit(2);
    }
    const std::uint32_t header[] = {0xa1b23c4du, 0x00040002u, 0, 0, 65535, 1};
    std::fwrite(header, sizeof header, 1, file_);
}

Capture::~Capture() { std::fclose(file_); }

void Capture::write(const Frame& frame) {
    const auto host = static_cast<std::uint8_t>(frame.from + 1);
    const auto segment = static_cast<std::uint32_t>(frame.medium.value);
    const wire::UdpFlow flow{.source_mac = Mac{{2, 0, 0, 0, static_cast<std::uint8_t>(segment), host}},
                             .destination_mac = broadcast_mac,
                             .source = Ipv4{0xc0a80000u + (segment << 8) + host},
                             .destination = Ipv4{0xc0a800ffu + (segment << 8)},
                             .source_port = 694,
                             .destination_port = 694};
    static std::array<std::byte, 2048> out;
    const std::size_t size = wire::build_udp_frame(flow, ++identification_, Bytes(frame.octets), out);
    const auto length = static_cast<std::uint32_t>(size);
    const auto seconds = static_cast<std::uint32_t>(frame.sent / 1s);
    const auto rest = static_cast<std::uint32_t>((frame.sent % 1s).count());
    const std::uint32_t record[] = {seconds, rest, length, length};
    std::fwrite(record, sizeof record, 1, file_);
    std::fwrite(out.data(), size, 1, file_);
}

}  // namespace hb::sim
