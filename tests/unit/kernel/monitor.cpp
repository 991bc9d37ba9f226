#include <poll.h>
#include <sys/socket.h>

#include "unit/kernel/host.hpp"

namespace hb::kernel {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr ResourceId first{0}, second{1};

class Monitor : public Host {
protected:
    bool is_readable() {
        pollfd waiting{addresses->monitor_fd(), POLLIN, 0};
        return ::poll(&waiting, 1, 0) == 1;
    }
    /// Carrier changes are told by the kernel some milliseconds later: waits for the word on eth0.
    bool hears_eth0(bool up, bool carrier) {
        pollfd waiting{addresses->monitor_fd(), POLLIN, 0};
        do {
            for (const Link& link : addresses->drain_monitor().links)
                if (link.name == "eth0" && link.up == up && link.carrier == carrier) return true;
        } while (::poll(&waiting, 1, 5000) == 1);
        return false;
    }
    /// Room for a handful of notices: what follows overruns it.
    void shrink_monitor() {
        const int least = 1;
        ASSERT_EQ(::setsockopt(addresses->monitor_fd(), SOL_SOCKET, SO_RCVBUF, &least, sizeof least), 0);
    }
    void make_noise() {
        for (int i = 0; i < 20; ++i)
            run("ip addr add 10.9.0.7/24 dev eth0 && ip addr del 10.9.0.7/24 dev eth0");
    }
};

TEST_F(Monitor, hears_nothing_of_our_own_acts) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    remove_first();
    const auto heard = addresses->drain_monitor();
    EXPECT_THAT(heard.removed_by_others, IsEmpty());
    EXPECT_THAT(heard.links, IsEmpty());
    EXPECT_FALSE(heard.resynchronised);
}

TEST_F(Monitor, notices_an_address_that_somebody_removed_and_add_puts_it_back) {
    configure({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0")});
    start();
    add(all());
    addresses->drain_monitor();
    run("ip addr del 10.0.0.101/24 dev eth0");
    EXPECT_TRUE(is_readable());
    EXPECT_THAT(addresses->drain_monitor().removed_by_others, ElementsAre(second));
    EXPECT_EQ(add({second}).at(0).label, "eth0:1");
    EXPECT_THAT(addresses->drain_monitor().removed_by_others, IsEmpty());
}

TEST_F(Monitor, says_nothing_of_an_address_that_is_already_back) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    run("ip addr del 10.0.0.100/24 dev eth0");
    run("ip addr add 10.0.0.100/24 dev eth0");
    EXPECT_THAT(addresses->drain_monitor().removed_by_others, IsEmpty());
}

TEST_F(Monitor, keeps_what_an_add_in_between_has_read_for_the_next_drain) {
    configure({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0")});
    start();
    add_first();
    run("ip addr del 10.0.0.100/24 dev eth0");
    add({second});
    EXPECT_THAT(addresses->drain_monitor().removed_by_others, ElementsAre(first));
}

TEST_F(Monitor, tells_an_interface_that_went_down_and_came_up) {
    configure({});
    start();
    run("ip link set eth0 down");
    EXPECT_TRUE(hears_eth0(false, false));
    EXPECT_FALSE(addresses->link("eth0")->up);
    run("ip link set eth0 up");
    EXPECT_TRUE(hears_eth0(true, true));
}

TEST_F(Monitor, tells_a_cable_that_was_pulled) {
    configure({});
    start();
    run("ip link set wire down");
    EXPECT_TRUE(hears_eth0(true, false));
}

TEST_F(Monitor, gives_the_first_address_of_an_interface_that_is_not_a_service_address) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    EXPECT_EQ(addresses->link("eth0")->address, Ipv4{});
    EXPECT_EQ(addresses->link("eth0")->broadcast, Ipv4{0xffffffff});
    run("ip addr add 10.0.0.1/24 brd 10.0.0.255 dev eth0");
    const auto heard = addresses->drain_monitor();
    ASSERT_EQ(heard.links.size(), 1u);
    EXPECT_EQ(to_text(heard.links[0].address), "10.0.0.1");
    EXPECT_EQ(to_text(heard.links[0].broadcast), "10.0.0.255");
    EXPECT_EQ(to_text(heard.links[0].mac), "02:00:00:00:00:01");
}

TEST_F(Monitor, tells_an_interface_that_was_deleted_and_takes_its_addresses_as_removed) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    run("ip link del eth0");
    const auto heard = addresses->drain_monitor();
    EXPECT_THAT(heard.links_gone, UnorderedElementsAre("eth0", "wire"));
    EXPECT_THAT(heard.removed_by_others, ElementsAre(first));
    EXPECT_FALSE(addresses->link("eth0"));
}

TEST_F(Monitor, tells_an_interface_made_again_under_the_same_name_and_add_works_on_it) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    const int before = addresses->link("eth0")->ifindex;
    run("ip link del eth0");
    make_eth0();
    const auto heard = addresses->drain_monitor();
    EXPECT_THAT(heard.links_gone, UnorderedElementsAre("eth0", "wire"));
    EXPECT_THAT(heard.links, testing::Contains(testing::AllOf(Field(&Link::name, "eth0"),
                                                              Field(&Link::ifindex, testing::Ne(before)))));
    EXPECT_EQ(add(heard.removed_by_others).at(0).outcome, core::Outcome::ok);
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.100/24 brd 10.0.0.255 eth0:0\n");
}

TEST_F(Monitor, tells_a_renamed_interface_under_both_names) {
    configure({});
    start();
    run("ip link set eth0 down && ip link set eth0 name lan0 && ip link set lan0 up");
    const auto heard = addresses->drain_monitor();
    EXPECT_THAT(heard.links_gone, ElementsAre("eth0"));
    EXPECT_THAT(heard.links, testing::Contains(Field(&Link::name, "lan0")));
}

TEST_F(Monitor, takes_a_bridge_port_for_no_deleted_link) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    run("ip link add br0 type bridge && ip link set eth0 master br0 && ip link set eth0 nomaster");
    EXPECT_THAT(addresses->drain_monitor().links_gone, IsEmpty());
    EXPECT_TRUE(add_first().already_there);
}

TEST_F(Monitor, reads_everything_anew_after_lost_notices) {
    configure({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0")});
    start();
    add(all());
    addresses->drain_monitor();
    shrink_monitor();
    make_noise();
    run("ip addr del 10.0.0.100/24 dev eth0");
    run("ip link set wire down");
    const auto heard = addresses->drain_monitor();
    EXPECT_TRUE(heard.resynchronised);
    EXPECT_THAT(heard.removed_by_others, ElementsAre(first));
    EXPECT_THAT(heard.links,
                testing::Contains(testing::AllOf(Field(&Link::name, "eth0"), Field(&Link::carrier, false))));
    EXPECT_FALSE(addresses->drain_monitor().resynchronised);
}

TEST_F(Monitor, finds_deleted_interfaces_after_lost_notices) {
    configure({});
    start();
    shrink_monitor();
    make_noise();
    run("ip link del eth0");
    EXPECT_THAT(addresses->drain_monitor().links_gone, UnorderedElementsAre("eth0", "wire"));
}

}  // namespace
}  // namespace hb::kernel
