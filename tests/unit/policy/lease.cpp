#include "hb/policy/lease.hpp"

#include <gtest/gtest.h>

#include "hb/policy/deaths.hpp"
#include "hb/policy/put_backs.hpp"

using namespace hb;
using namespace hb::policy;
using Verdict = Judgement::Verdict;

namespace {

const Instant t0{1000s};

Evidence healthy(Instant now) {
    Evidence evidence;
    evidence.now = evidence.due = now;
    evidence.hold_until = now + 5s;
    evidence.engine_turn = now;
    evidence.holding = true;
    evidence.keepalive = 1s;
    evidence.deadtime = 10s;
    return evidence;
}

}  // namespace

TEST(Lease, is_looked_at_once_a_keepalive_at_rest) {
    Lease lease;
    Evidence evidence = healthy(t0);
    evidence.deadtime = 4s;
    const auto judgement = lease.judge(evidence);
    EXPECT_EQ(judgement.verdict, Verdict::fine);
    EXPECT_EQ(judgement.look_again, t0 + 1s);
}

TEST(Lease, is_looked_at_when_it_ends_if_that_is_earlier) {
    Lease lease;
    Evidence evidence = healthy(t0);
    evidence.hold_until = t0 + 20ms;
    EXPECT_EQ(lease.judge(evidence).look_again, t0 + 21ms);
}

TEST(Lease, has_passed_when_its_instant_lies_behind) {
    Lease lease;
    Evidence evidence = healthy(t0);
    evidence.hold_until = t0 - 1ns;
    EXPECT_EQ(lease.judge(evidence).verdict, Verdict::passed);
}

TEST(Lease, matters_only_to_one_who_holds) {
    Lease lease;
    Evidence evidence = healthy(t0);
    evidence.hold_until = t0 - 1s;
    evidence.holding = false;
    EXPECT_EQ(lease.judge(evidence).verdict, Verdict::fine);
}

TEST(Lease, one_short_grace_is_given_when_the_look_itself_came_late) {
    Lease lease;
    Evidence evidence = healthy(t0);
    evidence.hold_until = t0 - 100ms;
    evidence.due = t0 - 50ms;
    const auto first = lease.judge(evidence);
    EXPECT_EQ(first.verdict, Verdict::fine);
    EXPECT_EQ(first.look_again, t0 + 3ms);
    evidence.now = t0 + 3ms;
    evidence.due = t0 + 1ms;
    EXPECT_EQ(lease.judge(evidence).verdict, Verdict::passed);
}

TEST(Lease, the_grace_never_goes_past_the_deadtime) {
    Lease lease;
    Evidence evidence = healthy(t0);
    evidence.hold_until = t0 - 2500ms;
    evidence.due = t0 - 2400ms;
    EXPECT_EQ(lease.judge(evidence).verdict, Verdict::passed);
}

TEST(Lease, an_engine_that_spoke_in_the_grace_holds_on) {
    Lease lease;
    Evidence evidence = healthy(t0);
    evidence.hold_until = t0 - 100ms;
    evidence.due = t0 - 50ms;
    lease.judge(evidence);
    EXPECT_EQ(lease.judge(healthy(t0 + 3ms)).verdict, Verdict::fine);
}

TEST(Lease, an_engine_without_a_turn_for_a_deadtime_hangs_when_two_looks_agree) {
    Lease lease;
    Evidence evidence = healthy(t0);
    evidence.holding = false;
    evidence.engine_turn = t0 - 11s;
    EXPECT_EQ(lease.judge(evidence).verdict, Verdict::fine) << "perhaps all of us were stopped";
    evidence.now = t0 + 1s;
    EXPECT_EQ(lease.judge(evidence).verdict, Verdict::hung);
}

TEST(Deaths, the_first_is_replaced_at_once_and_the_fifth_in_a_minute_is_the_last) {
    Deaths deaths;
    EXPECT_EQ(deaths.died(t0).kind, Restart::Kind::at_once);
    const auto second = deaths.died(t0 + 1s);
    EXPECT_EQ(second.kind, Restart::Kind::after_release);
    EXPECT_EQ(second.pause, 1s);
    EXPECT_EQ(deaths.died(t0 + 2s).pause, 2s);
    EXPECT_EQ(deaths.died(t0 + 3s).pause, 4s);
    EXPECT_EQ(deaths.died(t0 + 4s).kind, Restart::Kind::give_up);
}

TEST(Deaths, more_than_a_minute_apart_each_is_a_first) {
    Deaths deaths;
    for (int i = 0; i < 10; ++i) EXPECT_EQ(deaths.died(t0 + i * 61s).kind, Restart::Kind::at_once);
}

TEST(PutBacks, of_a_flush_that_removes_ten_times_over_are_one_event) {
    PutBacks address;
    for (Instant at = t0; at < t0 + 60s; at += 3s)
        for (int round = 0; round < 10; ++round) EXPECT_TRUE(address.is_one_more_allowed(at + round * 10ms));
}

TEST(PutBacks, of_ten_flushes_in_a_row_are_one_event) {
    PutBacks address;
    for (int n = 0; n < 100; ++n) EXPECT_TRUE(address.is_one_more_allowed(t0 + n * 5ms));
    for (int n = 0; n < 100; ++n) EXPECT_TRUE(address.is_one_more_allowed(t0 + 2s + n * 5ms));
}

TEST(PutBacks, end_when_somebody_removes_it_all_the_time) {
    PutBacks address;
    for (unsigned n = 0; n < PutBacks::most_at_once; ++n)
        EXPECT_TRUE(address.is_one_more_allowed(t0 + n * 1ms));
    EXPECT_FALSE(address.is_one_more_allowed(t0 + 110ms));
}

TEST(PutBacks, end_with_the_twenty_first_event_of_a_minute_and_begin_anew_in_the_next) {
    PutBacks address;
    for (unsigned n = 0; n < PutBacks::most_events; ++n)
        EXPECT_TRUE(address.is_one_more_allowed(t0 + n * 2s));
    EXPECT_FALSE(address.is_one_more_allowed(t0 + 50s));
    EXPECT_TRUE(address.is_one_more_allowed(t0 + 61s));
}
