#include "engine/perform.hpp"

#include <gtest/gtest.h>

#include "hb/ipc/channel.hpp"

namespace hb::engine {
namespace {

struct Queue : testing::Test {
    ipc::Ends ends = std::move(*ipc::make_channel());
    std::array<RequestQueue::Slot, 8> room{};
    RequestQueue queue{ends.other.get(), room};

    static ipc::Request request(OperationId operation, ipc::Request::Kind kind = ipc::Request::Kind::start) {
        ipc::Request r;
        r.kind = kind;
        r.operation = operation;
        return r;
    }
    OperationId fill_channel() {
        OperationId n = 0;
        while (queue.empty()) queue.push(request(++n));
        return n;
    }
    OperationId next() {
        ipc::Request r;
        return ipc::receive(ends.supervisor.get(), r) == ipc::Got::message ? r.operation : 0;
    }
};

TEST_F(Queue, keeps_what_a_full_channel_does_not_take_and_sends_it_later_in_order) {
    const OperationId first_kept = fill_channel();
    queue.push(request(first_kept + 1));
    for (OperationId n = 1; n < first_kept; ++n) ASSERT_EQ(next(), n);
    EXPECT_EQ(next(), 0u);
    queue.flush();
    EXPECT_EQ(next(), first_kept);
    EXPECT_EQ(next(), first_kept + 1);
    EXPECT_TRUE(queue.empty());
}

TEST_F(Queue, does_not_let_a_new_request_overtake_a_kept_one) {
    const OperationId first_kept = fill_channel();
    ASSERT_EQ(next(), 1u);  // room for one
    queue.push(request(first_kept + 1));
    queue.flush();
    OperationId last = 1, n = 0;
    while ((n = next()) != 0) {
        EXPECT_EQ(n, last + 1);
        last = n;
    }
}

TEST_F(Queue, gives_up_announcements_before_anything_else) {
    OperationId n = fill_channel();
    for (std::size_t i = 1; i < room.size(); ++i) queue.push(request(++n));
    queue.push(request(++n, ipc::Request::Kind::announce));
    OperationId last = 0;
    for (int round = 0; round < 3; ++round, queue.flush())
        while (const OperationId got = next()) last = got;
    EXPECT_EQ(last, n - 1);
}

TEST_F(Queue, ends_the_process_rather_than_lose_a_stop) {
    OperationId n = fill_channel();
    for (std::size_t i = 1; i < room.size(); ++i) queue.push(request(++n));
    EXPECT_DEATH(queue.push(request(++n, ipc::Request::Kind::stop)), "");
}

}  // namespace
}  // namespace hb::engine
