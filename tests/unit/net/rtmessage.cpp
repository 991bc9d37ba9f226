#include "hb/net/rtmessage.hpp"

#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>

#include <cstring>

namespace hb::net {
namespace {

/// Room for one message, and its builder.
class Message : public testing::Test {
protected:
    template <class Header>
    Header& begin(std::uint16_t type) {
        nlmsghdr* message = mnl_nlmsg_put_header(room);
        message->nlmsg_type = type;
        return *static_cast<Header*>(mnl_nlmsg_put_extra_header(message, sizeof(Header)));
    }
    nlmsghdr* get() { return reinterpret_cast<nlmsghdr*>(room); }
    void put_u32(std::uint16_t type, std::uint32_t value) { mnl_attr_put_u32(get(), type, value); }
    void put_address(std::uint16_t type, const char (&octets)[5]) { mnl_attr_put(get(), type, 4, octets); }

    alignas(8) std::byte room[512] = {};
};
using AddressMessage = Message;
using LinkMessage = Message;
using RouteMessage = Message;

TEST_F(AddressMessage, that_adds_says_all_that_decode_reads) {
    const NewAddress added{
        .key = {*parse_ipv4("10.0.0.100"), 7, 24}, .broadcast = *parse_ipv4("10.0.0.255"), .label = "eth0:0"};
    encode_add(room, added);
    EXPECT_EQ(get()->nlmsg_type, RTM_NEWADDR);
    EXPECT_EQ(get()->nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
    const auto read = decode_address(*get());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->key, added.key);
    EXPECT_EQ(read->peer, added.key.address);
    EXPECT_EQ(read->broadcast, added.broadcast);
    EXPECT_EQ(read->label, "eth0:0");
    EXPECT_EQ(read->mark, our_mark);
    EXPECT_FALSE(read->secondary);
}

TEST_F(AddressMessage, fits_into_256_octets_with_the_longest_label) {
    encode_add(room, {.key = {Ipv4{1}, 7, 24}, .broadcast = Ipv4{2}, .label = "123456789012345"});
    EXPECT_LE(get()->nlmsg_len, 256u);
}

TEST_F(AddressMessage, that_removes_names_interface_address_and_bits) {
    encode_remove(room, {*parse_ipv4("10.0.0.100"), 7, 24});
    EXPECT_EQ(get()->nlmsg_type, RTM_DELADDR);
    const auto read = decode_address(*get());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->key, (AddressKey{*parse_ipv4("10.0.0.100"), 7, 24}));
    EXPECT_EQ(read->label, "");
}

TEST_F(AddressMessage, of_another_family_is_not_read) {
    begin<ifaddrmsg>(RTM_NEWADDR).ifa_family = AF_INET6;
    put_u32(IFA_ADDRESS, 1);
    EXPECT_FALSE(decode_address(*get()));
}

TEST_F(AddressMessage, without_an_address_or_with_a_short_one_is_not_read) {
    begin<ifaddrmsg>(RTM_NEWADDR).ifa_family = AF_INET;
    EXPECT_FALSE(decode_address(*get()));
    mnl_attr_put_u8(get(), IFA_LOCAL, 10);
    EXPECT_FALSE(decode_address(*get()));
}

TEST_F(AddressMessage, that_is_cut_anywhere_is_read_without_harm) {
    encode_add(room, {.key = {Ipv4{1}, 7, 24}, .broadcast = Ipv4{2}, .label = "eth0:0"});
    const std::uint32_t whole = get()->nlmsg_len;
    for (std::uint32_t size = sizeof(nlmsghdr); size < whole; ++size) {
        get()->nlmsg_len = size;
        const auto read = decode_address(*get());
        // Up to three octets of padding count as there.
        EXPECT_EQ(read.has_value(), NLMSG_ALIGN(size) >= sizeof(nlmsghdr) + sizeof(ifaddrmsg) + 8) << size;
    }
}

TEST_F(AddressMessage, tells_secondary_in_the_old_flags_and_in_the_new) {
    auto& old = begin<ifaddrmsg>(RTM_NEWADDR);
    old.ifa_family = AF_INET;
    old.ifa_flags = IFA_F_SECONDARY;
    put_u32(IFA_ADDRESS, 1);
    EXPECT_TRUE(decode_address(*get())->secondary);
    begin<ifaddrmsg>(RTM_NEWADDR).ifa_family = AF_INET;
    put_u32(IFA_ADDRESS, 1);
    put_u32(IFA_FLAGS, IFA_F_SECONDARY);
    EXPECT_TRUE(decode_address(*get())->secondary);
}

TEST_F(AddressMessage, of_a_point_to_point_link_has_the_local_address_as_its_own) {
    begin<ifaddrmsg>(RTM_NEWADDR).ifa_family = AF_INET;
    put_address(IFA_ADDRESS, "\x0a\x00\x00\x02");
    put_address(IFA_LOCAL, "\x0a\x00\x00\x01");
    EXPECT_EQ(to_text(decode_address(*get())->key.address), "10.0.0.1");
    EXPECT_EQ(to_text(decode_address(*get())->peer), "10.0.0.2");
}

TEST_F(LinkMessage, tells_name_mac_state_and_carrier) {
    auto& header = begin<ifinfomsg>(RTM_NEWLINK);
    header.ifi_index = 3;
    header.ifi_type = ARPHRD_ETHER;
    header.ifi_flags = IFF_UP;
    mnl_attr_put_strz(get(), IFLA_IFNAME, "eth0");
    mnl_attr_put(get(), IFLA_ADDRESS, 6, "\x02\x00\x00\x00\x00\x01");
    const auto read = decode_link(*get());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->index, 3);
    EXPECT_EQ(read->name, "eth0");
    EXPECT_EQ(to_text(read->mac), "02:00:00:00:00:01");
    EXPECT_TRUE(read->up);
    EXPECT_FALSE(read->carrier);
    EXPECT_TRUE(read->ethernet);
}

TEST_F(LinkMessage, of_loopback_and_of_what_does_no_arp_is_no_ethernet) {
    begin<ifinfomsg>(RTM_NEWLINK).ifi_type = ARPHRD_LOOPBACK;
    mnl_attr_put_strz(get(), IFLA_IFNAME, "lo");
    EXPECT_FALSE(decode_link(*get())->ethernet);
    auto& quiet = begin<ifinfomsg>(RTM_NEWLINK);
    quiet.ifi_type = ARPHRD_ETHER;
    quiet.ifi_flags = IFF_NOARP;
    mnl_attr_put_strz(get(), IFLA_IFNAME, "dummy0");
    EXPECT_FALSE(decode_link(*get())->ethernet);
}

TEST_F(LinkMessage, of_a_bridge_about_its_port_is_not_read) {
    begin<ifinfomsg>(RTM_DELLINK).ifi_family = AF_BRIDGE;
    mnl_attr_put_strz(get(), IFLA_IFNAME, "eth0");
    EXPECT_FALSE(decode_link(*get()));
}

TEST_F(LinkMessage, without_a_name_or_header_is_not_read) {
    begin<ifinfomsg>(RTM_NEWLINK);
    EXPECT_FALSE(decode_link(*get()));
    get()->nlmsg_len = sizeof(nlmsghdr) + 4;
    EXPECT_FALSE(decode_link(*get()));
}

class Routes : public Message {
protected:
    rtmsg& unicast() {
        auto& header = begin<rtmsg>(RTM_NEWROUTE);
        header.rtm_family = AF_INET;
        header.rtm_type = RTN_UNICAST;
        header.rtm_table = RT_TABLE_MAIN;
        header.rtm_dst_len = 24;
        return header;
    }
};

TEST_F(Routes, tell_prefix_bits_interface_and_metric) {
    unicast();
    put_address(RTA_DST, "\x0a\x00\x07\x00");
    put_u32(RTA_OIF, 5);
    put_u32(RTA_PRIORITY, 100);
    const auto read = decode_route(*get());
    ASSERT_TRUE(read);
    EXPECT_EQ(to_text(read->prefix), "10.0.7.0");
    EXPECT_EQ(read->bits, 24u);
    EXPECT_EQ(read->ifindex, 5);
    EXPECT_EQ(read->metric, 100u);
}

TEST_F(Routes, of_another_kind_are_not_read_and_the_table_is_told) {
    unicast().rtm_table = RT_TABLE_MAIN;
    put_u32(RTA_OIF, 5);
    ASSERT_TRUE(decode_route(*get()));
    EXPECT_EQ(decode_route(*get())->table, RT_TABLE_MAIN);
    unicast().rtm_type = RTN_LOCAL;
    put_u32(RTA_OIF, 5);
    EXPECT_FALSE(decode_route(*get()));
    unicast().rtm_type = RTN_BLACKHOLE;
    put_u32(RTA_OIF, 5);
    EXPECT_FALSE(decode_route(*get()));
    unicast();
    put_u32(RTA_OIF, 5);
    put_u32(RTA_TABLE, 1000);
    ASSERT_TRUE(decode_route(*get()));
    EXPECT_EQ(decode_route(*get())->table, 1000u);
}

TEST_F(Routes, without_an_interface_are_not_read) {
    unicast();
    EXPECT_FALSE(decode_route(*get()));
}

TEST_F(Routes, with_several_hops_go_over_the_first_living_one) {
    unicast();
    rtnexthop hops[2]{};
    hops[0] = {.rtnh_len = sizeof(rtnexthop), .rtnh_flags = RTNH_F_DEAD, .rtnh_hops = 0, .rtnh_ifindex = 5};
    hops[1] = {.rtnh_len = sizeof(rtnexthop), .rtnh_flags = 0, .rtnh_hops = 0, .rtnh_ifindex = 6};
    mnl_attr_put(get(), RTA_MULTIPATH, sizeof hops, hops);
    EXPECT_EQ(decode_route(*get())->ifindex, 6);
}

TEST_F(Routes, with_a_hop_of_length_0_end_there) {
    unicast();
    const rtnexthop hop{};
    mnl_attr_put(get(), RTA_MULTIPATH, sizeof hop, &hop);
    EXPECT_FALSE(decode_route(*get()));
}

TEST(KeepsMarks, from_linux_5_18_on) {
    EXPECT_TRUE(keeps_marks("5.18.0"));
    EXPECT_TRUE(keeps_marks("6.1.0-18-amd64"));
    EXPECT_TRUE(keeps_marks("10.0"));
    EXPECT_FALSE(keeps_marks("5.17.9"));
    EXPECT_FALSE(keeps_marks("4.19.0-26-amd64"));
    EXPECT_FALSE(keeps_marks("5"));
    EXPECT_FALSE(keeps_marks(""));
    EXPECT_FALSE(keeps_marks("odd"));
}

}  // namespace
}  // namespace hb::net
