#include "hb/ipc/channel.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "hb/ipc/page.hpp"

namespace hb::ipc {
namespace {

struct Channel : testing::Test {
    Ends ends = std::move(*make_channel());
};

Request request(OperationId operation) {
    Request r;
    r.operation = operation;
    r.first = id_of<ResourceId>(3);
    r.last = id_of<ResourceId>(7);
    r.limit_ms = 1500;
    return r;
}

TEST_F(Channel, carries_a_request_as_it_was_sent) {
    ASSERT_EQ(send(ends.other.get(), request(42)), Sent::ok);
    Request got;
    ASSERT_EQ(receive(ends.supervisor.get(), got), Got::message);
    EXPECT_EQ(got.operation, 42u);
    EXPECT_EQ(got.first, id_of<ResourceId>(3));
    EXPECT_EQ(got.last, id_of<ResourceId>(7));
    EXPECT_EQ(got.limit_ms, 1500u);
}

TEST_F(Channel, takes_no_descriptor_with_a_request) {
    const Fd descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    const int two[] = {descriptor.get(), descriptor.get()};
    Request sent = request(42);
    iovec part{&sent, sizeof sent};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof two)]{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* const item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof two);
    std::memcpy(CMSG_DATA(item), two, sizeof two);
    ASSERT_GT(::sendmsg(ends.other.get(), &header, 0), 0);
    const int lowest = ::dup(descriptor.get()), next = ::dup(descriptor.get());  // numbers that are free
    ::close(lowest);
    ::close(next);
    Request got;
    ASSERT_EQ(receive(ends.supervisor.get(), got), Got::message);
    EXPECT_EQ(got.operation, 42u);
    EXPECT_EQ(::fcntl(lowest, F_GETFD), -1);
    EXPECT_EQ(::fcntl(next, F_GETFD), -1);
}

TEST_F(Channel, says_empty_when_nothing_waits_and_does_not_wait_itself) {
    Request got;
    EXPECT_EQ(receive(ends.supervisor.get(), got), Got::empty);
}

TEST_F(Channel, delivers_what_was_sent_before_the_end_of_file_and_then_says_closed) {
    ASSERT_EQ(send(ends.other.get(), request(1)), Sent::ok);
    ends.other.reset();
    Request got;
    EXPECT_EQ(receive(ends.supervisor.get(), got), Got::message);
    EXPECT_EQ(receive(ends.supervisor.get(), got), Got::closed);
    EXPECT_EQ(send(ends.supervisor.get(), Notice{}), Sent::closed);
}

TEST_F(Channel, refuses_what_does_not_fit_and_delivers_every_message_that_it_took_in_order) {
    OperationId taken = 0;
    while (send(ends.other.get(), request(taken + 1)) == Sent::ok) ++taken;
    EXPECT_EQ(send(ends.other.get(), request(9999999)), Sent::full);
    EXPECT_GE(taken, 64u);
    Request got;
    for (OperationId n = 1; n <= taken; ++n) {
        ASSERT_EQ(receive(ends.supervisor.get(), got), Got::message);
        ASSERT_EQ(got.operation, n);
    }
    EXPECT_EQ(receive(ends.supervisor.get(), got), Got::empty);
}

TEST_F(Channel, lends_a_descriptor_with_a_notice_and_closes_it_over_an_exec) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    Fd read_end{pipe_ends[0]}, write_end{pipe_ends[1]};
    Notice notice;
    notice.kind = Notice::Kind::medium;
    notice.ifindex = 5;
    ASSERT_EQ(send(ends.supervisor.get(), notice, write_end.get()), Sent::ok);
    Notice got;
    Fd lent;
    ASSERT_EQ(receive(ends.other.get(), got, lent), Got::message);
    EXPECT_EQ(got.ifindex, 5);
    ASSERT_TRUE(lent);
    EXPECT_TRUE(::fcntl(lent.get(), F_GETFD) & FD_CLOEXEC);
    ASSERT_EQ(::write(lent.get(), "x", 1), 1);
    char c = 0;
    EXPECT_EQ(::read(read_end.get(), &c, 1), 1);
    EXPECT_EQ(c, 'x');
}

TEST_F(Channel, gives_no_descriptor_with_a_notice_that_carries_none) {
    Notice got;
    Fd lent{::dup(0)};
    ASSERT_EQ(send(ends.supervisor.get(), Notice{}), Sent::ok);
    ASSERT_EQ(receive(ends.other.get(), got, lent), Got::message);
    EXPECT_FALSE(lent);
}

TEST_F(Channel, skips_a_message_of_another_size) {
    ASSERT_EQ(::send(ends.other.get(), "short", 5, 0), 5);
    char large[200] = {};
    ASSERT_EQ(::send(ends.other.get(), large, sizeof large, 0), 200);
    ASSERT_EQ(send(ends.other.get(), request(8)), Sent::ok);
    Request got;
    ASSERT_EQ(receive(ends.supervisor.get(), got), Got::message);
    EXPECT_EQ(got.operation, 8u);
}

TEST(Page, gives_an_instant_back_to_the_millisecond_on_both_sides_of_the_wrap) {
    const Instant wrap{std::chrono::milliseconds{std::int64_t{1} << 32}};
    for (const auto distance : {-5000ms, -1ms, 0ms, 1ms, 5000ms}) {
        const Instant at = wrap + distance;
        EXPECT_EQ(page_instant(page_ms(at), wrap), at);
    }
}

}  // namespace
}  // namespace hb::ipc
