#include "hb/kernel/announcer.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <cstring>
#include <optional>
#include <vector>

#include "hb/wire/arp.hpp"
#include "wrap/network_calls.hpp"

namespace hb::kernel {
namespace {

using testing::_;
using testing::InSequence;
using testing::Return;
using wrap::fails;

class Announcing : public wrap::Fixture {
protected:
    Announcing() {
        EXPECT_CALL(kernel, socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)).WillOnce(opens());
        EXPECT_CALL(kernel, setsockopt(_, SOL_SOCKET, SO_SNDBUFFORCE, _, _))
            .WillOnce(fails(EPERM));  // not needed
        announcer = std::make_unique<Announcer>();
        EXPECT_TRUE(announcer->open());
    }
    ~Announcing() override { announcer.reset(); }
    static std::vector<Announcer::Claim> claims(unsigned count) {
        std::vector<Announcer::Claim> out;
        for (unsigned i = 0; i < count; ++i)
            out.push_back({.ifindex = 2, .mac = {}, .address = Ipv4{0x0a000000 + i}});
        return out;
    }
    void announce(unsigned count) { announcer->announce(claims(count)); }

    std::unique_ptr<Announcer> announcer;
};

TEST(Announcer, without_permission_is_an_error) {
    testing::StrictMock<wrap::Calls> kernel;
    wrap::calls = &kernel;
    EXPECT_CALL(kernel, socket).WillOnce(fails(EPERM));
    Announcer announcer;
    EXPECT_EQ(announcer.open().error().code, EPERM);
}

TEST_F(Announcing, gives_both_forms_of_64_addresses_to_one_call) {
    const InSequence order;
    EXPECT_CALL(kernel, sendmmsg(_, _, 128u, MSG_DONTWAIT)).WillOnce(Return(128));
    EXPECT_CALL(kernel, sendmmsg(_, _, 2u, MSG_DONTWAIT)).WillOnce(Return(2));
    announce(65);
    EXPECT_EQ(announcer->sent(), 130u);
    EXPECT_EQ(announcer->dropped(), 0u);
}

TEST_F(Announcing, of_nothing_makes_no_call) { announce(0); }

TEST_F(Announcing, goes_on_behind_what_was_taken) {
    const InSequence order;
    EXPECT_CALL(kernel, sendmmsg(_, _, 6u, _)).WillOnce(Return(4));
    EXPECT_CALL(kernel, sendmmsg(_, _, 2u, _)).WillOnce(Return(2));
    announce(3);
    EXPECT_EQ(announcer->sent(), 6u);
}

TEST_F(Announcing, is_repeated_after_a_signal) {
    const InSequence order;
    EXPECT_CALL(kernel, sendmmsg(_, _, 2u, _)).WillOnce(fails(EINTR));
    EXPECT_CALL(kernel, sendmmsg(_, _, 2u, _)).WillOnce(Return(2));
    announce(1);
    EXPECT_EQ(announcer->sent(), 2u);
}

class FullQueue : public Announcing, public testing::WithParamInterface<int> {};
TEST_P(FullQueue, drops_and_counts_the_rest_and_never_waits) {
    const InSequence order;
    EXPECT_CALL(kernel, sendmmsg(_, _, 6u, _)).WillOnce(Return(2));
    EXPECT_CALL(kernel, sendmmsg(_, _, 4u, _)).WillOnce(fails(GetParam()));
    announce(3);
    EXPECT_EQ(announcer->sent(), 2u);
    EXPECT_EQ(announcer->dropped(), 4u);
}
INSTANTIATE_TEST_SUITE_P(Announcing, FullQueue, testing::Values(EAGAIN, ENOBUFS, ENOMEM));

class DeadInterface : public Announcing, public testing::WithParamInterface<int> {};
TEST_P(DeadInterface, drops_one_frame_and_tries_the_next) {
    const InSequence order;
    EXPECT_CALL(kernel, sendmmsg(_, _, 2u, _)).WillOnce(fails(GetParam()));
    EXPECT_CALL(kernel, sendmmsg(_, _, 1u, _)).WillOnce(Return(1));
    announce(1);
    EXPECT_EQ(announcer->sent(), 1u);
    EXPECT_EQ(announcer->dropped(), 1u);
}
INSTANTIATE_TEST_SUITE_P(Announcing, DeadInterface, testing::Values(ENETDOWN, ENXIO, EMSGSIZE, EPERM));

/// What one sendmmsg is given.
struct Sent {
    int ifindex;
    Mac to;
    std::optional<wire::Arp> arp;
};
std::vector<Sent> read(const mmsghdr* messages, unsigned count) {
    std::vector<Sent> out;
    for (unsigned i = 0; i < count; ++i) {
        const msghdr& header = messages[i].msg_hdr;
        sockaddr_ll to{};
        EXPECT_EQ(header.msg_namelen, sizeof to);
        std::memcpy(&to, header.msg_name, sizeof to);
        EXPECT_EQ(to.sll_protocol, htons(ETH_P_ARP));
        EXPECT_EQ(to.sll_halen, ETH_ALEN);
        Sent sent{.ifindex = to.sll_ifindex, .to = {}, .arp = {}};
        std::copy(to.sll_addr, to.sll_addr + 6, sent.to.octets.begin());
        sent.arp = wire::parse_arp(
            {static_cast<const std::byte*>(header.msg_iov[0].iov_base), header.msg_iov[0].iov_len});
        out.push_back(sent);
    }
    return out;
}

class Asking : public Announcing {
protected:
    static std::vector<Announcer::Question> questions(unsigned count) {
        std::vector<Announcer::Question> out;
        for (unsigned i = 0; i < count; ++i)
            out.push_back({.claim = {.ifindex = 3,
                                     .mac = *parse_mac("02:00:00:00:00:07"),
                                     .address = Ipv4{0x0a000000 + i}},
                           .target = Ipv4{0x0a0000fe}});
        return out;
    }
};

TEST_F(Asking, broadcasts_one_request_for_each_question_from_the_claimed_address_on_its_interface) {
    std::vector<Sent> sent;
    EXPECT_CALL(kernel, sendmmsg(_, _, 2u, MSG_DONTWAIT))
        .WillOnce([&](int, mmsghdr* messages, unsigned count, int) {
            sent = read(messages, count);
            return 2;
        });
    announcer->ask(questions(2));
    ASSERT_EQ(sent.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(sent[i].ifindex, 3);
        EXPECT_EQ(sent[i].to, broadcast_mac);
        ASSERT_TRUE(sent[i].arp);
        EXPECT_EQ(sent[i].arp->operation, wire::Arp::Operation::request);
        EXPECT_EQ(sent[i].arp->sender_mac, *parse_mac("02:00:00:00:00:07"));
        EXPECT_EQ(sent[i].arp->sender, Ipv4{static_cast<std::uint32_t>(0x0a000000 + i)});
        EXPECT_EQ(sent[i].arp->target, Ipv4{0x0a0000fe});
    }
    EXPECT_EQ(announcer->sent(), 2u);
}

TEST_F(Asking, gives_64_questions_to_one_call_and_none_to_none) {
    const InSequence order;
    EXPECT_CALL(kernel, sendmmsg(_, _, 64u, MSG_DONTWAIT)).WillOnce(Return(64));
    EXPECT_CALL(kernel, sendmmsg(_, _, 1u, MSG_DONTWAIT)).WillOnce(Return(1));
    announcer->ask(questions(65));
    announcer->ask({});
    EXPECT_EQ(announcer->sent(), 65u);
}

TEST_F(Asking, drops_what_finds_no_room_and_never_waits) {
    const InSequence order;
    EXPECT_CALL(kernel, sendmmsg(_, _, 3u, _)).WillOnce(Return(1));
    EXPECT_CALL(kernel, sendmmsg(_, _, 2u, _)).WillOnce(fails(ENOBUFS));
    announcer->ask(questions(3));
    EXPECT_EQ(announcer->sent(), 1u);
    EXPECT_EQ(announcer->dropped(), 2u);
}

}  // namespace
}  // namespace hb::kernel
