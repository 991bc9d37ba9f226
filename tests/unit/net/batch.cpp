#include <gtest/gtest.h>
#include <linux/netlink.h>

#include "hb/net/netlink.hpp"

namespace hb::net {
namespace {

nlmsghdr* put(Batch& batch, std::uint32_t size) {
    nlmsghdr* message = batch.next();
    if (message == nullptr) return nullptr;
    *message = {};
    message->nlmsg_len = size;
    batch.commit(message);
    return message;
}

TEST(Batch, places_messages_on_multiples_of_four) {
    Batch batch;
    put(batch, 17);
    put(batch, 16);
    EXPECT_EQ(batch.bytes().size(), 36u);
    EXPECT_EQ(reinterpret_cast<std::byte*>(batch.message(1)) - reinterpret_cast<std::byte*>(batch.message(0)),
              20);
}

TEST(Batch, takes_64_messages_of_the_largest_size_and_no_more) {
    Batch batch;
    for (int i = 0; i < 64; ++i) ASSERT_NE(put(batch, 256), nullptr);
    EXPECT_EQ(batch.next(), nullptr);
    EXPECT_EQ(batch.size(), 64u);
    EXPECT_EQ(batch.bytes().size(), 64u * 256u);
}

}  // namespace
}  // namespace hb::net
