#include "config/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_host.hpp"
#include "make.hpp"

namespace hb::config {
namespace {

using testing::HasSubstr;

/// What is said of a configuration with these lines on a host.
class CheckNetwork : public testing::Test {
protected:
    std::string check(const std::string& media, const std::string& word) {
        Sources sources;
        sources.ha_cf = "logfile /tmp/l\nauto_failback on\n" + media + "\nnode a b\n";
        sources.authkeys = "auth 1\n1 sha1 key-of-the-tests\n";
        sources.haresources = "a " + word + "\n";
        sources.node_name = "a";
        const Detailed detailed = parse_detailed(sources, "/etc/ha.d", {});
        Parsed parsed;
        check_network(detailed, sources, host.network(), parsed.problems);
        return test::problems_of(parsed);
    }
    test::FakeHost host;
};

TEST_F(CheckNetwork, has_nothing_to_say_of_a_good_one) {
    EXPECT_EQ(check("bcast eth0", "192.168.77.100"), "");
    EXPECT_EQ(check("bcast eth0", "192.168.77.100/24/eth0"), "");
}

TEST_F(CheckNetwork, refuses_the_gateway_and_the_host_itself) {
    host.add_route("10.0.0.0", 8, 2, "192.168.77.254");
    EXPECT_THAT(check("bcast eth0", "192.168.77.254"),
                HasSubstr("error: 192.168.77.254 is the gateway of a route"));
    EXPECT_THAT(check("bcast eth0", "192.168.77.1/24/eth0"),
                HasSubstr("error: 192.168.77.1 is the address of this host"));
    EXPECT_THAT(check("bcast eth0", "192.168.77.1"),
                HasSubstr("error: 192.168.77.1 is the address of this host"));
}

TEST_F(CheckNetwork, warns_of_an_address_left_by_hand_but_not_of_one_on_the_loopback_interface) {
    host.add_address("192.168.77.100", 24, 2, true);
    host.add_address("192.168.77.101", 32, 1);
    EXPECT_THAT(check("bcast eth0", "192.168.77.100"),
                HasSubstr("warning: 192.168.77.100 is already an address"));
    EXPECT_EQ(check("bcast eth0", "192.168.77.101"), "");
}

TEST_F(CheckNetwork, refuses_media_and_addresses_where_nobody_hears_them) {
    host.add_interface("tun0", 3);
    host.change(3).ethernet = false;
    EXPECT_THAT(check("bcast lo", "192.168.77.100"),
                HasSubstr("error: lo is the loopback interface: no peer hears"));
    EXPECT_THAT(check("bcast eth0 tun0", "192.168.77.100"),
                HasSubstr("error: tun0 does no ARP: no peer hears"));
    EXPECT_THAT(check("bcast eth0", "192.168.77.100/24/tun0"),
                HasSubstr("error: tun0 does no ARP: nobody would find"));
}

TEST_F(CheckNetwork, takes_an_altname_and_notices_the_same_interface_twice) {
    host.change(2).altnames = {"enp3s0"};
    EXPECT_EQ(check("bcast enp3s0", "192.168.77.100/24/enp3s0"), "");
    EXPECT_THAT(check("bcast eth0 enp3s0", "192.168.77.100"),
                HasSubstr("error: [enp3s0] is the interface eth0 again"));
}

TEST_F(CheckNetwork, warns_with_the_words_of_the_daemon_where_no_network_is_known) {
    EXPECT_THAT(check("bcast eth0", "10.0.0.7"),
                HasSubstr("warning: no route to 10.0.0.7, so its bits and interface"));
}

}  // namespace
}  // namespace hb::config
