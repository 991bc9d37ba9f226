#include "hb/config/place.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_host.hpp"

namespace hb::config {
namespace {

using testing::HasSubstr;

AddressSpec spec(const char* address) {
    AddressSpec out;
    out.address = *parse_ipv4(address);
    return out;
}
AddressSpec spec(const char* address, unsigned bits, const char* interface = "") {
    AddressSpec out = spec(address);
    out.bits = bits;
    out.interface = interface;
    return out;
}

class PlaceOf : public testing::Test {
protected:
    Result<Place> find(const AddressSpec& wanted) {
        const HostNetwork network = host.network();
        return place(wanted, network.mirror, network.is_service, network.ask);
    }
    std::string text(const AddressSpec& wanted) {
        const auto found = find(wanted);
        return found ? "/" + std::to_string(found->bits) + " on " + std::to_string(found->ifindex)
                     : to_text(found.error());
    }
    std::string forbidden(const char* address, int ifindex = 2) {
        const HostNetwork network = host.network();
        const Ipv4 wanted = *parse_ipv4(address);
        return why_forbidden(wanted, ifindex, network.mirror, network.is_service, network.gateways({wanted}));
    }
    test::FakeHost host;
};

TEST_F(PlaceOf, an_address_with_bits_and_interface_asks_nothing) {
    EXPECT_EQ(text(spec("10.0.0.7", 24, "eth0")), "/24 on 2");
    EXPECT_EQ(host.questions, 0u);
}

TEST_F(PlaceOf, what_is_not_written_comes_from_the_network_of_the_host) {
    EXPECT_EQ(text(spec("192.168.77.100")), "/24 on 2");
    EXPECT_EQ(host.questions, 1u);
}

TEST_F(PlaceOf, a_route_through_a_gateway_says_nothing) {
    host.add_route("10.0.0.0", 8, 2, "192.168.77.254");
    EXPECT_THAT(text(spec("10.1.2.3")),
                HasSubstr("only a route through a gateway leads to 10.1.2.3, so its bits and "
                          "interface must be written"));
    EXPECT_THAT(text(spec("10.1.2.3", 24)), HasSubstr("only a route through a gateway"));
    EXPECT_EQ(text(spec("10.1.2.3", 24, "eth0")), "/24 on 2");
}

TEST_F(PlaceOf, a_network_of_the_host_wins_over_a_more_specific_route_through_a_gateway) {
    host.add_route("192.168.77.96", 27, 2, "192.168.77.254");
    EXPECT_EQ(text(spec("192.168.77.100")), "/24 on 2");
}

TEST_F(PlaceOf, a_network_of_the_host_wins_over_a_route_into_a_tunnel) {
    host.add_interface("tun0", 3);
    host.change(3).ethernet = false;
    host.add_route("192.168.77.96", 27, 3);
    EXPECT_EQ(text(spec("192.168.77.100")), "/24 on 2");
}

TEST_F(PlaceOf, a_tunnel_alone_is_no_place_and_is_named) {
    host.add_interface("tun0", 3);
    host.change(3).ethernet = false;
    host.add_route("10.0.0.0", 8, 3);
    EXPECT_THAT(text(spec("10.1.2.3")), HasSubstr("only a route into tun0, which does no ARP"));
    EXPECT_THAT(text(spec("10.1.2.3", 24, "tun0")), HasSubstr("interface tun0 does no ARP"));
    EXPECT_THAT(text(spec("10.1.2.3", 32, "lo")), HasSubstr("interface lo does no ARP"));
}

TEST_F(PlaceOf, a_direct_route_to_a_part_of_the_network_over_another_interface_is_followed) {
    host.add_interface("eth1", 3);
    host.add_route("192.168.77.96", 27, 3);
    EXPECT_EQ(text(spec("192.168.77.100")), "/27 on 3");
    auto on_eth0 = spec("192.168.77.100");
    on_eth0.interface = "eth0";
    EXPECT_EQ(text(on_eth0), "/24 on 2");
}

TEST_F(PlaceOf, service_addresses_make_no_network) {
    host.add_address("10.0.0.1", 24, 2).mark = net::our_mark;
    host.add_route("10.0.0.0", 24, 2, "192.168.77.254");
    EXPECT_THAT(text(spec("10.0.0.1")), HasSubstr("no route to 10.0.0.1"));
}

TEST_F(PlaceOf, its_own_copy_on_another_interface_does_not_pull_it_there) {
    host.add_interface("eth1", 3);
    host.add_address("192.168.77.100", 27, 3);
    EXPECT_EQ(text(spec("192.168.77.100")), "/24 on 2");
}

TEST_F(PlaceOf, an_altname_is_the_interface) {
    host.change(2).altnames = {"enp3s0", "mac-of-the-board"};
    EXPECT_EQ(text(spec("10.0.0.7", 24, "enp3s0")), "/24 on 2");
}

TEST_F(PlaceOf, the_broadcast_address_has_all_host_bits_set_unless_it_is_written) {
    EXPECT_EQ(to_text(find(spec("10.0.2.7", 22, "eth0"))->broadcast), "10.0.3.255");
    auto odd = spec("10.0.0.7", 24, "eth0");
    odd.broadcast = parse_ipv4("10.0.0.127");
    EXPECT_EQ(to_text(find(odd)->broadcast), "10.0.0.127");
    EXPECT_EQ(find(spec("10.0.0.7", 31, "eth0"))->broadcast, Ipv4{});
    EXPECT_EQ(find(spec("10.0.0.7", 32, "eth0"))->broadcast, Ipv4{});
}

TEST_F(PlaceOf, bits_never_come_from_a_default_route) {
    host.add_route("0.0.0.0", 0, 2, "192.168.77.254");
    EXPECT_EQ(text(spec("192.0.2.7")),
              "only a default route leads to 192.0.2.7, so its bits and interface must be written, as in "
              "192.0.2.7/24/eth0");
    EXPECT_EQ(text(spec("192.0.2.7", 24)), "/24 on 2");
}

TEST_F(PlaceOf, without_any_route_the_text_says_what_to_write) {
    EXPECT_THAT(text(spec("10.0.0.7", 24)),
                HasSubstr("no route to 10.0.0.7, so its interface must be written"));
    auto over = spec("10.0.0.7");
    over.interface = "eth0";
    EXPECT_EQ(text(over),
              "no route to 10.0.0.7 over eth0, so its bits must be written, as in 10.0.0.7/24/eth0");
    EXPECT_EQ(text(spec("10.0.0.7", 24, "eth9")), "interface eth9 does not exist");
}

TEST_F(PlaceOf, the_gateway_of_any_route_is_forbidden) {
    host.add_route("0.0.0.0", 0, 2, "192.168.77.254");
    host.add_route("10.0.0.0", 8, 2, "192.168.77.253");
    EXPECT_EQ(forbidden("192.168.77.254"), "192.168.77.254 is the gateway of a route of this host");
    EXPECT_EQ(forbidden("192.168.77.253"), "192.168.77.253 is the gateway of a route of this host");
    EXPECT_EQ(forbidden("192.168.77.252"), "");
}

TEST_F(PlaceOf, the_address_of_the_host_is_forbidden_and_one_that_was_left_beside_it_is_not) {
    host.add_address("192.168.77.100", 24, 2, true);
    host.add_address("192.168.77.101", 32, 2);
    EXPECT_EQ(forbidden("192.168.77.1"), "192.168.77.1 is the address of this host itself, on eth0");
    EXPECT_EQ(forbidden("192.168.77.100"), "");
    EXPECT_EQ(forbidden("192.168.77.101"), "");
    EXPECT_EQ(forbidden("192.168.77.1", 3), "");
}

TEST_F(PlaceOf, a_service_address_that_came_first_is_not_the_address_of_the_host) {
    host.add_address("10.0.0.1", 24, 2).mark = net::our_mark;
    EXPECT_EQ(forbidden("10.0.0.1"), "");
}

}  // namespace
}  // namespace hb::config
