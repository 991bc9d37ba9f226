#include "hb/wire/packet.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace hb::wire {
namespace {

using Frame = std::vector<std::byte>;

const UdpFlow flow{.source_mac = *parse_mac("02:00:00:61:00:61"),
                   .destination_mac = broadcast_mac,
                   .source = *parse_ipv4("192.168.77.1"),
                   .destination = *parse_ipv4("192.168.77.255"),
                   .source_port = 694,
                   .destination_port = 694};

Frame frame_of(std::string_view payload) {
    Frame frame(udp_frame_overhead + payload.size());
    EXPECT_EQ(build_udp_frame(flow, 7, bytes_of(payload), frame), frame.size());
    return frame;
}
FrameFault fault_of(const Frame& frame, Checksum checksum = Checksum::check) {
    UdpFrame out;
    return parse_udp_frame(frame, checksum, out);
}
void set(Frame& frame, std::size_t at, unsigned value) { frame.at(at) = static_cast<std::byte>(value); }
/// Puts the IP header's checksum right after a change.
void mend_ip(Frame& frame) {
    set(frame, 24, 0);
    set(frame, 25, 0);
    const std::uint16_t sum = internet_checksum(Bytes(frame).subspan(14, 20));
    set(frame, 24, sum >> 8);
    set(frame, 25, sum & 0xff);
}

TEST(Checksum, is_that_of_the_example_of_rfc_1071) {
    const std::array<std::uint8_t, 8> octets{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    EXPECT_EQ(internet_checksum(std::as_bytes(std::span(octets))), 0x220d);  // the complement of ddf2
}

TEST(Checksum, counts_an_odd_octet_as_the_upper_half) {
    EXPECT_EQ(internet_checksum(bytes_of("\x12\x34\x56")), static_cast<std::uint16_t>(~(0x1234u + 0x5600u)));
}

TEST(UdpFrame, holds_what_it_was_built_from) {
    const Frame frame = frame_of("hello");
    UdpFrame out;
    ASSERT_EQ(parse_udp_frame(frame, Checksum::check, out), FrameFault::none);
    EXPECT_EQ(text_of(out.payload), "hello");
    EXPECT_EQ(out.flow.source_mac, flow.source_mac);
    EXPECT_EQ(out.flow.destination_mac, flow.destination_mac);
    EXPECT_EQ(out.flow.source, flow.source);
    EXPECT_EQ(out.flow.destination, flow.destination);
    EXPECT_EQ(out.flow.source_port, 694);
    EXPECT_EQ(out.flow.destination_port, 694);
}

TEST(UdpFrame, is_octet_for_octet_what_the_rfcs_say) {
    const Frame frame = frame_of("hi");
    const std::string_view expected(
        "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x61\x00\x61\x08\x00"
        "\x45\x00\x00\x1e\x00\x07\x40\x00\x40\x11\x1e\x77\xc0\xa8\x4d\x01\xc0\xa8\x4d\xff"
        "\x02\xb6\x02\xb6\x00\x0a\x75\xb3"
        "hi",
        44);
    EXPECT_EQ(text_of(frame), expected);
}

TEST(UdpFrame, sends_all_ones_where_the_sum_is_zero) {
    // The last two octets make up for all others, so that the sum would be 0.
    Frame frame = frame_of(std::string_view("\0\0", 2));
    const Frame other = frame_of(std::string(text_of(Bytes(frame).subspan(40, 2))));
    EXPECT_EQ(text_of(Bytes(other).subspan(40, 2)), "\xff\xff");
    EXPECT_EQ(fault_of(other), FrameFault::none);
}

TEST(UdpFrame, needs_room_for_itself) {
    std::array<std::byte, 44> room;
    EXPECT_EQ(build_udp_frame(flow, 1, bytes_of("abc"), room), 0u);
    EXPECT_EQ(build_udp_frame(flow, 1, bytes_of("ab"), room), 44u);
}

TEST(UdpFrame, cannot_hold_more_than_an_ip_packet) {
    std::vector<std::byte> room(70000);
    EXPECT_EQ(build_udp_frame(flow, 1, Bytes(room).first(65508), room), 0u);
}

TEST(UdpFrame, loses_the_padding_behind_the_datagram) {
    Frame frame = frame_of("hello");
    frame.resize(60);
    UdpFrame out;
    ASSERT_EQ(parse_udp_frame(frame, Checksum::check, out), FrameFault::none);
    EXPECT_EQ(text_of(out.payload), "hello");
}

TEST(UdpFrame, may_carry_one_vlan_tag) {
    Frame frame = frame_of("hello");
    const std::array<std::byte, 4> tag{std::byte{0x81}, std::byte{0}, std::byte{0}, std::byte{5}};
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    EXPECT_EQ(fault_of(frame), FrameFault::none);
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    EXPECT_EQ(fault_of(frame), FrameFault::not_udp);
}

TEST(UdpFrame, may_have_ip_options) {
    Frame frame = frame_of("hello");
    frame.insert(frame.begin() + 34, 4, std::byte{1});  // four times "no operation"
    set(frame, 14, 0x46);
    set(frame, 17, 20 + 4 + 8 + 5);
    set(frame, 24, 0);
    set(frame, 25, 0);
    const std::uint16_t sum = internet_checksum(Bytes(frame).subspan(14, 24));
    set(frame, 24, sum >> 8);
    set(frame, 25, sum & 0xff);
    EXPECT_EQ(fault_of(frame), FrameFault::none);
}

TEST(UdpFrame, is_truncated_wherever_it_is_cut) {
    const Frame frame = frame_of("hello");
    for (std::size_t n = 0; n < frame.size(); ++n)
        EXPECT_EQ(fault_of(Frame(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(n))),
                  FrameFault::truncated)
            << n;
}

TEST(UdpFrame, has_a_fault_for_every_changed_octet_of_the_ip_header_and_the_datagram) {
    const Frame frame = frame_of("hello");
    for (std::size_t i = 14; i < frame.size(); ++i) {
        Frame changed = frame;
        set(changed, i, std::to_integer<unsigned>(changed[i]) ^ 0x10);
        EXPECT_NE(fault_of(changed), FrameFault::none) << i;
    }
}

TEST(UdpFrame, with_an_unfinished_checksum_is_taken_if_the_kernel_says_so) {
    Frame frame = frame_of("hello");
    set(frame, 40, 0x12);
    EXPECT_EQ(fault_of(frame), FrameFault::bad_udp_checksum);
    EXPECT_EQ(fault_of(frame, Checksum::not_ready), FrameFault::none);
}

TEST(UdpFrame, without_a_checksum_is_taken) {
    Frame frame = frame_of("hello");
    set(frame, 40, 0);
    set(frame, 41, 0);
    EXPECT_EQ(fault_of(frame), FrameFault::none);
}

TEST(UdpFrame, is_no_fragment) {
    Frame first = frame_of("hello"), last = first;
    set(first, 20, 0x20);
    set(last, 21, 0x01);
    mend_ip(first);
    mend_ip(last);
    EXPECT_EQ(fault_of(first), FrameFault::fragment);
    EXPECT_EQ(fault_of(last), FrameFault::fragment);
}

TEST(UdpFrame, is_neither_arp_nor_tcp_nor_ip_version_six) {
    Frame arp = frame_of("hello"), tcp = arp, six = arp, short_header = arp;
    set(arp, 13, 6);
    set(tcp, 23, 6);
    mend_ip(tcp);
    set(six, 14, 0x65);
    set(short_header, 14, 0x44);
    for (const Frame& frame : {arp, tcp, six, short_header}) EXPECT_EQ(fault_of(frame), FrameFault::not_udp);
}

TEST(UdpFrame, has_lengths_that_fit_in_each_other) {
    Frame ip = frame_of("hello"), udp = ip, tiny = ip;
    set(ip, 17, 34);  // one octet more than there is
    mend_ip(ip);
    set(udp, 39, 14);
    set(tiny, 39, 7);
    for (const Frame& frame : {ip, udp, tiny})
        EXPECT_EQ(fault_of(frame, Checksum::not_ready), FrameFault::truncated);
}

}  // namespace
}  // namespace hb::wire
