// The sent messages that a peer may still ask for.
#include "core/say/store.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

TEST(Store, uses_the_lowest_free_slot_first) {
    Store store;
    EXPECT_EQ(store.take(1, at(0s)), 0u);
    EXPECT_EQ(store.take(2, at(0s)), 1u);
    EXPECT_EQ(store.take(3, at(9s)), 2u);
    store.release(1, at(1s));
    EXPECT_EQ(store.used(), 2u);
    EXPECT_EQ(store.take(4, at(9s)), 0u);
    EXPECT_EQ(store.take(5, at(9s)), 3u);
    EXPECT_EQ(store.index_of(store.find(4)), 0u);
    EXPECT_EQ(store.find(1), nullptr);
}

TEST(Store, overwrites_the_oldest_where_all_slots_are_taken) {
    Store store;
    for (Sequence n = 1; n <= limits::store; ++n) store.take(n, at(0s));
    EXPECT_EQ(store.take(limits::store + 1, at(1s)), 0u);
    EXPECT_EQ(store.find(1), nullptr);
    EXPECT_NE(store.find(2), nullptr);
    EXPECT_EQ(store.used(), limits::store);
    EXPECT_EQ(store.take(limits::store + 2, at(1s)), 1u);
}

TEST(Store, frees_only_what_is_acknowledged_and_was_sent_before) {
    Store store;
    store.take(1, at(0s));
    store.take(2, at(1s));
    store.take(3, at(0s));
    store.release(2, at(1s));
    EXPECT_EQ(store.find(1), nullptr);
    EXPECT_NE(store.find(2), nullptr);
    EXPECT_NE(store.find(3), nullptr);
    EXPECT_EQ(store.find(0), nullptr);  // no message has that number
    store.clear();
    EXPECT_EQ(store.used(), 0u);
    EXPECT_EQ(store.find(2), nullptr);
}

TEST(Store, gives_back_the_octets_of_a_message) {
    Store store;
    store.take(1, at(0s));
    const std::size_t slot = store.take(2, at(0s));
    store.space(slot)[0] = std::byte{7};
    store.set_size(slot, 1);
    ASSERT_EQ(store.body(slot).size(), 1u);
    EXPECT_EQ(store.body(slot)[0], std::byte{7});
    EXPECT_EQ(store.body(0).size(), 0u);
}

}  // namespace
}  // namespace hb::core
