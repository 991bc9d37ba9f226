#include "supervisor/announcer.hpp"

#include <vector>

#include "wrap/network_calls.hpp"

namespace hb::supervisor {
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

}  // namespace
}  // namespace hb::supervisor
