#include "hb/base/address.hpp"

#include <gtest/gtest.h>

namespace hb {
namespace {

TEST(Ipv4, is_four_numbers_with_dots) {
    EXPECT_EQ(parse_ipv4("193.219.108.238"), Ipv4{0xc1db6cee});
    EXPECT_EQ(parse_ipv4("0.0.0.0"), Ipv4{0});
    EXPECT_EQ(parse_ipv4("255.255.255.255"), Ipv4{0xffffffff});
}

class NotIpv4 : public testing::TestWithParam<const char*> {};
TEST_P(NotIpv4, is_refused) { EXPECT_EQ(parse_ipv4(GetParam()), std::nullopt); }
INSTANTIATE_TEST_SUITE_P(Texts, NotIpv4,
                         testing::Values("", ".", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "1.2.3.256",
                                         "1.2.3.0256", "01.2.3.4", "00.0.0.0", "1..2.3", "1.2.3.-4",
                                         "1.2.3.+4", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4/24", "a.b.c.d",
                                         "0x1.2.3.4", "4294967297.1.1.1", "1,2,3,4"));

TEST(Ipv4, goes_to_text_and_back) {
    for (const char* text : {"0.0.0.0", "10.0.0.1", "255.255.255.255", "192.168.77.100"})
        EXPECT_EQ(to_text(*parse_ipv4(text)), text);
}

TEST(Mac, is_six_hex_pairs_with_colons) {
    const Mac expected{{0x02, 0x00, 0x00, 0x61, 0xab, 0xff}};
    EXPECT_EQ(parse_mac("02:00:00:61:ab:ff"), expected);
    EXPECT_EQ(parse_mac("02:00:00:61:AB:FF"), expected);
    EXPECT_EQ(to_text(expected), "02:00:00:61:ab:ff");
}

class NotMac : public testing::TestWithParam<const char*> {};
TEST_P(NotMac, is_refused) { EXPECT_EQ(parse_mac(GetParam()), std::nullopt); }
INSTANTIATE_TEST_SUITE_P(Texts, NotMac,
                         testing::Values("", "02:00:00:61:ab", "02:00:00:61:ab:ff:", "02:00:00:61:ab:fg",
                                         "2:0:0:61:ab:ff", "02-00-00-61-ab-ff", "02:00:00:61:ab:f ",
                                         "020000:61:ab:ff00"));

TEST(Prefix, has_a_mask_for_every_length) {
    EXPECT_EQ(mask_of(0), 0u);
    EXPECT_EQ(mask_of(1), 0x80000000u);
    EXPECT_EQ(mask_of(24), 0xffffff00u);
    EXPECT_EQ(mask_of(32), 0xffffffffu);
}

TEST(Prefix, has_a_broadcast_with_all_host_bits_set) {
    EXPECT_EQ(broadcast_of(*parse_ipv4("192.168.77.100"), 24), parse_ipv4("192.168.77.255"));
    EXPECT_EQ(broadcast_of(*parse_ipv4("192.168.77.100"), 32), parse_ipv4("192.168.77.100"));
}

}  // namespace
}  // namespace hb
