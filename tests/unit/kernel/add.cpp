#include <algorithm>
#include <ctime>

#include "unit/kernel/host.hpp"

namespace hb::kernel {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

using Add = Host;

TEST_F(Add, takes_mask_broadcast_and_interface_from_the_network_and_the_label_eth0_0) {
    run("ip addr add 10.0.0.1/24 brd + dev eth0");
    configure({spec("10.0.0.100")});
    start();
    const auto answer = add_first();
    EXPECT_EQ(answer.outcome, core::Outcome::ok) << answer.detail;
    EXPECT_EQ(answer.interface, "eth0");
    EXPECT_EQ(answer.label, "eth0:0");
    EXPECT_FALSE(answer.already_there);
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.1/24 brd 10.0.0.255 eth0\n10.0.0.100/24 brd 10.0.0.255 eth0:0\n");
    EXPECT_TRUE(addresses->ours(id_of<ResourceId>(0)));
}

TEST_F(Add, numbers_labels_from_the_first_free_one_and_counts_labels_of_others) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip addr add 10.0.0.9/24 dev eth0 label eth0:1");
    configure({spec("10.0.0.100"), spec("10.0.0.101")});
    start();
    EXPECT_THAT(add(all()), ElementsAre(Field(&Addresses::Answer::label, "eth0:0"),
                                        Field(&Addresses::Answer::label, "eth0:2")));
}

TEST_F(Add, gives_a_label_again_that_was_given_back) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    configure({spec("10.0.0.100"), spec("10.0.0.101"), spec("10.0.0.102")});
    start();
    add({id_of<ResourceId>(0), id_of<ResourceId>(1)});
    remove({id_of<ResourceId>(0)});
    EXPECT_EQ(add({id_of<ResourceId>(2)}).at(0).label, "eth0:0");
}

TEST_F(Add, without_alias_label_there_is_none_unless_written) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    auto plain = spec("10.0.0.100", 24, "eth0");
    plain.alias_label = false;
    auto named = spec("10.0.0.101", 24, "eth0");
    named.alias_label = false;
    named.label = "web";
    configure({plain, named});
    start();
    EXPECT_THAT(add(all()), ElementsAre(Field(&Addresses::Answer::label, ""),
                                        Field(&Addresses::Answer::label, "eth0:web")));
    EXPECT_THAT(addresses_of("eth0"), AllOf(HasSubstr("10.0.0.100/24 brd 10.0.0.255 eth0\n"),
                                            HasSubstr("10.0.0.101/24 brd 10.0.0.255 eth0:web\n")));
}

TEST_F(Add, refuses_a_label_that_is_too_long) {
    auto named = spec("10.0.0.101", 24, "eth0");
    named.label = "far-too-long-for-it";
    configure({named});
    start();
    const auto answer = add_first();
    EXPECT_EQ(answer.outcome, core::Outcome::failed);
    EXPECT_THAT(answer.detail, HasSubstr("longer than the 15 characters"));
}

TEST_F(Add, follows_the_most_specific_route_and_of_these_the_one_with_the_lowest_metric) {
    run("ip link add eth1 type veth peer name wire1");
    run("ip link set eth1 up");
    run("ip addr add 10.0.0.1/16 dev eth0");
    run("ip route add 10.0.7.0/24 dev eth0 metric 20");
    run("ip route add 10.0.7.0/24 dev eth1 metric 10");
    configure({spec("10.0.7.7")});
    start();
    const auto answer = add_first();
    EXPECT_EQ(answer.interface, "eth1");
    EXPECT_EQ(addresses_of("eth1"), "10.0.7.7/24 brd 10.0.7.255 eth1:0\n");
}

TEST_F(Add, takes_the_bits_from_a_route_over_the_written_interface) {
    run("ip addr add 10.0.0.1/16 dev eth0");
    run("ip link add eth1 type veth peer name wire1");
    run("ip link set eth1 up");
    run("ip route add 10.0.7.0/24 dev eth1");
    auto on_eth0 = spec("10.0.7.7");
    on_eth0.interface = "eth0";
    configure({on_eth0});
    start();
    EXPECT_EQ(add_first().outcome, core::Outcome::ok);
    EXPECT_THAT(addresses_of("eth0"), HasSubstr("10.0.7.7/16 brd 10.0.255.255 eth0:0\n"));
}

TEST_F(Add, fails_when_only_a_default_route_leads_there_and_no_bits_are_written) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip route add default via 10.0.0.254");
    configure({spec("192.0.2.7")});
    start();
    const auto answer = add_first();
    EXPECT_EQ(answer.outcome, core::Outcome::failed);
    EXPECT_THAT(answer.detail, HasSubstr("only a default route leads to 192.0.2.7"));
    EXPECT_THAT(answer.detail, HasSubstr("192.0.2.7/24"));
}

TEST_F(Add, takes_the_interface_of_the_default_route_when_the_bits_are_written) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip route add default via 10.0.0.254");
    configure({spec("192.0.2.7", 28)});
    start();
    EXPECT_EQ(add_first().interface, "eth0");
    EXPECT_THAT(addresses_of("eth0"), HasSubstr("192.0.2.7/28 brd 192.0.2.15 eth0:0\n"));
}

TEST_F(Add, fails_clearly_without_any_route) {
    configure({spec("192.0.2.7")});
    start();
    EXPECT_THAT(add_first().detail, HasSubstr("no route to 192.0.2.7"));
}

TEST_F(Add, takes_a_written_broadcast_address) {
    auto odd = spec("10.0.0.100", 24, "eth0");
    odd.broadcast = parse_ipv4("10.0.0.127");
    configure({odd});
    start();
    add_first();
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.100/24 brd 10.0.0.127 eth0:0\n");
}

TEST_F(Add, fails_clearly_on_an_interface_that_does_not_exist) {
    configure({spec("10.0.0.100", 24, "eth9")});
    start();
    EXPECT_EQ(add_first().detail, "interface eth9 does not exist");
}

TEST_F(Add, fails_clearly_on_an_interface_that_is_down) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    run("ip link set eth0 down");
    const auto answer = add_first();
    EXPECT_EQ(answer.outcome, core::Outcome::failed);
    EXPECT_EQ(answer.detail, "interface eth0 is down");
}

TEST_F(Add, works_without_carrier_and_says_so) {
    configure({spec("10.0.0.100", 24, "eth0")});
    run("ip link set wire down");
    start();
    const auto answer = add_first();
    EXPECT_EQ(answer.outcome, core::Outcome::ok);
    EXPECT_EQ(answer.detail, "interface eth0 has no carrier");
}

TEST_F(Add, of_what_is_there_already_is_a_success_and_does_not_make_it_ours) {
    configure({spec("10.0.0.100", 24, "eth0")});
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip addr add 10.0.0.100/24 dev eth0");
    start();
    const auto answer = add_first();
    EXPECT_EQ(answer.outcome, core::Outcome::ok);
    EXPECT_TRUE(answer.already_there);
    EXPECT_FALSE(addresses->ours(id_of<ResourceId>(0)));
}

TEST_F(Add, of_what_is_there_already_is_announced) {
    configure({spec("10.0.0.100", 24, "eth0")});
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip addr add 10.0.0.100/24 dev eth0");
    start();
    add_first();
    EXPECT_EQ(announcer.sent(), 2u);
    addresses->announce(all());
    EXPECT_EQ(announcer.sent(), 4u);
}

TEST_F(Add, of_an_address_on_another_interface_does_not_count_that_one) {
    run("ip link add eth1 type veth peer name wire1");
    run("ip link set eth1 up");
    run("ip addr add 10.0.0.100/24 dev eth1");
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    const auto answer = add_first();
    EXPECT_EQ(answer.outcome, core::Outcome::ok);
    EXPECT_FALSE(answer.already_there);
    EXPECT_EQ(answer.detail, "10.0.0.100 is on eth1 too, and is left there");
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.100/24 brd 10.0.0.255 eth0:0\n");
    EXPECT_EQ(announcer.sent(), 2u);
    remove_first();
    EXPECT_EQ(addresses_of("eth1"), "10.0.0.100/24 eth1\n");
}

TEST_F(Add, moves_a_copy_away_from_the_loopback_interface_and_remove_puts_it_back) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    run("ip addr add 10.0.0.100/32 dev lo label lo:vip scope host");
    const auto answer = add_first();
    EXPECT_FALSE(answer.already_there);
    EXPECT_EQ(answer.interface, "eth0");
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.100/24 brd 10.0.0.255 eth0:0\n");
    EXPECT_EQ(output_of("ip -o -4 addr show dev lo to 10.0.0.100"), "");
    remove_first();
    EXPECT_EQ(addresses_of("eth0"), "");
    EXPECT_THAT(output_of("ip -o -4 addr show dev lo to 10.0.0.100"),
                HasSubstr("10.0.0.100/32 scope host lo:vip"));
}

TEST_F(Add, a_copy_of_the_loopback_interface_is_put_back_by_the_next_daemon) {
    loopback = "/tmp/hb-loopback-" + std::to_string(::getpid());
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    run("ip addr add 10.0.0.100/32 dev lo");
    add_first();
    addresses.reset();  // killed
    start();
    addresses->adopt(id_of<ResourceId>(0));
    remove_first();
    EXPECT_THAT(output_of("ip -o -4 addr show dev lo to 10.0.0.100"),
                HasSubstr("10.0.0.100/32 scope global lo"));
    ::unlink(loopback.c_str());
}

TEST_F(Add, refuses_the_gateway_of_a_route) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip route add 10.9.0.0/16 via 10.0.0.253");
    configure(
        {spec("10.0.0.253", 24, "eth0"), spec("10.0.0.254", 24, "eth0"), spec("10.0.0.252", 24, "eth0")});
    start();
    run("ip route add default via 10.0.0.254");  // by DHCP, later
    const auto answers = add(all());
    EXPECT_EQ(answers[0].outcome, core::Outcome::failed);
    EXPECT_EQ(answers[0].detail, "10.0.0.253 is the gateway of a route of this host; it is not served");
    EXPECT_EQ(answers[1].detail, "10.0.0.254 is the gateway of a route of this host; it is not served");
    EXPECT_EQ(answers[2].outcome, core::Outcome::ok);
    run("ip route del 10.9.0.0/16");
    EXPECT_EQ(add_first().outcome, core::Outcome::ok);
}

TEST_F(Add, refuses_the_address_of_the_host_itself) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    configure({spec("10.0.0.1", 24, "eth0"), spec("10.0.0.1")});
    start();
    for (const auto& answer : add(all())) {
        EXPECT_EQ(answer.outcome, core::Outcome::failed);
        EXPECT_EQ(answer.detail, "10.0.0.1 is the address of this host itself, on eth0; it is not served");
    }
}

TEST_F(Add, takes_no_bits_from_a_route_through_a_gateway) {
    run("ip addr add 10.200.0.1/24 dev eth0");
    run("ip route add 10.0.0.0/8 via 10.200.0.254 metric 100");
    configure({spec("10.1.2.3")});
    start();
    EXPECT_THAT(add_first().detail, HasSubstr("only a route through a gateway leads to 10.1.2.3"));
    EXPECT_EQ(addresses_of("eth0"), "10.200.0.1/24 eth0\n");
}

TEST_F(Add, stays_on_the_network_of_the_host_when_a_tunnel_has_a_part_of_it) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip tuntap add tun0 mode tun");
    run("ip link set tun0 up");
    run("ip route add 10.0.0.96/27 dev tun0");
    configure({spec("10.0.0.100")});
    start();
    EXPECT_EQ(add_first().outcome, core::Outcome::ok);
    EXPECT_THAT(addresses_of("eth0"), HasSubstr("10.0.0.100/24 brd 10.0.0.255 eth0:0\n"));
}

TEST_F(Add, works_by_an_altname_and_labels_with_the_name) {
    run("ip link property add dev eth0 altname enp3s0");
    configure({spec("10.0.0.100", 24, "enp3s0")});
    start();
    const auto answer = add_first();
    EXPECT_EQ(answer.outcome, core::Outcome::ok) << answer.detail;
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.100/24 brd 10.0.0.255 eth0:0\n");
}

TEST_F(Add, needs_no_dump_of_a_large_routing_table) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip route add default via 10.0.0.254");
    std::ofstream("/tmp/hb-routes") << [] {
        std::string text;
        for (int i = 0; i < 20000; ++i)
            text += "route add 172." + std::to_string(16 + i / 65536) + "." + std::to_string(i / 256 % 256) +
                    "." + std::to_string(i % 256) + "/32 via 10.0.0.254\n";
        return text;
    }();
    configure({spec("10.0.0.100")});
    start();
    const auto cpu_of_changes = [&] {
        const std::clock_t began = std::clock();  // of this process alone
        for (int i = 0; i < 50; ++i) {
            EXPECT_EQ(add_first().outcome, core::Outcome::ok);
            remove_first();
            run("ip addr add 10.0.0.7/24 dev eth0");  // a change that matters
            EXPECT_EQ(addresses->homes().size(), 1u);
            run("ip addr del 10.0.0.7/24 dev eth0");
        }
        return (std::clock() - began) * 1000 / CLOCKS_PER_SEC;
    };
    const auto with_two_routes = cpu_of_changes();
    run("ip -batch /tmp/hb-routes");
    // A hundred dumps of 20000 routes are ten milliseconds each at the very least.
    EXPECT_LT(cpu_of_changes(), 3 * with_two_routes + 500);
}

TEST_F(Add, twice_is_a_success_and_it_stays_ours) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    const auto again = add_first();
    EXPECT_TRUE(again.already_there);
    EXPECT_EQ(again.label, "eth0:0");
    EXPECT_TRUE(addresses->ours(id_of<ResourceId>(0)));
}

TEST_F(Add, of_a_thousand_answers_in_batches_of_64_in_their_order) {
    run("ip addr add 10.0.0.1/16 dev eth0");
    std::vector<config::AddressSpec> many;
    for (unsigned i = 0; i < 1000; ++i) many.push_back(spec(to_text(Ipv4{0x0a000100 + i}).c_str()));
    configure(many);
    start();
    std::vector<std::size_t> sizes;
    std::vector<ResourceId> order;
    addresses->add(all(), [&](auto answers) {
        sizes.push_back(answers.size());
        for (const auto& answer : answers) order.push_back(answer.resource);
        EXPECT_THAT(answers, Each(Field(&Addresses::Answer::outcome, core::Outcome::ok)));
    });
    EXPECT_EQ(sizes.size(), 16u);
    EXPECT_EQ(sizes.front(), 64u);
    EXPECT_EQ(order, all());
    const std::string there = addresses_of("eth0");
    EXPECT_EQ(std::count(there.begin(), there.end(), '\n'), 1001);
    EXPECT_THAT(there, HasSubstr(" eth0:999\n"));
    EXPECT_EQ(announcer.sent(), 2000u);
}

TEST_F(Add, that_fails_for_one_of_a_batch_affects_only_that_one) {
    configure({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth9"), spec("10.0.0.100", 24, "eth0"),
               spec("10.0.0.102", 24, "eth0")});
    start();
    const auto answers = add(all());
    using O = core::Outcome;
    EXPECT_THAT(
        answers,
        ElementsAre(Field(&Addresses::Answer::outcome, O::ok), Field(&Addresses::Answer::outcome, O::failed),
                    Field(&Addresses::Answer::outcome, O::ok), Field(&Addresses::Answer::outcome, O::ok)));
    EXPECT_TRUE(answers[2].already_there);  // the same address, named twice: the first one has it
    EXPECT_FALSE(addresses->ours(id_of<ResourceId>(2)));
    EXPECT_TRUE(addresses->ours(id_of<ResourceId>(3)));
}

TEST_F(Add, reports_what_the_kernel_refuses) {
    configure({spec("10.0.0.100", 33, "eth0"), spec("10.0.0.101", 24, "eth0")});  // no parser lets 33 pass
    start();
    const auto answers = add(all());
    EXPECT_EQ(answers[0].outcome, core::Outcome::failed);
    EXPECT_THAT(answers[0].detail, HasSubstr("cannot add 10.0.0.100/33 to eth0: Invalid argument"));
    EXPECT_EQ(answers[1].outcome, core::Outcome::ok);
}

TEST_F(Add, sets_promote_secondaries_once_and_says_so) {
    set_promote("0");
    configure({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0")});
    start();
    add(all());
    EXPECT_EQ(promote(), '1');
    EXPECT_THAT(log, ElementsAre(HasSubstr("promote_secondaries of eth0 set to 1")));
}

TEST_F(Add, uses_32_bits_where_promote_secondaries_cannot_be_set) {
    set_promote("0");
    conf = "/nonexistent";
    configure({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0")});
    start();
    const auto answers = add(all());
    EXPECT_EQ(answers[0].outcome, core::Outcome::ok);
    EXPECT_THAT(answers[0].detail, HasSubstr("added with 32 bits"));
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.100/32 eth0:0\n10.0.0.101/32 eth0:1\n");
    EXPECT_THAT(log, ElementsAre(HasSubstr("cannot be set to 1")));
}

}  // namespace
}  // namespace hb::kernel
