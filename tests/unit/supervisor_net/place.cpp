#include "supervisor/place.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace hb::supervisor {
namespace {

using testing::HasSubstr;

config::AddressSpec spec(const char* address) {
    config::AddressSpec out;
    out.address = *parse_ipv4(address);
    return out;
}
config::AddressSpec spec(const char* address, unsigned bits) {
    config::AddressSpec out = spec(address);
    out.bits = bits;
    return out;
}
Route route(const char* prefix, unsigned bits, int ifindex, std::uint32_t metric = 0) {
    return {.prefix = *parse_ipv4(prefix), .bits = bits, .ifindex = ifindex, .metric = metric};
}
const Route by_default = route("0.0.0.0", 0, 1);

TEST(Place, needs_no_route_when_bits_and_interface_are_written) {
    auto whole = spec("10.0.0.7", 24);
    whole.interface = "eth0";
    EXPECT_FALSE(needs_route(whole));
    EXPECT_TRUE(needs_route(spec("10.0.0.7", 24)));
    whole.bits.reset();
    EXPECT_TRUE(needs_route(whole));
}

TEST(Place, prefers_the_more_specific_route_whatever_its_metric) {
    const std::vector<Route> routes{route("10.0.0.0", 8, 1, 0), route("10.0.0.0", 24, 2, 900), by_default};
    const auto found = place(spec("10.0.0.7"), 0, routes);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->ifindex, 2);
    EXPECT_EQ(found->bits, 24u);
}

TEST(Place, prefers_the_lower_metric_of_equally_specific_routes) {
    const std::vector<Route> routes{route("10.0.0.0", 24, 1, 20), route("10.0.0.0", 24, 2, 10),
                                    route("10.0.0.0", 24, 3, 30)};
    EXPECT_EQ(place(spec("10.0.0.7"), 0, routes)->ifindex, 2);
}

TEST(Place, sets_all_host_bits_of_the_broadcast_address) {
    const std::vector<Route> routes{route("10.0.0.0", 22, 1)};
    EXPECT_EQ(to_text(place(spec("10.0.2.7"), 0, routes)->broadcast), "10.0.3.255");
}

TEST(Place, keeps_the_written_broadcast_address) {
    auto odd = spec("10.0.0.7", 24);
    odd.interface = "eth0";
    odd.broadcast = parse_ipv4("10.0.0.127");
    EXPECT_EQ(to_text(place(odd, 1, {})->broadcast), "10.0.0.127");
}

TEST(Place, gives_31_and_32_bits_no_broadcast_address) {
    auto point = spec("10.0.0.7", 31);
    point.interface = "eth0";
    EXPECT_EQ(place(point, 1, {})->broadcast, Ipv4{});
    point.bits = 32;
    EXPECT_EQ(place(point, 1, {})->broadcast, Ipv4{});
}

TEST(Place, never_takes_bits_from_a_default_route) {
    const auto found = place(spec("192.0.2.7"), 0, std::vector<Route>{by_default});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what,
              "only a default route leads to 192.0.2.7, so its bits and interface must be written, as in "
              "192.0.2.7/24/eth0");
}

TEST(Place, takes_the_interface_of_a_default_route_when_bits_are_written) {
    EXPECT_EQ(place(spec("192.0.2.7", 24), 0, std::vector<Route>{by_default})->ifindex, 1);
}

TEST(Place, takes_bits_only_from_routes_over_the_written_interface) {
    auto on_eth1 = spec("10.0.0.7");
    on_eth1.interface = "eth1";
    const std::vector<Route> routes{route("10.0.0.0", 24, 1), route("10.0.0.0", 16, 2)};
    EXPECT_EQ(place(on_eth1, 2, routes)->bits, 16u);
    const auto none = place(on_eth1, 3, routes);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().what,
              "no route to 10.0.0.7 over eth1, so its bits must be written, as in 10.0.0.7/24/eth1");
}

TEST(Place, says_what_to_write_when_no_route_leads_there) {
    const auto none = place(spec("10.0.0.7", 24), 0, std::vector<Route>{route("10.0.1.0", 24, 1)});
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().what, HasSubstr("no route to 10.0.0.7, so its interface must be written"));
}

}  // namespace
}  // namespace hb::supervisor
