#include "hb/net/questions.hpp"

#include <linux/rtnetlink.h>

#include "wrap/rtnetlink.hpp"

namespace hb::net {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::Return;
using wrap::fails;

/// A question that is answered by one message.
class Asking : public OpenNetlink {
protected:
    void is_sent() { EXPECT_CALL(kernel, sendmsg(request_fd, _, _)).WillOnce(Return(48)); }
    void answers(testing::Action<ssize_t(int, msghdr*, int)> action) {
        EXPECT_CALL(kernel, recvmsg(request_fd, _, MSG_DONTWAIT)).InSequence(in_order).WillOnce(action);
    }
    Result<Done> ask() {
        nlmsghdr request{};
        request.nlmsg_len = sizeof request;
        return netlink->ask(request, [this](const nlmsghdr& one) { seen.push_back(one.nlmsg_type); });
    }
    testing::Sequence in_order;
    std::vector<int> seen;
};

TEST_F(Asking, gives_the_one_message_of_the_answer) {
    is_sent();
    answers(datagram(message(RTM_NEWROUTE, 1, 0) + message(RTM_NEWLINK, 1, 0)));
    EXPECT_TRUE(ask());
    EXPECT_THAT(seen, ElementsAre(RTM_NEWROUTE));
}

TEST_F(Asking, what_the_kernel_refuses_is_an_error_with_its_code) {
    is_sent();
    answers(datagram(acknowledgement(1, ENETUNREACH)));
    EXPECT_EQ(ask().error().code, ENETUNREACH);
    EXPECT_TRUE(seen.empty());
}

TEST_F(Asking, is_repeated_after_a_signal_and_waits_for_what_is_not_there_yet) {
    EXPECT_CALL(kernel, sendmsg).WillOnce(fails(EINTR)).WillOnce(Return(16));
    answers(fails(EINTR));
    answers(fails(EAGAIN));
    EXPECT_CALL(kernel, poll).WillOnce(fails(EINTR)).WillOnce(Return(1));
    answers(datagram(message(RTM_NEWROUTE, 1, 0)));
    EXPECT_TRUE(ask());
}

TEST_F(Asking, waits_two_seconds_at_most) {
    is_sent();
    answers(fails(EAGAIN));
    EXPECT_CALL(kernel, poll(_, 1, testing::AllOf(testing::Gt(1000), testing::Le(2000)))).WillOnce(Return(0));
    EXPECT_EQ(ask().error().code, ETIMEDOUT);
}

TEST_F(Asking, passes_over_former_answers_other_programs_and_rubbish) {
    is_sent();
    answers(datagram(acknowledgement(0, EPERM) + message(RTM_NEWLINK, 0, 0)));
    answers(datagram(message(RTM_NEWLINK, 1, 0), 4711));
    answers(datagram(message(NLMSG_ERROR, 1, 0, Octets(4))));
    answers(datagram(Octets(7, std::byte{0xff})));
    answers(datagram(message(RTM_NEWROUTE, 1, 0)));
    EXPECT_TRUE(ask());
    EXPECT_THAT(seen, ElementsAre(RTM_NEWROUTE));
}

TEST_F(Asking, takes_no_late_answer_for_that_of_the_next_question) {
    EXPECT_CALL(kernel, sendmsg).Times(2).WillRepeatedly(Return(16));
    answers(fails(ENOBUFS));
    EXPECT_EQ(ask().error().code, ENOBUFS);
    answers(datagram(message(RTM_NEWLINK, 1, 0)));
    answers(datagram(message(RTM_NEWROUTE, 2, 0)));
    EXPECT_TRUE(ask());
    EXPECT_THAT(seen, ElementsAre(RTM_NEWROUTE));
}

class AskingFails : public Asking, public testing::WithParamInterface<int> {};
TEST_P(AskingFails, where_it_cannot_be_sent) {
    EXPECT_CALL(kernel, sendmsg).WillOnce(fails(GetParam()));
    EXPECT_EQ(ask().error().code, GetParam());
}
TEST_P(AskingFails, where_it_cannot_be_read) {
    is_sent();
    answers(fails(GetParam()));
    EXPECT_EQ(ask().error().code, GetParam());
}
INSTANTIATE_TEST_SUITE_P(Asking, AskingFails, testing::Values(ENOBUFS, ENOMEM, EBADF));

TEST_F(Asking, for_an_answer_that_is_cut_or_empty_is_an_error) {
    EXPECT_CALL(kernel, sendmsg).Times(2).WillRepeatedly(Return(16));
    answers(datagram(message(RTM_NEWROUTE, 1, 0), 0, MSG_TRUNC));
    EXPECT_EQ(ask().error().code, ENOBUFS);
    answers(datagram({}));
    EXPECT_EQ(ask().error().code, EPROTO);
}

/// A dump of which only the first datagram is read, over a socket of its own.
class Heading : public OpenNetlink {
protected:
    void is_opened() {
        EXPECT_CALL(kernel, socket).WillOnce(opens());
        EXPECT_CALL(kernel, bind(head_fd, _, _)).WillOnce(Return(0));
    }
    void is_sent() {
        is_opened();
        EXPECT_CALL(kernel, sendmsg(head_fd, _, _)).WillOnce(Return(16));
    }
    void answers(testing::Action<ssize_t(int, msghdr*, int)> action) {
        EXPECT_CALL(kernel, recvmsg(head_fd, _, MSG_DONTWAIT)).InSequence(in_order).WillOnce(action);
    }
    Result<Done> dump_head() {
        nlmsghdr request{};
        request.nlmsg_len = sizeof request;
        return netlink->dump_head(request, [this](const nlmsghdr& one) { seen.push_back(one.nlmsg_type); });
    }
    static constexpr int head_fd = 5002;
    testing::Sequence in_order;
    std::vector<int> seen;
};

TEST_F(Heading, gives_the_first_datagram_and_leaves_the_rest) {
    is_sent();
    answers(datagram(message(RTM_NEWROUTE, 1, NLM_F_MULTI) + message(RTM_NEWROUTE, 1, NLM_F_MULTI)));
    EXPECT_TRUE(dump_head());
    EXPECT_THAT(seen, ElementsAre(RTM_NEWROUTE, RTM_NEWROUTE));
}

TEST_F(Heading, of_an_empty_answer_gives_nothing) {
    is_sent();
    answers(datagram(end_of_dump(1)));
    EXPECT_TRUE(dump_head());
    EXPECT_TRUE(seen.empty());
}

TEST_F(Heading, is_content_with_a_disturbed_answer) {
    is_sent();
    answers(datagram(message(RTM_NEWROUTE, 1, NLM_F_MULTI | NLM_F_DUMP_INTR)));
    EXPECT_TRUE(dump_head());
    EXPECT_THAT(seen, ElementsAre(RTM_NEWROUTE));
}

TEST_F(Heading, that_the_kernel_refuses_is_an_error_with_its_code) {
    is_sent();
    answers(datagram(acknowledgement(1, EINVAL)));
    EXPECT_EQ(dump_head().error().code, EINVAL);
}
TEST_F(Heading, that_fails_on_its_way_is_an_error_with_its_code) {
    is_sent();
    answers(datagram(end_of_dump(1, ENOMEM)));
    EXPECT_EQ(dump_head().error().code, ENOMEM);
}

TEST_F(Heading, is_repeated_after_a_signal_and_waits_for_what_is_not_there_yet) {
    is_opened();
    EXPECT_CALL(kernel, sendmsg).WillOnce(fails(EINTR)).WillOnce(Return(16));
    answers(fails(EINTR));
    answers(fails(EAGAIN));
    EXPECT_CALL(kernel, poll).WillOnce(fails(EINTR)).WillOnce(Return(1));
    answers(fails(EAGAIN));  // it was ready for nothing
    EXPECT_CALL(kernel, poll).WillOnce(Return(1)).RetiresOnSaturation();
    answers(datagram(message(RTM_NEWROUTE, 1, 0)));
    EXPECT_TRUE(dump_head());
}

TEST_F(Heading, waits_two_seconds_at_most) {
    is_sent();
    answers(fails(EAGAIN));
    EXPECT_CALL(kernel, poll(_, 1, testing::AllOf(testing::Gt(1000), testing::Le(2000)))).WillOnce(Return(0));
    EXPECT_EQ(dump_head().error().code, ETIMEDOUT);
}

TEST_F(Heading, passes_over_other_programs_other_answers_and_rubbish) {
    is_sent();
    answers(datagram(end_of_dump(1), 4711));
    answers(datagram(end_of_dump(7)));
    answers(datagram(message(NLMSG_ERROR, 1, 0, Octets(4))));
    answers(datagram(message(RTM_NEWROUTE, 1, 0)));
    EXPECT_TRUE(dump_head());
    EXPECT_THAT(seen, ElementsAre(RTM_NEWROUTE));
}

TEST_F(Heading, that_is_cut_is_an_error) {
    is_sent();
    answers(datagram(message(RTM_NEWROUTE, 1, 0), 0, MSG_TRUNC));
    EXPECT_EQ(dump_head().error().code, ENOBUFS);
}

class HeadingFails : public Heading, public testing::WithParamInterface<int> {};
TEST_P(HeadingFails, where_no_socket_can_be_opened) {
    EXPECT_CALL(kernel, socket).WillOnce(fails(GetParam()));
    EXPECT_EQ(dump_head().error().code, GetParam());
}
TEST_P(HeadingFails, where_it_cannot_be_bound) {
    EXPECT_CALL(kernel, socket).WillOnce(opens());
    EXPECT_CALL(kernel, bind).WillOnce(fails(GetParam()));
    EXPECT_EQ(dump_head().error().code, GetParam());
}
TEST_P(HeadingFails, where_it_cannot_be_sent) {
    is_opened();
    EXPECT_CALL(kernel, sendmsg).WillOnce(fails(GetParam()));
    EXPECT_EQ(dump_head().error().code, GetParam());
}
TEST_P(HeadingFails, where_it_cannot_be_read) {
    is_sent();
    answers(fails(GetParam()));
    EXPECT_EQ(dump_head().error().code, GetParam());
}
INSTANTIATE_TEST_SUITE_P(Heading, HeadingFails, testing::Values(EMFILE, ENOBUFS, ENOMEM, EPERM));

TEST_F(Heading, of_a_routing_table_that_no_route_was_ever_in_gives_no_default_route) {
    is_sent();
    answers(datagram(end_of_dump(1, ENOENT)));
    const auto routes = default_routes(*netlink);
    ASSERT_TRUE(routes) << to_text(routes.error());
    EXPECT_TRUE(routes->empty());
}

TEST_F(Heading, that_fails_does_not_pass_for_a_table_without_a_default_route) {
    is_sent();
    answers(datagram(end_of_dump(1, ENOMEM)));
    EXPECT_EQ(default_routes(*netlink).error().code, ENOMEM);
}

}  // namespace
}  // namespace hb::net
