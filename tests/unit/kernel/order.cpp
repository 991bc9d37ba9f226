#include "unit/kernel/host.hpp"

/// What comes back, comes late, changes its MAC or was down: addresses that others touch.
namespace hb::kernel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Order : public Host {
protected:
    /// As the daemon does with its news: what somebody removed is put back.
    std::vector<Addresses::Answer> restore() { return add(addresses->drain_monitor().removed_by_others); }
    static std::string source() { return output_of("ip -o route get 10.0.0.9"); }
    const ResourceId first = id_of<ResourceId>(0);
};

TEST_F(Order, an_address_without_bits_and_interface_goes_back_to_where_it_was_after_a_flush) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    configure({spec("10.0.0.100")});
    start();
    add_first();
    addresses->homes();
    run("ip addr flush dev eth0");
    const auto answers = restore();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].outcome, core::Outcome::ok) << answers[0].detail;
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.100/24 brd 10.0.0.255 eth0:0\n");
    EXPECT_TRUE(addresses->ours(first));
}

TEST_F(Order, a_group_that_was_given_up_meanwhile_is_started_where_it_was) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    configure({spec("10.0.0.100")});
    start();
    add_first();
    remove_first();
    run("ip addr flush dev eth0");
    EXPECT_EQ(add_first().outcome, core::Outcome::ok);
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.100/24 brd 10.0.0.255 eth0:0\n");
}

TEST_F(Order, the_host_has_its_own_source_again_when_its_address_returns) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    configure(
        {spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0"), spec("10.0.0.102", 24, "eth0")});
    config.address_lifetime = 20s;
    start();
    add(all());
    run("ip addr flush dev eth0");
    restore();
    EXPECT_THAT(source(), HasSubstr("src 10.0.0.10"));
    run("ip addr add 10.0.0.1/24 brd + dev eth0");
    EXPECT_THAT(addresses->drain_monitor().removed_by_others, IsEmpty());
    EXPECT_THAT(source(), HasSubstr("src 10.0.0.1 "));
    EXPECT_THAT(addresses->drain_monitor().removed_by_others, IsEmpty());
    const std::string there = addresses_of("eth0");
    EXPECT_THAT(there, testing::StartsWith("10.0.0.1/24 brd 10.0.0.255 eth0\n"));
    for (const char* each : {"10.0.0.100/24 brd", "10.0.0.101/24 brd", "10.0.0.102/24 brd"})
        EXPECT_THAT(there, HasSubstr(each));
    EXPECT_THAT(output_of("ip -o -4 addr show label 'eth0:*'"), HasSubstr("10.0.0.100/24"));
    EXPECT_EQ(addresses->prolong_at(), Instant{});  // with a whole lifetime again
}

TEST_F(Order, an_address_of_the_host_that_comes_late_comes_first) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    run("ip addr add 10.0.0.1/24 dev eth0");  // by DHCP
    addresses->drain_monitor();
    EXPECT_THAT(source(), HasSubstr("src 10.0.0.1 "));
    remove_first();
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.1/24 eth0\n");
}

TEST_F(Order, an_address_of_another_network_moves_nothing) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    addresses->drain_monitor();
    run("ip addr add 10.9.0.1/24 dev eth0");
    addresses->drain_monitor();
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.100/24 brd 10.0.0.255 eth0:0\n10.9.0.1/24 eth0\n");
}

TEST_F(Order, a_new_mac_is_announced_at_once_and_again) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    addresses->homes();
    EXPECT_EQ(addresses->announce_at(), never);
    run("ip link set eth0 address 02:00:00:00:00:77");
    addresses->drain_monitor();
    const auto before = announcer.sent();
    const Instant now{1000s};
    ASSERT_LE(addresses->announce_at(), now);
    addresses->announce_again(now);
    EXPECT_EQ(announcer.sent(), before + 2);
    EXPECT_LE(addresses->announce_at(), now + 1s);
    for (Instant at = now; addresses->announce_at() != never; at += 100ms) addresses->announce_again(at);
    EXPECT_EQ(announcer.sent(), before + 2 * 5);
}

TEST_F(Order, a_new_mac_of_an_interface_without_service_addresses_is_nothing) {
    run("ip link add eth1 type veth peer name wire1");
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    addresses->homes();
    run("ip link set eth1 address 02:00:00:00:00:77");
    addresses->drain_monitor();
    EXPECT_EQ(addresses->announce_at(), never);
}

TEST_F(Order, what_was_there_before_and_is_removed_is_put_back) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip addr add 10.0.0.100/24 dev eth0");
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    EXPECT_FALSE(addresses->ours(first));
    run("ip addr del 10.0.0.100/24 dev eth0");
    const auto answers = restore();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].outcome, core::Outcome::ok);
    EXPECT_TRUE(addresses->ours(first));
}

TEST_F(Order, an_address_that_an_earlier_daemon_left_is_held_and_prolonged) {
    if (!keeps_marks_here()) GTEST_SKIP() << "this kernel does not keep IFA_PROTO";
    configure({spec("10.0.0.100", 24, "eth0")});
    config.address_lifetime = 3s;
    start();
    add_first();
    addresses.reset();  // killed, and nothing of it is left but the address
    config.address_lifetime = 20s;
    start();
    EXPECT_EQ(add_first().outcome, core::Outcome::ok);
    EXPECT_TRUE(addresses->ours(first));
    EXPECT_THAT(output_of("ip addr show dev eth0"), HasSubstr("valid_lft 20sec"));
    EXPECT_NE(addresses->prolong_at(), never);
    remove_first();
    EXPECT_EQ(addresses_of("eth0"), "");
}

TEST_F(Order, an_address_that_would_end_by_itself_is_held) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip addr add 10.0.0.100/24 dev eth0 valid_lft 3 preferred_lft 3");
    configure({spec("10.0.0.100", 24, "eth0")});
    config.address_lifetime = 20s;
    start();
    add_first();
    EXPECT_TRUE(addresses->ours(first));
    EXPECT_THAT(output_of("ip addr show dev eth0"), Not(HasSubstr("valid_lft 3sec")));
}

TEST_F(Order, an_interface_that_is_down_at_first_is_brought_up_once) {
    run("ip link add eth1 type veth peer name wire1");
    configure({spec("10.0.0.100", 24, "eth1")});
    start();
    addresses->homes();
    EXPECT_TRUE(addresses->link("eth1")->up);
    EXPECT_THAT(log, testing::Contains(HasSubstr("interface eth1 was down; it is brought up")));
    run("ip link set eth1 down");
    addresses->drain_monitor();
    addresses->homes();
    EXPECT_FALSE(addresses->link("eth1")->up);
}

TEST_F(Order, an_interface_that_was_up_is_left_down) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    run("ip link set eth0 down");
    addresses->drain_monitor();
    addresses->homes();
    EXPECT_FALSE(addresses->link("eth0")->up);
}

TEST_F(Order, links_and_addresses_of_others_change_no_home) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    configure({spec("10.0.0.100"), spec("10.0.0.101", 24, "eth0")});
    start();
    addresses->homes();
    run("ip link add eth1 type veth peer name wire1");
    run("ip link set eth1 up");
    run("ip addr add 172.17.0.1/16 dev eth1");
    run("ip route add 10.1.0.0/16 via 10.0.0.254");
    addresses->drain_monitor();
    EXPECT_FALSE(addresses->homes_changed());
    run("ip addr add 10.0.0.3/25 dev eth1");
    addresses->drain_monitor();
    EXPECT_TRUE(addresses->homes_changed());
}

}  // namespace
}  // namespace hb::kernel
