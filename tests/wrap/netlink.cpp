#include "hb/net/netlink.hpp"

#include <vector>

#include "wrap/rtnetlink.hpp"

namespace hb::net {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::InSequence;
using testing::Return;
using wrap::fails;

class Opening : public wrap::Fixture {
protected:
    Result<Done> open() { return Netlink{}.open(); }
};

TEST_F(Opening, without_sockets_is_an_error) {
    EXPECT_CALL(kernel, socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE))
        .WillOnce(fails(EMFILE));
    EXPECT_EQ(to_text(open().error()), "cannot open rtnetlink: Too many open files");
}

TEST_F(Opening, that_cannot_be_bound_is_an_error_and_closed) {
    EXPECT_CALL(kernel, socket).WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt).WillRepeatedly(Return(0));
    EXPECT_CALL(kernel, bind).WillOnce(fails(EADDRINUSE));
    EXPECT_EQ(to_text(open().error()), "cannot bind rtnetlink: Address already in use");
}

TEST_F(Opening, of_the_second_socket_that_fails_closes_the_first) {
    EXPECT_CALL(kernel, socket).WillOnce(opens()).WillOnce(fails(ENFILE));
    EXPECT_CALL(kernel, setsockopt).WillRepeatedly(Return(0));
    EXPECT_CALL(kernel, bind).WillOnce(Return(0));
    EXPECT_EQ(open().error().code, ENFILE);
}

TEST_F(Opening, works_on_a_kernel_that_knows_none_of_the_options) {
    EXPECT_CALL(kernel, socket).WillOnce(opens()).WillOnce(opens());
    EXPECT_CALL(kernel, setsockopt).WillRepeatedly(fails(ENOPROTOOPT));
    EXPECT_CALL(kernel, bind).Times(2).WillRepeatedly(Return(0));
    EXPECT_TRUE(open());
}

TEST_F(OpenNetlink, hears_routes_behind_a_filter_that_is_there_before_the_group) {
    const InSequence order;
    EXPECT_CALL(kernel, setsockopt(monitor_fd, SOL_SOCKET, SO_ATTACH_FILTER, _, _)).WillOnce(Return(0));
    EXPECT_CALL(kernel, setsockopt(monitor_fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, _, _))
        .WillOnce([](int, int, int, const void* group, socklen_t) {
            EXPECT_EQ(*static_cast<const int*>(group), RTNLGRP_IPV4_ROUTE);
            return 0;
        });
    netlink->hear_routes();
}

class Sending : public OpenNetlink {
protected:
    /// A batch of three empty messages: sequence numbers 1, 2, 3.
    std::vector<Acknowledgement> send() {
        Batch batch;
        for (int i = 0; i < 3; ++i) {
            nlmsghdr* next = batch.next();
            *next = {};
            next->nlmsg_len = sizeof *next;
            batch.commit(next);
        }
        return netlink->send(batch);
    }
    std::vector<int> codes() {
        std::vector<int> out;
        for (const auto& one : send()) out.push_back(one.answered ? one.code : -1);
        return out;
    }
    void is_sent() { EXPECT_CALL(kernel, sendmsg(request_fd, _, _)).WillOnce(Return(48)); }
    testing::Expectation answers(testing::Action<ssize_t(int, msghdr*, int)> action) {
        return EXPECT_CALL(kernel, recvmsg(request_fd, _, MSG_DONTWAIT))
            .InSequence(in_order)
            .WillOnce(action);
    }
    testing::Sequence in_order;
};

TEST_F(Sending, asks_for_the_acknowledgement_of_the_last_message_only) {
    EXPECT_CALL(kernel, sendmsg).WillOnce([](int, const msghdr* sent, int) -> ssize_t {
        const auto* headers = static_cast<const nlmsghdr*>(sent->msg_iov[0].iov_base);
        EXPECT_EQ(headers[0].nlmsg_flags & NLM_F_ACK, 0);
        EXPECT_EQ(headers[1].nlmsg_flags & NLM_F_ACK, 0);
        EXPECT_EQ(headers[2].nlmsg_flags & NLM_F_ACK, NLM_F_ACK);
        return 48;
    });
    answers(datagram(acknowledgement(3)));
    EXPECT_THAT(codes(), ElementsAre(0, 0, 0));
}

TEST_F(Sending, takes_an_error_in_the_middle_for_that_message_alone) {
    is_sent();
    answers(datagram(acknowledgement(2, EEXIST)));
    answers(datagram(acknowledgement(3)));
    EXPECT_THAT(codes(), ElementsAre(0, EEXIST, 0));
}

TEST_F(Sending, ends_with_an_error_of_the_last_message) {
    is_sent();
    answers(datagram(acknowledgement(1, ENODEV) + acknowledgement(3, EPERM)));
    EXPECT_THAT(codes(), ElementsAre(ENODEV, 0, EPERM));
}

TEST_F(Sending, keeps_the_kernels_words) {
    is_sent();
    answers(datagram(acknowledgement(3, EINVAL, "ipv4: Invalid prefix length")));
    EXPECT_EQ(send()[2].text, "ipv4: Invalid prefix length");
}

TEST_F(Sending, is_repeated_after_a_signal) {
    EXPECT_CALL(kernel, sendmsg).WillOnce(fails(EINTR)).WillOnce(Return(48));
    answers(fails(EINTR));
    answers(datagram(acknowledgement(3)));
    EXPECT_THAT(codes(), ElementsAre(0, 0, 0));
}

class SendingFails : public Sending, public testing::WithParamInterface<int> {};
TEST_P(SendingFails, then_nothing_was_done_and_each_message_has_the_error) {
    EXPECT_CALL(kernel, sendmsg).WillOnce(fails(GetParam()));
    EXPECT_THAT(codes(), ElementsAre(GetParam(), GetParam(), GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Sending, SendingFails, testing::Values(EAGAIN, ENOBUFS, ENOMEM, EPERM, EMSGSIZE));

class ReadingFails : public Sending, public testing::WithParamInterface<int> {};
TEST_P(ReadingFails, then_what_was_not_answered_is_not_known) {
    is_sent();
    answers(datagram(acknowledgement(2, EEXIST)));
    answers(fails(GetParam()));
    EXPECT_THAT(codes(), ElementsAre(-1, EEXIST, -1));
}
INSTANTIATE_TEST_SUITE_P(Sending, ReadingFails, testing::Values(ENOBUFS, ENOMEM, EBADF));

TEST_F(Sending, waits_for_an_answer_that_is_not_there_yet) {
    is_sent();
    answers(fails(EAGAIN));
    EXPECT_CALL(kernel, poll).WillOnce(fails(EINTR)).WillOnce(Return(1));
    answers(datagram(acknowledgement(3)));
    EXPECT_THAT(codes(), ElementsAre(0, 0, 0));
}

TEST_F(Sending, waits_two_seconds_at_most) {
    is_sent();
    answers(fails(EAGAIN));
    EXPECT_CALL(kernel, poll(_, 1, testing::AllOf(testing::Gt(1000), testing::Le(2000)))).WillOnce(Return(0));
    EXPECT_THAT(codes(), ElementsAre(-1, -1, -1));
}

TEST_F(Sending, does_not_believe_another_program) {
    is_sent();
    answers(datagram(acknowledgement(3, EPERM), 4711));
    answers(datagram(acknowledgement(3)));
    EXPECT_THAT(codes(), ElementsAre(0, 0, 0));
}

TEST_F(Sending, passes_over_answers_to_a_former_batch_and_over_rubbish) {
    is_sent();
    answers(datagram(acknowledgement(0, EPERM) + acknowledgement(4, EPERM)));
    answers(datagram(message(NLMSG_ERROR, 2, 0, Octets(4))));
    answers(datagram(Octets(7, std::byte{0xff})));
    answers(datagram(acknowledgement(3)));
    EXPECT_THAT(codes(), ElementsAre(0, 0, 0));
}

TEST_F(Sending, takes_a_cut_datagram_for_a_lost_one) {
    is_sent();
    answers(datagram(acknowledgement(3), 0, MSG_TRUNC));
    EXPECT_THAT(codes(), ElementsAre(-1, -1, -1));
}

TEST_F(Sending, of_an_empty_batch_makes_no_call) {
    Batch batch;
    EXPECT_TRUE(netlink->send(batch).empty());
}

class Dumping : public Sending {
protected:
    Result<Done> dump() {
        nlmsghdr request{};
        request.nlmsg_len = sizeof request;
        return netlink->dump(
            request, [this] { seen.clear(); },
            [this](const nlmsghdr& one) { seen.push_back(one.nlmsg_type); });
    }
    std::vector<int> seen;
};

TEST_F(Dumping, gives_every_message_up_to_the_end) {
    is_sent();
    answers(datagram(message(RTM_NEWADDR, 1, NLM_F_MULTI)));
    answers(datagram(message(RTM_NEWLINK, 1, NLM_F_MULTI) + message(NLMSG_DONE, 1, NLM_F_MULTI)));
    EXPECT_TRUE(dump());
    EXPECT_THAT(seen, ElementsAre(RTM_NEWADDR, RTM_NEWLINK));
}

TEST_F(Dumping, begins_anew_when_the_kernel_was_disturbed) {
    EXPECT_CALL(kernel, sendmsg).Times(2).WillRepeatedly(Return(16));
    answers(datagram(message(RTM_NEWADDR, 1, NLM_F_DUMP_INTR) + message(NLMSG_DONE, 1, NLM_F_DUMP_INTR)));
    answers(datagram(message(RTM_NEWADDR, 2, 0) + message(NLMSG_DONE, 2, 0)));
    EXPECT_TRUE(dump());
    EXPECT_THAT(seen, ElementsAre(RTM_NEWADDR));
}

TEST_F(Dumping, is_content_with_the_tenth_disturbed_answer) {
    std::uint32_t sequence = 0;
    EXPECT_CALL(kernel, sendmsg).Times(10).WillRepeatedly(Return(16));
    EXPECT_CALL(kernel, recvmsg).Times(10).WillRepeatedly([&](int, msghdr* into, int) {
        ++sequence;
        return datagram(message(RTM_NEWADDR, sequence, NLM_F_DUMP_INTR) + message(NLMSG_DONE, sequence, 0))(
            0, into, 0);
    });
    EXPECT_TRUE(dump());
    EXPECT_THAT(seen, ElementsAre(RTM_NEWADDR));
}

TEST_F(Dumping, that_the_kernel_refuses_is_an_error_with_its_code) {
    is_sent();
    answers(datagram(acknowledgement(1, ENOENT)));
    EXPECT_EQ(dump().error().code, ENOENT);
}

TEST_F(Dumping, that_cannot_be_asked_for_is_an_error) {
    EXPECT_CALL(kernel, sendmsg).WillOnce(fails(ENOBUFS));
    EXPECT_EQ(dump().error().code, ENOBUFS);
}

TEST_F(Dumping, that_loses_a_part_is_an_error) {
    is_sent();
    answers(datagram(message(RTM_NEWADDR, 1, 0)));
    answers(fails(ENOBUFS));
    EXPECT_EQ(dump().error().code, ENOBUFS);
}

TEST_F(Dumping, that_never_ends_is_an_error_after_two_seconds) {
    is_sent();
    answers(fails(EAGAIN));
    EXPECT_CALL(kernel, poll).WillOnce(Return(0));
    EXPECT_EQ(dump().error().code, ETIMEDOUT);
}

TEST_F(Dumping, that_fails_on_its_way_says_so_at_its_end) {
    is_sent();
    answers(datagram(message(RTM_NEWADDR, 1, NLM_F_MULTI)));
    answers(datagram(end_of_dump(1, EMSGSIZE)));
    EXPECT_EQ(dump().error().code, EMSGSIZE);
}

TEST_F(Dumping, passes_over_the_rest_of_a_former_one_and_over_rubbish) {
    is_sent();
    answers(datagram(message(RTM_NEWLINK, 0, NLM_F_MULTI) + end_of_dump(0)));
    answers(datagram(message(NLMSG_ERROR, 1, 0, Octets(4)) + message(NLMSG_NOOP, 1, 0)));
    answers(datagram(message(RTM_NEWADDR, 1, NLM_F_MULTI) + end_of_dump(1)));
    EXPECT_TRUE(dump());
    EXPECT_THAT(seen, ElementsAre(RTM_NEWADDR));
}

TEST_F(Dumping, that_is_cut_is_an_error) {
    is_sent();
    answers(datagram(message(RTM_NEWADDR, 1, 0), 0, MSG_TRUNC));
    EXPECT_EQ(dump().error().code, ENOBUFS);
}

class Draining : public OpenNetlink {
protected:
    Netlink::Drained drain() {
        return netlink->drain_monitor([this](const nlmsghdr& one) { seen.push_back(one.nlmsg_type); });
    }
    void answers(testing::Action<ssize_t(int, msghdr*, int)> action) {
        EXPECT_CALL(kernel, recvmsg(monitor_fd, _, MSG_DONTWAIT)).InSequence(in_order).WillOnce(action);
    }
    testing::Sequence in_order;
    std::vector<int> seen;
};

TEST_F(Draining, reads_until_nothing_is_left) {
    answers(datagram(message(RTM_NEWADDR, 0, 0)));
    answers(fails(EINTR));
    answers(datagram(message(RTM_DELADDR, 0, 0) + message(RTM_NEWLINK, 0, 0)));
    answers(fails(EAGAIN));
    EXPECT_EQ(drain(), Netlink::Drained::quiet);
    EXPECT_THAT(seen, ElementsAre(RTM_NEWADDR, RTM_DELADDR, RTM_NEWLINK));
}

TEST_F(Draining, empties_the_queue_after_a_loss_because_further_losses_are_silent_until_then) {
    answers(datagram(message(RTM_NEWADDR, 0, 0)));
    answers(fails(ENOBUFS));
    answers(datagram(message(RTM_DELADDR, 0, 0)));
    answers(fails(EAGAIN));
    EXPECT_EQ(drain(), Netlink::Drained::lost);
    EXPECT_THAT(seen, ElementsAre(RTM_NEWADDR));
}

TEST_F(Draining, takes_a_cut_notice_for_a_lost_one) {
    answers(datagram(message(RTM_NEWADDR, 0, 0), 0, MSG_TRUNC));
    answers(fails(EAGAIN));
    EXPECT_EQ(drain(), Netlink::Drained::lost);
}

TEST_F(Draining, does_not_believe_another_program) {
    answers(datagram(message(RTM_DELADDR, 0, 0), 4711));
    answers(fails(EAGAIN));
    EXPECT_EQ(drain(), Netlink::Drained::quiet);
    EXPECT_TRUE(seen.empty());
}

TEST_F(Draining, is_bounded) {
    EXPECT_CALL(kernel, recvmsg).WillRepeatedly(datagram(message(RTM_NEWADDR, 0, 0)));
    EXPECT_EQ(drain(), Netlink::Drained::more);
    EXPECT_EQ(seen.size(), 8192u);
}

TEST_F(Draining, ends_on_a_socket_that_is_broken) {
    answers(fails(EBADF));
    EXPECT_EQ(drain(), Netlink::Drained::quiet);
}

}  // namespace
}  // namespace hb::net
