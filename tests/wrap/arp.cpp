// What the engine hears and asks about service addresses.
#include "engine/arp.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <string>

#include "hb/config/load.hpp"
#include "hb/wire/arp.hpp"

namespace {

/// One frame that waits in a packet socket, and how the kernel says that it came.
struct Waiting {
    std::string octets;
    unsigned char packet_type = PACKET_BROADCAST;
    int error = 0;
};
std::deque<Waiting> waiting;
struct Went {
    int fd;
    std::string octets;
    sockaddr_ll to;
};
std::vector<Went> went;

}  // namespace

extern "C" {
ssize_t __wrap_recvmsg(int, msghdr* header, int) {
    if (waiting.empty()) {
        errno = EAGAIN;
        return -1;
    }
    const Waiting next = waiting.front();
    waiting.pop_front();
    if (next.error) {
        errno = next.error;
        return -1;
    }
    sockaddr_ll from{};
    from.sll_pkttype = next.packet_type;
    std::memcpy(header->msg_name, &from, sizeof from);
    header->msg_namelen = sizeof from;
    header->msg_controllen = 0;
    const std::size_t size = std::min(next.octets.size(), header->msg_iov[0].iov_len);
    std::memcpy(header->msg_iov[0].iov_base, next.octets.data(), size);
    return static_cast<ssize_t>(size);
}
ssize_t __wrap_sendto(int fd, const void* octets, std::size_t size, int, const sockaddr* to,
                      socklen_t length) {
    Went one{.fd = fd, .octets = {static_cast<const char*>(octets), size}, .to = {}};
    std::memcpy(&one.to, to, std::min<std::size_t>(length, sizeof one.to));
    went.push_back(one);
    return static_cast<ssize_t>(size);
}
}

namespace hb::engine {
namespace {

const Mac eth0 = *parse_mac("02:00:00:00:00:01"), eth1 = *parse_mac("02:00:00:00:00:02"),
          stranger = *parse_mac("02:00:00:00:00:99");

/// Resources: 0 and 1 addresses of one group on interface 4, 2 a script, 3 an address on interface 5.
struct Ears : testing::Test {
    Ears() : arp(config) {
        waiting.clear();
        went.clear();
        arp.lend({.fd = descriptor(), .ifindex = 4, .mac = eth0});
        arp.lend({.fd = descriptor(), .ifindex = 5, .mac = eth1});
        arp.place(ResourceId{0}, ResourceId{1}, 4);
        arp.place(ResourceId{3}, ResourceId{3}, 5);
    }
    static Fd descriptor() { return Fd{::open("/dev/null", O_RDWR | O_CLOEXEC)}; }
    static config::Config configuration() {
        auto parsed =
            config::parse({.ha_cf = "keepalive 1\ndeadtime 10\nbcast eth0\nauto_failback on\nnode a b\n",
                           .authkeys = "auth 1\n1 crc\n",
                           .haresources = "a IPaddr::10.0.0.1 IPaddr::10.0.0.2 web\nb 10.0.1.3\n",
                           .node_name = "a"});
        EXPECT_TRUE(parsed.ok());
        return parsed.config;
    }
    void comes(const wire::ArpFrame& frame, unsigned char packet_type = PACKET_BROADCAST) {
        waiting.push_back({std::string(text_of(frame)), packet_type});
    }
    Arp::Got receive(std::size_t ear = 0) { return arp.receive(ear, buffer, claimed); }

    config::Config config = configuration();
    Arp arp;
    std::array<std::byte, 200> buffer{};
    core::AddressClaimed claimed{};
};

TEST_F(Ears, an_answer_of_another_host_about_a_service_address_is_a_claim) {
    comes(wire::gratuitous_arp_reply(stranger, *parse_ipv4("10.0.0.2")), PACKET_HOST);
    ASSERT_EQ(receive(), Arp::Got::claim);
    EXPECT_EQ(claimed.resource, ResourceId{1});
    EXPECT_EQ(claimed.mac, stranger);
    EXPECT_EQ(receive(), Arp::Got::empty);
}

TEST_F(Ears, a_question_that_is_asked_from_a_service_address_is_a_claim_as_well) {
    comes(wire::arp_request(stranger, *parse_ipv4("10.0.1.3"), *parse_ipv4("10.0.1.254")));
    ASSERT_EQ(receive(1), Arp::Got::claim);
    EXPECT_EQ(claimed.resource, ResourceId{3});
}

TEST_F(Ears, what_this_host_says_on_any_of_its_interfaces_is_no_claim) {
    comes(wire::gratuitous_arp_request(eth0, *parse_ipv4("10.0.0.1")));
    EXPECT_EQ(receive(), Arp::Got::other);
    comes(wire::gratuitous_arp_request(eth1, *parse_ipv4("10.0.0.1")));  // two interfaces on one segment
    EXPECT_EQ(receive(), Arp::Got::other);
    comes(wire::gratuitous_arp_request(stranger, *parse_ipv4("10.0.0.1")), PACKET_OUTGOING);
    EXPECT_EQ(receive(), Arp::Got::other);
}

TEST_F(Ears, a_probe_another_address_another_interface_and_rubbish_are_no_claim) {
    comes(wire::arp_probe(stranger, *parse_ipv4("10.0.0.1")));
    comes(wire::gratuitous_arp_request(stranger, *parse_ipv4("10.0.0.9")));
    comes(wire::gratuitous_arp_request(stranger, *parse_ipv4("10.0.1.3")));  // belongs on the other interface
    waiting.push_back({"rubbish"});
    waiting.push_back({std::string(text_of(wire::gratuitous_arp_request(stranger, *parse_ipv4("10.0.0.1"))))
                           .substr(0, 41)});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(receive(), Arp::Got::other) << i;
    EXPECT_EQ(receive(), Arp::Got::empty);
}

TEST_F(Ears, an_address_whose_interface_is_not_known_is_heard_on_each) {
    arp.place(ResourceId{3}, ResourceId{3}, 0);
    comes(wire::gratuitous_arp_request(stranger, *parse_ipv4("10.0.1.3")));
    ASSERT_EQ(receive(0), Arp::Got::claim);
    EXPECT_EQ(claimed.resource, ResourceId{3});
}

TEST_F(Ears, an_interface_that_goes_down_or_was_withdrawn_has_nothing_to_say) {
    waiting.push_back({{}, PACKET_HOST, ENETDOWN});
    EXPECT_EQ(receive(), Arp::Got::empty);
    arp.withdraw(4);
    comes(wire::gratuitous_arp_request(stranger, *parse_ipv4("10.0.0.1")));
    EXPECT_EQ(receive(), Arp::Got::empty);
    EXPECT_FALSE(arp.has_mac(eth0));
}

TEST_F(Ears, probes_go_by_broadcast_for_each_address_and_by_unicast_for_the_first_of_a_group) {
    arp.probe({.first = ResourceId{0}, .last = ResourceId{3}, .also = stranger});
    EXPECT_TRUE(arp.busy());
    arp.send();
    EXPECT_FALSE(arp.busy());
    struct Expected {
        Mac to, from;
        std::string_view target;
        int ifindex;
    };
    const Expected expected[] = {{broadcast_mac, eth0, "10.0.0.1", 4},
                                 {stranger, eth0, "10.0.0.1", 4},
                                 {broadcast_mac, eth0, "10.0.0.2", 4},
                                 {broadcast_mac, eth1, "10.0.1.3", 5},
                                 {stranger, eth1, "10.0.1.3", 5}};
    ASSERT_EQ(went.size(), std::size(expected));
    for (std::size_t i = 0; i < went.size(); ++i) {
        EXPECT_EQ(went[i].octets,
                  text_of(wire::arp_probe(expected[i].from, *parse_ipv4(expected[i].target), expected[i].to)))
            << i;
        EXPECT_EQ(went[i].to.sll_ifindex, expected[i].ifindex) << i;
        EXPECT_EQ(went[i].to.sll_protocol, htons(ETHERTYPE_ARP)) << i;
    }
}

TEST_F(Ears, an_address_without_a_known_interface_is_not_probed) {
    arp.place(ResourceId{0}, ResourceId{1}, 0);
    arp.probe({.first = ResourceId{0}, .last = ResourceId{1}});
    arp.send();
    EXPECT_TRUE(went.empty());
    EXPECT_FALSE(arp.busy());
}

TEST(ManyEars, hear_and_ask_on_a_hundred_interfaces_if_there_are_as_many_addresses) {
    waiting.clear();
    went.clear();
    std::string haresources = "a";
    for (int i = 0; i < 100; ++i) haresources += " 10.1." + std::to_string(i) + ".100";
    const auto parsed =
        config::parse({.ha_cf = "keepalive 1\ndeadtime 10\nbcast eth0\nauto_failback on\nnode a b\n",
                       .authkeys = "auth 1\n1 crc\n",
                       .haresources = haresources + "\n",
                       .node_name = "a"});
    ASSERT_TRUE(parsed.ok());
    Arp arp{parsed.config};
    std::array<std::byte, 200> buffer{};
    for (std::uint32_t i = 0; i < 100; ++i) {
        const int ifindex = static_cast<int>(i) + 4;
        const Arp::Lent* ear = arp.lend({.fd = Ears::descriptor(), .ifindex = ifindex, .mac = eth0});
        ASSERT_NE(ear, nullptr) << i;
        arp.place(id_of<ResourceId>(i), id_of<ResourceId>(i), ifindex);
        waiting.push_back(
            {std::string(text_of(wire::gratuitous_arp_request(stranger, Ipv4{0x0a010064 + (i << 8)})))});
        core::AddressClaimed claimed{};
        ASSERT_EQ(arp.receive(arp.index(*ear), buffer, claimed), Arp::Got::claim) << i;
        EXPECT_EQ(claimed.resource, id_of<ResourceId>(i));
    }
    arp.probe({.first = id_of<ResourceId>(0), .last = id_of<ResourceId>(99)});
    while (arp.busy()) arp.send();
    ASSERT_EQ(went.size(), 100u);
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(went[i].to.sll_ifindex, static_cast<int>(i) + 4);
}

}  // namespace
}  // namespace hb::engine
