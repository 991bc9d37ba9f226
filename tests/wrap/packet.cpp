// What the engine makes of each answer of the kernel to the few calls of its turn.
#include "engine/packet.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "engine/medium.hpp"
#include "engine/poll.hpp"
#include "hb/ipc/channel.hpp"

namespace {

struct Kernel {
    MOCK_METHOD(ssize_t, recvmsg, (int, msghdr*, int));
    MOCK_METHOD(ssize_t, sendmsg, (int, const msghdr*, int));
    MOCK_METHOD(ssize_t, sendto, (int, const void*, std::size_t, int, const sockaddr*, socklen_t));
    MOCK_METHOD(int, getsockopt, (int, int, int, void*, socklen_t*));
    MOCK_METHOD(int, epoll_wait, (int, epoll_event*, int, int));
    MOCK_METHOD(int, timerfd_settime, (int, int, const itimerspec*, itimerspec*));
};
Kernel* kernel = nullptr;

}  // namespace

extern "C" {
ssize_t __real_recvmsg(int, msghdr*, int);
ssize_t __real_sendmsg(int, const msghdr*, int);
ssize_t __real_sendto(int, const void*, std::size_t, int, const sockaddr*, socklen_t);
int __real_getsockopt(int, int, int, void*, socklen_t*);
int __real_epoll_wait(int, epoll_event*, int, int);
int __real_timerfd_settime(int, int, const itimerspec*, itimerspec*);

ssize_t __wrap_recvmsg(int fd, msghdr* header, int flags) {
    return kernel ? kernel->recvmsg(fd, header, flags) : __real_recvmsg(fd, header, flags);
}
ssize_t __wrap_sendmsg(int fd, const msghdr* header, int flags) {
    return kernel ? kernel->sendmsg(fd, header, flags) : __real_sendmsg(fd, header, flags);
}
ssize_t __wrap_sendto(int fd, const void* bytes, std::size_t size, int flags, const sockaddr* to,
                      socklen_t length) {
    return kernel ? kernel->sendto(fd, bytes, size, flags, to, length)
                  : __real_sendto(fd, bytes, size, flags, to, length);
}
int __wrap_getsockopt(int fd, int level, int name, void* value, socklen_t* size) {
    return kernel ? kernel->getsockopt(fd, level, name, value, size)
                  : __real_getsockopt(fd, level, name, value, size);
}
int __wrap_epoll_wait(int fd, epoll_event* events, int most, int timeout) {
    return kernel ? kernel->epoll_wait(fd, events, most, timeout)
                  : __real_epoll_wait(fd, events, most, timeout);
}
int __wrap_timerfd_settime(int fd, int flags, const itimerspec* at, itimerspec* old) {
    return kernel ? kernel->timerfd_settime(fd, flags, at, old) : __real_timerfd_settime(fd, flags, at, old);
}
}

namespace hb::engine {
namespace {

using testing::_;
using testing::Args;
using testing::Return;
using testing::SetErrnoAndReturn;

template <class Base>
struct WithKernel : Base {
    WithKernel() { kernel = &mock; }
    ~WithKernel() override { kernel = nullptr; }
    testing::StrictMock<Kernel> mock;
};

/// What the kernel writes into a recvmsg.
class Answer {
public:
    explicit Answer(std::size_t size) : size_(size) {}
    Answer& from(unsigned char packet_type) {
        type_ = packet_type;
        return *this;
    }
    template <class T>
    Answer& control(int level, int type, const T& value) {
        items_.push_back({level, type, std::string(reinterpret_cast<const char*>(&value), sizeof value)});
        return *this;
    }
    ssize_t operator()(int, msghdr* header, int) const {
        sockaddr_ll from{};
        from.sll_pkttype = type_;
        const std::size_t name_room = header->msg_namelen;  // as the kernel: a part if there is not enough
        std::memcpy(header->msg_name, &from, std::min(name_room, sizeof from));
        header->msg_namelen = sizeof from;
        const std::size_t room = header->msg_controllen;
        std::memset(header->msg_control, 0, room);
        std::size_t used = 0;
        cmsghdr* item = CMSG_FIRSTHDR(header);
        for (const auto& [level, type, value] : items_) {
            used += CMSG_SPACE(value.size());
            EXPECT_LE(used, room) << "the engine has no room for what the kernel tells";
            item->cmsg_level = level;
            item->cmsg_type = type;
            item->cmsg_len = CMSG_LEN(value.size());
            std::memcpy(CMSG_DATA(item), value.data(), value.size());
            item = CMSG_NXTHDR(header, item);
        }
        header->msg_controllen = used;
        return static_cast<ssize_t>(size_);
    }

private:
    struct Item {
        int level, type;
        std::string value;
    };
    std::size_t size_;
    unsigned char type_ = PACKET_BROADCAST;
    std::vector<Item> items_;
};

struct Receiving : WithKernel<testing::Test> {
    Receive receive() { return receive_frame(5, buffer, frame); }
    std::array<std::byte, 2000> buffer{};
    RawFrame frame;
};

tpacket_auxdata auxdata(std::uint32_t status, std::uint16_t vlan = 0) {
    tpacket_auxdata data{};
    data.tp_status = status;
    data.tp_vlan_tci = vlan;
    return data;
}

TEST_F(Receiving, gives_the_frame_its_stamp_and_the_state_of_its_checksum) {
    EXPECT_CALL(mock, recvmsg(5, _, MSG_DONTWAIT))
        .WillOnce(Answer{300}
                      .control(SOL_SOCKET, SCM_TIMESTAMPNS, timespec{1795337344, 25})
                      .control(SOL_PACKET, PACKET_AUXDATA, auxdata(TP_STATUS_CSUMNOTREADY)));
    ASSERT_EQ(receive(), Receive::frame);
    EXPECT_EQ(frame.bytes.size(), 300u);
    EXPECT_EQ(frame.stamp, 1'795'337'344'000'000'025);
    EXPECT_EQ(frame.checksum, wire::Checksum::not_ready);
    EXPECT_TRUE(frame.ours);
}

TEST_F(Receiving, takes_a_frame_without_stamp_and_auxdata_as_it_is) {
    EXPECT_CALL(mock, recvmsg).WillOnce(Answer{300});
    ASSERT_EQ(receive(), Receive::frame);
    EXPECT_FALSE(frame.stamp);
    EXPECT_EQ(frame.checksum, wire::Checksum::check);
}

TEST_F(Receiving, tells_its_own_and_other_hosts_frames_apart) {
    for (const auto& [type, ours] : {std::pair<unsigned char, bool>{PACKET_HOST, true},
                                     {PACKET_BROADCAST, true},
                                     {PACKET_MULTICAST, true},
                                     {PACKET_OTHERHOST, false},
                                     {PACKET_OUTGOING, false}}) {
        EXPECT_CALL(mock, recvmsg).WillOnce(Answer{300}.from(type));
        ASSERT_EQ(receive(), Receive::frame);
        EXPECT_EQ(frame.ours, ours) << int{type};
    }
}

TEST_F(Receiving, leaves_frames_of_a_vlan_to_its_interface_but_takes_priority_tags) {
    EXPECT_CALL(mock, recvmsg)
        .WillOnce(Answer{300}.control(SOL_PACKET, PACKET_AUXDATA, auxdata(TP_STATUS_VLAN_VALID, 100)))
        .WillOnce(Answer{300}.control(SOL_PACKET, PACKET_AUXDATA, auxdata(TP_STATUS_VLAN_VALID, 0xe000)))
        .WillOnce(Answer{300}.control(SOL_PACKET, PACKET_AUXDATA, auxdata(0, 100)));
    receive();
    EXPECT_FALSE(frame.ours);
    receive();
    EXPECT_TRUE(frame.ours);
    receive();
    EXPECT_TRUE(frame.ours);
}

TEST_F(Receiving, is_empty_when_the_kernel_says_try_again) {
    for (const int error : {EAGAIN, EWOULDBLOCK, ENOMEM}) {
        EXPECT_CALL(mock, recvmsg).WillOnce(SetErrnoAndReturn(error, -1));
        EXPECT_EQ(receive(), Receive::empty) << error;
    }
}

TEST_F(Receiving, tries_again_after_a_signal) {
    EXPECT_CALL(mock, recvmsg).WillOnce(SetErrnoAndReturn(EINTR, -1)).WillOnce(Answer{60});
    EXPECT_EQ(receive(), Receive::frame);
}

TEST_F(Receiving, is_down_when_the_interface_is) {
    for (const int error : {ENETDOWN, ENXIO, ENODEV, EBADF}) {
        EXPECT_CALL(mock, recvmsg).WillOnce(SetErrnoAndReturn(error, -1));
        EXPECT_EQ(receive(), Receive::down) << error;
    }
}

TEST_F(Receiving, of_an_interface_that_went_down_makes_the_medium_unusable_once) {
    Medium medium{"eth0", 694};
    medium.lend({Fd{::dup(0)}, 1, Mac{}, Ipv4{}, Ipv4{}}, Instant{1s});
    medium.take_change();
    EXPECT_CALL(mock, recvmsg).WillRepeatedly(SetErrnoAndReturn(ENETDOWN, -1));
    Heard heard;
    EXPECT_EQ(medium.receive({}, buffer, heard), Medium::Got::empty);
    EXPECT_TRUE(medium.take_change());
    EXPECT_FALSE(medium.usable());
    medium.receive({}, buffer, heard);
    EXPECT_FALSE(medium.take_change());
}

using Losing = WithKernel<testing::Test>;

int lost(std::uint32_t frames, void* value, socklen_t* size) {
    const tpacket_stats counted{.tp_packets = 1000, .tp_drops = frames};
    EXPECT_EQ(*size, sizeof counted);
    std::memcpy(value, &counted, sizeof counted);
    return 0;
}

TEST_F(Losing, adds_up_what_the_kernel_has_counted_since_the_last_question) {
    Medium medium{"eth0", 694};
    EXPECT_EQ(medium.take_lost(), 0u);  // down: nobody is asked
    medium.lend({Fd{::dup(0)}, 1, Mac{}, Ipv4{}, Ipv4{}}, Instant{1s});
    EXPECT_CALL(mock, getsockopt(_, SOL_PACKET, PACKET_STATISTICS, _, _))
        .WillOnce([](int, int, int, void* value, socklen_t* size) { return lost(40, value, size); })
        .WillOnce([](int, int, int, void* value, socklen_t* size) { return lost(2, value, size); });
    EXPECT_EQ(medium.take_lost(), 40u);
    EXPECT_EQ(medium.take_lost(), 2u);
    EXPECT_EQ(medium.counters().lost, 42u);
}
TEST_F(Losing, is_unknown_to_a_kernel_that_does_not_count) {
    EXPECT_CALL(mock, getsockopt).WillOnce(SetErrnoAndReturn(ENOPROTOOPT, -1));
    EXPECT_EQ(take_lost(5), 0u);
}

struct Sending : WithKernel<testing::Test> {
    Send answer_to(int error) {
        EXPECT_CALL(mock, sendto).WillOnce(SetErrnoAndReturn(error, -1));
        return send_frame(5, 3, bytes_of("ffffffSSSSSS..payload"));
    }
};

TEST_F(Sending, goes_to_the_interface_as_ipv4_and_does_not_wait) {
    EXPECT_CALL(mock, sendto(5, _, 21, MSG_DONTWAIT, _, sizeof(sockaddr_ll)))
        .WillOnce([](int, const void*, std::size_t size, int, const sockaddr* to, socklen_t) {
            sockaddr_ll at{};
            std::memcpy(&at, to, sizeof at);
            EXPECT_EQ(at.sll_ifindex, 3);
            EXPECT_EQ(at.sll_protocol, htons(ETH_P_IP));
            EXPECT_EQ(std::memcmp(at.sll_addr, "ffffff", 6), 0);
            return static_cast<ssize_t>(size);
        });
    EXPECT_EQ(send_frame(5, 3, bytes_of("ffffffSSSSSS..payload")), Send::sent);
}

TEST_F(Sending, drops_what_finds_no_room) {
    for (const int error : {EAGAIN, ENOBUFS, ENOMEM}) EXPECT_EQ(answer_to(error), Send::dropped) << error;
}
TEST_F(Sending, is_down_when_the_interface_is_or_is_gone) {
    for (const int error : {ENETDOWN, ENXIO, ENODEV, EBADF, EPERM})
        EXPECT_EQ(answer_to(error), Send::down) << error;
}
TEST_F(Sending, knows_a_frame_above_the_mtu) { EXPECT_EQ(answer_to(EMSGSIZE), Send::too_big); }
TEST_F(Sending, tries_again_after_a_signal) {
    EXPECT_CALL(mock, sendto).WillOnce(SetErrnoAndReturn(EINTR, -1)).WillOnce(Return(21));
    EXPECT_EQ(send_frame(5, 3, bytes_of("ffffffSSSSSS..payload")), Send::sent);
}

TEST_F(Sending, makes_a_medium_usable_again_once_it_works) {
    Medium medium{"eth0", 694};
    medium.lend({Fd{::dup(0)}, 1, Mac{}, Ipv4{}, Ipv4{}}, Instant{1s});
    std::array<std::byte, 200> buffer;
    EXPECT_CALL(mock, sendto)
        .WillOnce(SetErrnoAndReturn(ENETDOWN, -1))
        .WillOnce(SetErrnoAndReturn(ENOBUFS, -1))
        .WillOnce(Return(60));
    EXPECT_EQ(medium.send(bytes_of("x"), buffer), Send::down);
    EXPECT_FALSE(medium.usable());
    EXPECT_EQ(medium.send(bytes_of("x"), buffer), Send::dropped);
    EXPECT_FALSE(medium.usable());
    EXPECT_EQ(medium.send(bytes_of("x"), buffer), Send::sent);
    EXPECT_TRUE(medium.usable());
    EXPECT_EQ(medium.counters().sent, 1u);
    EXPECT_EQ(medium.counters().send_dropped, 1u);
}

struct Listening : WithKernel<testing::Test> {
    std::array<std::byte, 2000> buffer{};
    RawDatagram datagram;
};

TEST_F(Listening, learns_the_interface_and_the_stamp) {
    in_pktinfo info{};
    info.ipi_ifindex = 4;
    EXPECT_CALL(mock, recvmsg)
        .WillOnce(Answer{1600}
                      .control(SOL_SOCKET, SCM_TIMESTAMPNS, timespec{1, 2})
                      .control(IPPROTO_IP, IP_PKTINFO, info));
    ASSERT_TRUE(receive_datagram(5, buffer, datagram));
    EXPECT_EQ(datagram.ifindex, 4);
    EXPECT_EQ(datagram.stamp, 1'000'000'002);
    EXPECT_EQ(datagram.bytes.size(), 1600u);
}
TEST_F(Listening, ends_when_nothing_is_left) {
    EXPECT_CALL(mock, recvmsg).WillOnce(SetErrnoAndReturn(EAGAIN, -1));
    EXPECT_FALSE(receive_datagram(5, buffer, datagram));
}
TEST_F(Listening, skips_errors_but_not_for_ever) {
    EXPECT_CALL(mock, recvmsg).WillOnce(SetErrnoAndReturn(ECONNREFUSED, -1)).WillOnce(Answer{10});
    EXPECT_TRUE(receive_datagram(5, buffer, datagram));
    EXPECT_CALL(mock, recvmsg).Times(8).WillRepeatedly(SetErrnoAndReturn(EIO, -1));
    EXPECT_FALSE(receive_datagram(5, buffer, datagram));
}

using Polling = WithKernel<testing::Test>;

TEST_F(Polling, counts_a_signal_and_any_other_failure_as_nothing_ready) {
    Poll poll;
    std::array<epoll_event, 4> ready;
    for (const int error : {EINTR, EBADF, EINVAL, EFAULT}) {
        EXPECT_CALL(mock, epoll_wait(_, _, 4, -1)).WillOnce(SetErrnoAndReturn(error, -1));
        EXPECT_EQ(poll.wait(ready, -1), 0u) << error;
    }
}

TEST_F(Polling, sets_the_timer_only_when_it_moves_or_went_off) {
    Timer timer;
    EXPECT_CALL(mock, timerfd_settime(_, TFD_TIMER_ABSTIME, _, nullptr)).Times(3).WillRepeatedly(Return(0));
    timer.set(Instant{5s});
    timer.set(Instant{5s});
    timer.went_off();
    timer.set(Instant{5s});
    timer.set(Instant{6s});
}

TEST_F(Polling, disarms_the_timer_for_never_and_fires_at_once_for_the_past) {
    Timer timer;
    EXPECT_CALL(mock, timerfd_settime).WillRepeatedly([](int, int, const itimerspec* at, itimerspec*) {
        EXPECT_GT(at->it_value.tv_sec + at->it_value.tv_nsec, 0);
        return 0;
    });
    timer.set(Instant{-5s});
    testing::Mock::VerifyAndClearExpectations(&mock);
    EXPECT_CALL(mock, timerfd_settime).WillOnce([](int, int, const itimerspec* at, itimerspec*) {
        EXPECT_EQ(at->it_value.tv_sec + at->it_value.tv_nsec, 0);
        return 0;
    });
    timer.set(never);
}

using Channel = WithKernel<testing::Test>;

TEST_F(Channel, is_full_while_the_kernel_has_no_room) {
    for (const int error : {EAGAIN, ENOBUFS, ENOMEM, ETOOMANYREFS}) {
        EXPECT_CALL(mock, sendmsg).WillOnce(SetErrnoAndReturn(error, -1));
        EXPECT_EQ(ipc::send(5, ipc::Request{}), ipc::Sent::full) << error;
    }
}
TEST_F(Channel, is_closed_when_nobody_is_there) {
    for (const int error : {EPIPE, ECONNRESET, ENOTCONN, EBADF}) {
        EXPECT_CALL(mock, sendmsg).WillOnce(SetErrnoAndReturn(error, -1));
        EXPECT_EQ(ipc::send(5, ipc::Request{}), ipc::Sent::closed) << error;
        ipc::Request request;
        EXPECT_CALL(mock, recvmsg).WillOnce(SetErrnoAndReturn(error, -1));
        EXPECT_EQ(ipc::receive(5, request), ipc::Got::closed) << error;
    }
}
TEST_F(Channel, tries_again_after_a_signal) {
    EXPECT_CALL(mock, sendmsg).WillOnce(SetErrnoAndReturn(EINTR, -1)).WillOnce(Return(sizeof(ipc::Request)));
    EXPECT_EQ(ipc::send(5, ipc::Request{}), ipc::Sent::ok);
    ipc::Request request;
    EXPECT_CALL(mock, recvmsg).WillOnce(SetErrnoAndReturn(EINTR, -1)).WillOnce(SetErrnoAndReturn(EAGAIN, -1));
    EXPECT_EQ(ipc::receive(5, request), ipc::Got::empty);
}

}  // namespace
}  // namespace hb::engine
