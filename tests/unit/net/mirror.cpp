#include "hb/net/mirror.hpp"

#include <gtest/gtest.h>

namespace hb::net {
namespace {

const Interface eth0{.index = 2, .name = "eth0", .up = true, .carrier = true, .ethernet = true, .mac = {}};

KernelAddress address(const char* text, unsigned bits = 24, const char* label = "", int ifindex = 2) {
    KernelAddress out;
    out.key = {*parse_ipv4(text), ifindex, bits};
    out.label = label;
    return out;
}
bool any(const KernelAddress&) { return true; }
bool none(const KernelAddress&) { return false; }

TEST(Mirror, gives_the_lowest_free_label_number) {
    Mirror mirror;
    EXPECT_EQ(mirror.free_label(2), 0u);
    mirror.put(address("10.0.0.1", 24, "eth0:0"));
    mirror.put(address("10.0.0.2", 24, "eth0:2"));
    EXPECT_EQ(mirror.free_label(2), 1u);
    EXPECT_EQ(mirror.free_label(2, 2), 3u);
    EXPECT_EQ(mirror.free_label(3), 0u);
}

TEST(Mirror, frees_a_label_number_with_the_last_address_that_bears_it) {
    Mirror mirror;
    mirror.put(address("10.0.0.1", 24, "eth0:0"));
    mirror.put(address("10.0.0.2", 24, "eth0:0"));
    mirror.erase(address("10.0.0.1").key);
    EXPECT_EQ(mirror.free_label(2), 1u);
    mirror.erase(address("10.0.0.2").key);
    EXPECT_EQ(mirror.free_label(2), 0u);
}

TEST(Mirror, counts_an_address_that_is_told_again_once) {
    Mirror mirror;
    mirror.put(address("10.0.0.1", 24, "eth0:0"));
    mirror.put(address("10.0.0.1", 24, "eth0:0"));
    mirror.erase(address("10.0.0.1").key);
    EXPECT_EQ(mirror.free_label(2), 0u);
}

TEST(Mirror, passes_over_labels_that_are_no_alias_numbers) {
    Mirror mirror;
    mirror.put(address("10.0.0.1", 24, "eth0"));
    mirror.put(address("10.0.0.2", 24, "eth0:web"));
    mirror.put(address("10.0.0.3", 24, "eth0:4294967296"));
    mirror.put(address("10.0.0.4", 24, "eth0:"));
    EXPECT_EQ(mirror.free_label(2), 0u);
}

TEST(Mirror, finds_an_address_on_any_interface_or_on_one) {
    Mirror mirror;
    mirror.put(address("10.0.0.1", 24, "", 3));
    ASSERT_NE(mirror.find(Ipv4{0x0a000001}), nullptr);
    EXPECT_EQ(mirror.find(Ipv4{0x0a000001})->key.ifindex, 3);
    EXPECT_EQ(mirror.find(Ipv4{0x0a000001}, 2), nullptr);
    EXPECT_EQ(mirror.find(Ipv4{0x0a000002}), nullptr);
}

TEST(Mirror, forgets_the_addresses_and_labels_of_a_deleted_interface) {
    Mirror mirror;
    mirror.put(eth0);
    mirror.put(address("10.0.0.1", 24, "eth0:0"));
    mirror.erase_interface(2);
    EXPECT_EQ(mirror.interface("eth0"), nullptr);
    EXPECT_EQ(mirror.find(Ipv4{0x0a000001}), nullptr);
    EXPECT_EQ(mirror.free_label(2), 0u);
}

TEST(Mirror, knows_a_shared_subnet_by_interface_and_bits) {
    Mirror mirror;
    const auto one = address("10.0.0.100");
    mirror.put(one);
    EXPECT_FALSE(mirror.shares_subnet(one.key, any));
    mirror.put(address("10.0.0.1", 16));
    mirror.put(address("10.0.1.1", 24));
    mirror.put(address("10.0.0.2", 24, "", 3));
    EXPECT_FALSE(mirror.shares_subnet(one.key, any));
    mirror.put(address("10.0.0.255", 24));
    EXPECT_TRUE(mirror.shares_subnet(one.key, any));
    EXPECT_FALSE(mirror.shares_subnet(one.key, none));
}

TEST(Mirror, with_32_bits_shares_no_subnet_and_with_0_bits_shares_all) {
    Mirror mirror;
    mirror.put(address("10.0.0.1", 32));
    mirror.put(address("10.0.0.2", 32));
    EXPECT_FALSE(mirror.shares_subnet(address("10.0.0.1", 32).key, any));
    mirror.put(address("192.0.2.1", 0));
    EXPECT_TRUE(mirror.shares_subnet(address("10.0.0.1", 0).key, any));
}

TEST(Mirror, gives_a_link_its_oldest_primary_address_that_is_no_service_address) {
    Mirror mirror;
    auto secondary = address("10.0.0.1");
    secondary.secondary = true;
    mirror.put(secondary);
    auto primary = address("10.0.0.9");
    primary.broadcast = Ipv4{0x0a0000ff};
    mirror.put(primary);
    mirror.put(address("10.0.0.5"));
    const Link all = mirror.link(eth0, none);
    EXPECT_EQ(to_text(all.address), "10.0.0.9");
    EXPECT_EQ(to_text(all.broadcast), "10.0.0.255");
    const Link without =
        mirror.link(eth0, [](const KernelAddress& a) { return a.key.address == Ipv4{0x0a000009}; });
    EXPECT_EQ(to_text(without.address), "10.0.0.5");
    EXPECT_EQ(to_text(without.broadcast), "255.255.255.255");
}

TEST(Mirror, gives_a_link_without_addresses_none) {
    Mirror mirror;
    mirror.put(address("10.0.0.1", 24, "", 3));
    EXPECT_EQ(mirror.link(eth0, none).address, Ipv4{});
    mirror.put(address("10.0.0.1"));
    EXPECT_EQ(mirror.link(eth0, any).address, Ipv4{});
}

}  // namespace
}  // namespace hb::net
