#include "hb/wire/arp.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hb::wire {
namespace {

const Mac mac = *parse_mac("02:00:00:61:00:61");
const Ipv4 address = *parse_ipv4("192.168.77.100");

TEST(Arp, announces_with_a_request_octet_for_octet_as_rfc_5227_says) {
    EXPECT_EQ(text_of(gratuitous_arp_request(mac, address)),
              std::string_view("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x61\x00\x61\x08\x06"
                               "\x00\x01\x08\x00\x06\x04\x00\x01"
                               "\x02\x00\x00\x61\x00\x61\xc0\xa8\x4d\x64"
                               "\x00\x00\x00\x00\x00\x00\xc0\xa8\x4d\x64",
                               42));
}

TEST(Arp, announces_with_a_reply_to_its_own_address) {
    EXPECT_EQ(text_of(gratuitous_arp_reply(mac, address)),
              std::string_view("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x61\x00\x61\x08\x06"
                               "\x00\x01\x08\x00\x06\x04\x00\x02"
                               "\x02\x00\x00\x61\x00\x61\xc0\xa8\x4d\x64"
                               "\x02\x00\x00\x61\x00\x61\xc0\xa8\x4d\x64",
                               42));
}

TEST(Arp, probes_without_a_sender_address) {
    const auto arp = parse_arp(arp_probe(mac, address));
    ASSERT_TRUE(arp);
    EXPECT_EQ(arp->operation, Arp::Operation::request);
    EXPECT_EQ(arp->destination_mac, broadcast_mac);
    EXPECT_EQ(arp->source_mac, mac);
    EXPECT_EQ(arp->sender_mac, mac);
    EXPECT_EQ(arp->sender, Ipv4{});
    EXPECT_EQ(arp->target_mac, Mac{});
    EXPECT_EQ(arp->target, address);
}

TEST(Arp, probes_one_host_by_unicast_octet_for_octet_as_rfc_5227_says) {
    EXPECT_EQ(text_of(arp_probe(mac, address, *parse_mac("02:00:00:62:00:62"))),
              std::string_view("\x02\x00\x00\x62\x00\x62\x02\x00\x00\x61\x00\x61\x08\x06"
                               "\x00\x01\x08\x00\x06\x04\x00\x01"
                               "\x02\x00\x00\x61\x00\x61\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\xc0\xa8\x4d\x64",
                               42));
}

TEST(Arp, asks_for_a_neighbour_from_an_address_octet_for_octet_as_rfc_826_says) {
    EXPECT_EQ(text_of(arp_request(mac, address, *parse_ipv4("192.168.77.1"))),
              std::string_view("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x61\x00\x61\x08\x06"
                               "\x00\x01\x08\x00\x06\x04\x00\x01"
                               "\x02\x00\x00\x61\x00\x61\xc0\xa8\x4d\x64"
                               "\x00\x00\x00\x00\x00\x00\xc0\xa8\x4d\x01",
                               42));
}

TEST(Arp, is_nothing_wherever_it_is_cut) {
    const ArpFrame frame = gratuitous_arp_request(mac, address);
    for (std::size_t n = 0; n < frame.size(); ++n) EXPECT_FALSE(parse_arp(Bytes(frame).first(n))) << n;
}

TEST(Arp, may_be_padded) {
    std::vector<std::byte> frame(60);
    const ArpFrame arp = gratuitous_arp_reply(mac, address);
    std::copy(arp.begin(), arp.end(), frame.begin());
    EXPECT_TRUE(parse_arp(frame));
}

TEST(Arp, is_for_ipv4_over_ethernet_with_a_known_operation) {
    for (const std::size_t at : {12u, 13u, 14u, 15u, 16u, 17u, 18u, 19u, 20u}) {
        ArpFrame frame = gratuitous_arp_request(mac, address);
        frame[at] ^= std::byte{0x40};
        EXPECT_FALSE(parse_arp(frame)) << at;
    }
    for (const std::byte operation : {std::byte{0}, std::byte{3}}) {
        ArpFrame frame = gratuitous_arp_request(mac, address);
        frame[21] = operation;
        EXPECT_FALSE(parse_arp(frame));
    }
}

}  // namespace
}  // namespace hb::wire
