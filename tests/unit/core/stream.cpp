// One peer's sequence numbers: each counts once, what is missing is asked for, each tenth is acknowledged.
#include "core/peer/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace hb::core {
namespace {

using Order = Stream::Order;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

struct Peer {
    Stream stream;
    Random random{7};
    Duration latest = 250ms;

    Stream::Taken take(Sequence number, Duration when = 0s) {
        return stream.take(number, at(when), latest, random);
    }
    std::vector<Sequence> asked(Duration when) {
        std::vector<Sequence> out;
        stream.ask(at(when), 250ms, [&](Sequence missing) { out.push_back(missing); });
        return out;
    }
};

TEST(Stream, counts_each_number_once) {
    Peer p;
    EXPECT_EQ(p.take(5).order, Order::fresh);  // a life may be heard from its middle on
    EXPECT_EQ(p.take(5).order, Order::drop);
    EXPECT_EQ(p.take(6).order, Order::fresh);
    EXPECT_EQ(p.take(4).order, Order::drop);  // it was not missing
    EXPECT_EQ(p.stream.newest(), 6u);
    EXPECT_EQ(p.stream.deadline(), never);
}

TEST(Stream, says_what_is_missing_and_takes_it_late_and_once) {
    Peer p;
    EXPECT_EQ(p.take(1).order, Order::fresh);
    const Stream::Taken taken = p.take(4);
    EXPECT_EQ(taken.order, Order::fresh);
    EXPECT_EQ(taken.last, 1u);
    EXPECT_EQ(taken.gap, 2u);
    EXPECT_FALSE(taken.lost_a_lot);
    EXPECT_EQ(p.take(3).order, Order::late);
    EXPECT_EQ(p.take(3).order, Order::drop);
    const Stream::Taken last = p.take(2);
    EXPECT_EQ(last.order, Order::late);
    EXPECT_TRUE(last.complete);
    EXPECT_EQ(p.stream.newest(), 4u);
}

TEST(Stream, asks_for_what_is_missing_after_50_ms_at_the_earliest_and_again) {
    Peer p;
    (void)p.take(1);
    (void)p.take(4);
    EXPECT_GE(p.stream.deadline(), at(50ms));
    EXPECT_LT(p.stream.deadline(), at(250ms));
    EXPECT_THAT(p.asked(49ms), IsEmpty());
    EXPECT_THAT(p.asked(250ms), ElementsAre(2, 3));
    EXPECT_EQ(p.stream.deadline(), at(500ms));
    EXPECT_THAT(p.asked(499ms), IsEmpty());
    EXPECT_THAT(p.asked(500ms), ElementsAre(2, 3));
    EXPECT_TRUE(p.stream.give_up(2));
    EXPECT_FALSE(p.stream.give_up(2));
    EXPECT_THAT(p.asked(750ms), ElementsAre(3));
}

TEST(Stream, asks_at_once_after_50_ms_where_no_longer_delay_is_allowed) {
    Peer p;
    p.latest = 0s;
    (void)p.take(1);
    (void)p.take(3);
    EXPECT_EQ(p.stream.deadline(), at(50ms));
}

TEST(Stream, asks_for_nothing_when_more_is_missing_than_is_kept) {
    Peer p;
    (void)p.take(1);
    (void)p.take(3);
    const Stream::Taken taken = p.take(3 + limits::missing + 1);
    EXPECT_EQ(taken.gap, limits::missing);
    EXPECT_TRUE(taken.lost_a_lot);
    EXPECT_EQ(p.stream.deadline(), never);
    EXPECT_EQ(p.take(2).order, Order::drop);

    Peer full;
    (void)full.take(1);
    EXPECT_FALSE(full.take(1 + limits::missing + 1).lost_a_lot);
    EXPECT_THAT(full.asked(250ms), SizeIs(limits::missing));
}

TEST(Stream, forgets_in_a_session_what_does_not_come_within_a_second) {
    Peer p;
    (void)p.take(1);
    (void)p.take(3);
    const Instant due = p.stream.deadline();
    p.stream.forget_missing(due + 1s - 1ns);
    EXPECT_EQ(p.stream.deadline(), due);
    p.stream.forget_missing(due + 1s);
    EXPECT_EQ(p.stream.deadline(), never);
    EXPECT_EQ(p.take(2).order, Order::drop);
}

TEST(Stream, acknowledges_each_tenth_number_that_ends_with_its_digit_and_no_further_than_it_is_whole) {
    Peer p;
    for (Sequence n = 1; n <= 13; ++n) (void)p.take(n);
    EXPECT_EQ(p.stream.to_acknowledge(4), 4u);
    EXPECT_EQ(p.stream.to_acknowledge(4), std::nullopt);
    (void)p.take(30);
    EXPECT_EQ(p.stream.to_acknowledge(4), std::nullopt);  // 14 itself is missing
    (void)p.take(14);
    EXPECT_EQ(p.stream.to_acknowledge(4), 14u);
    EXPECT_EQ(p.stream.to_acknowledge(4), std::nullopt);
    for (Sequence n = 15; n < 30; ++n) (void)p.take(n);
    EXPECT_EQ(p.stream.to_acknowledge(4), 24u);

    Peer young;
    (void)young.take(1);
    EXPECT_EQ(young.stream.to_acknowledge(0), std::nullopt);  // 0 is no number
    EXPECT_EQ(young.stream.to_acknowledge(5), std::nullopt);
}

TEST(Stream, takes_nothing_from_before_a_death_and_goes_on_behind_it) {
    Peer p;
    for (Sequence n = 1; n <= 20; ++n) (void)p.take(n);
    EXPECT_EQ(p.stream.to_acknowledge(0), 20u);
    p.stream.bury();
    EXPECT_EQ(p.take(20).order, Order::drop);
    EXPECT_EQ(p.take(7).order, Order::drop);
    const Stream::Taken next = p.take(35);
    EXPECT_EQ(next.order, Order::fresh);
    EXPECT_EQ(next.gap, 0u);  // what was said while it was dead is not asked for
    EXPECT_EQ(p.stream.to_acknowledge(0), 30u);
}

TEST(Stream, of_a_new_life_begins_at_any_number_but_for_what_is_known_of_it) {
    Peer p;
    for (Sequence n = 1; n <= 20; ++n) (void)p.take(n);
    p.stream.begin_life(0);
    EXPECT_EQ(p.take(1).order, Order::fresh);
    p.stream.begin_life(9);
    EXPECT_EQ(p.take(9).order, Order::drop);
    EXPECT_EQ(p.take(12).order, Order::fresh);
    EXPECT_EQ(p.stream.deadline(), never);
}

}  // namespace
}  // namespace hb::core
