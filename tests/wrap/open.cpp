#include "hb/kernel/open.hpp"

#include <linux/if_packet.h>
#include <netinet/in.h>

#include "wrap/network_calls.hpp"

namespace hb::kernel {
namespace {

using testing::_;
using testing::AnyNumber;
using testing::InSequence;
using testing::Return;
using wrap::fails;

class PacketSocket : public wrap::Fixture {};
class UdpPort : public wrap::Fixture {};
class PingSocket : public wrap::Fixture {};

TEST_F(PacketSocket, asks_for_no_protocol_and_is_bound_last_so_that_nothing_gets_past_the_filter) {
    const InSequence order;
    EXPECT_CALL(kernel, socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)).WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt(5000, SOL_SOCKET, SO_ATTACH_FILTER, _, _)).WillOnce(Return(0));
    EXPECT_CALL(kernel, setsockopt(5000, SOL_PACKET, PACKET_AUXDATA, _, _)).WillOnce(Return(0));
    EXPECT_CALL(kernel, setsockopt(5000, SOL_SOCKET, SO_TIMESTAMPNS, _, _)).WillOnce(Return(0));
    EXPECT_CALL(kernel, setsockopt(5000, SOL_PACKET, PACKET_IGNORE_OUTGOING, _, _)).WillOnce(Return(0));
    EXPECT_CALL(kernel, setsockopt(5000, SOL_SOCKET, SO_RCVBUFFORCE, _, _)).WillOnce(Return(0));
    EXPECT_CALL(kernel, setsockopt(5000, SOL_SOCKET, SO_LOCK_FILTER, _, _)).WillOnce(Return(0));
    EXPECT_CALL(kernel, bind(5000, _, _)).WillOnce(Return(0));
    EXPECT_TRUE(open_packet_socket(2, 694));
}

TEST_F(PacketSocket, without_permission_is_an_error) {
    EXPECT_CALL(kernel, socket).WillOnce(fails(EPERM));
    const auto fd = open_packet_socket(2, 694);
    ASSERT_FALSE(fd);
    EXPECT_EQ(to_text(fd.error()), "cannot open a packet socket on interface 2: Operation not permitted");
}

TEST_F(PacketSocket, works_on_a_kernel_that_cannot_ignore_outgoing_frames_or_enlarge_the_buffer) {
    EXPECT_CALL(kernel, socket).WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt).WillRepeatedly(Return(0));
    EXPECT_CALL(kernel, setsockopt(_, SOL_PACKET, PACKET_IGNORE_OUTGOING, _, _)).WillOnce(fails(ENOPROTOOPT));
    EXPECT_CALL(kernel, setsockopt(_, SOL_SOCKET, SO_RCVBUFFORCE, _, _)).WillOnce(fails(EPERM));
    EXPECT_CALL(kernel, bind).WillOnce(Return(0));
    EXPECT_TRUE(open_packet_socket(2, 694));
}

TEST_F(PacketSocket, that_was_deleted_under_the_name_is_an_error_and_closed) {
    EXPECT_CALL(kernel, socket).WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt).WillRepeatedly(Return(0));
    EXPECT_CALL(kernel, bind).WillOnce(fails(ENODEV));
    EXPECT_EQ(open_packet_socket(2, 694).error().code, ENODEV);
}

/// Options without which the socket must not be used.
struct Needed {
    int level, name;
};
class NeededOption : public wrap::Fixture, public testing::WithParamInterface<Needed> {};

TEST_P(NeededOption, that_is_refused_is_an_error_and_the_socket_is_never_bound) {
    EXPECT_CALL(kernel, socket).WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt).Times(AnyNumber()).WillRepeatedly(Return(0));
    EXPECT_CALL(kernel, setsockopt(_, GetParam().level, GetParam().name, _, _)).WillOnce(fails(ENOMEM));
    const auto fd = open_packet_socket(2, 694);
    ASSERT_FALSE(fd);
    EXPECT_EQ(fd.error().code, ENOMEM);
}
INSTANTIATE_TEST_SUITE_P(PacketSocket, NeededOption,
                         testing::Values(Needed{SOL_SOCKET, SO_ATTACH_FILTER},
                                         Needed{SOL_PACKET, PACKET_AUXDATA},
                                         Needed{SOL_SOCKET, SO_TIMESTAMPNS},
                                         Needed{SOL_SOCKET, SO_LOCK_FILTER}));

TEST_F(UdpPort, is_never_shared) {
    EXPECT_CALL(kernel, socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)).WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt).WillRepeatedly(Return(0));
    EXPECT_CALL(kernel, setsockopt(_, SOL_SOCKET, SO_REUSEADDR, _, _)).Times(0);
    EXPECT_CALL(kernel, setsockopt(_, SOL_SOCKET, SO_REUSEPORT, _, _)).Times(0);
    EXPECT_CALL(kernel, bind).WillOnce(Return(0));
    EXPECT_TRUE(open_udp_port(694));
}

TEST_F(UdpPort, without_sockets_is_an_error) {
    EXPECT_CALL(kernel, socket).WillOnce(fails(EMFILE));
    EXPECT_EQ(open_udp_port(694).error().code, EMFILE);
}

TEST_F(UdpPort, without_receive_stamps_is_an_error) {
    EXPECT_CALL(kernel, socket).WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt).WillOnce(fails(ENOPROTOOPT));
    EXPECT_EQ(open_udp_port(694).error().what, "cannot ask for receive stamps on UDP port 694");
}

TEST_F(UdpPort, that_is_taken_is_said_in_plain_words) {
    EXPECT_CALL(kernel, socket).WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt).WillRepeatedly(Return(0));
    EXPECT_CALL(kernel, bind).WillOnce(fails(EADDRINUSE));
    EXPECT_EQ(open_udp_port(694).error().what, "UDP port 694 is held by another program");
}

TEST_F(UdpPort, that_may_not_be_bound_is_an_error) {
    EXPECT_CALL(kernel, socket).WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt).WillRepeatedly(Return(0));
    EXPECT_CALL(kernel, bind).WillOnce(fails(EACCES));
    EXPECT_EQ(to_text(open_udp_port(694).error()), "cannot bind UDP port 694: Permission denied");
}

TEST_F(PingSocket, is_filtered_and_locked) {
    const InSequence order;
    EXPECT_CALL(kernel, socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP))
        .WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt(5000, SOL_SOCKET, SO_ATTACH_FILTER, _, _)).WillOnce(Return(0));
    EXPECT_CALL(kernel, setsockopt(5000, SOL_SOCKET, SO_LOCK_FILTER, _, _)).WillOnce(Return(0));
    EXPECT_CALL(kernel, setsockopt(5000, SOL_SOCKET, SO_TIMESTAMPNS, _, _)).WillOnce(Return(0));
    EXPECT_TRUE(open_ping_socket(7));
}

TEST_F(PingSocket, without_permission_or_filter_is_an_error) {
    EXPECT_CALL(kernel, socket).WillOnce(fails(EPERM)).WillOnce(opens());
    EXPECT_EQ(to_text(open_ping_socket(7).error()), "cannot open a raw ICMP socket: Operation not permitted");
    EXPECT_CALL(kernel, setsockopt).WillOnce(fails(ENOMEM));
    EXPECT_EQ(open_ping_socket(7).error().code, ENOMEM);
}

}  // namespace
}  // namespace hb::kernel
