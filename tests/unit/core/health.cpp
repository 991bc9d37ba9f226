// What is done about a service that fails its monitor.
#include "core/act/health.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

using Verdict = Health::Verdict;
using std::chrono::minutes;

constexpr ResourceId web{3};
Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

struct Failing {
    Health health;
    Verdict at_time(Duration when, bool may_move = true) {
        const Verdict verdict = health.failed(web, at(when), 10s, may_move, minutes{30});
        if (verdict == Verdict::restart || verdict == Verdict::restart_again) health.restarted(at(when));
        return verdict;
    }
};

TEST(Health, restarts_after_the_first_failure_and_moves_after_the_next) {
    Failing f;
    EXPECT_EQ(f.at_time(0s), Verdict::restart);
    EXPECT_EQ(f.health.last_failed(), web);
    EXPECT_EQ(f.health.last_failed_at(), at(0s));
    EXPECT_EQ(f.at_time(60s), Verdict::move);
    EXPECT_FALSE(f.health.may_move(at(60s)));
    EXPECT_TRUE(f.health.may_move(at(60s + minutes{30})));
}

TEST(Health, takes_a_failure_after_ten_calm_minutes_for_a_new_one) {
    Failing f;
    EXPECT_EQ(f.at_time(0s), Verdict::restart);
    EXPECT_EQ(f.at_time(minutes{10}), Verdict::restart);
    EXPECT_EQ(f.at_time(minutes{20} - 1ns), Verdict::move);
}

TEST(Health, takes_ten_questions_for_calm_where_these_are_rare) {
    Health health;
    EXPECT_EQ(health.failed(web, at(0s), minutes{5}, true, 0s), Verdict::restart);
    health.restarted(at(0s));
    EXPECT_EQ(health.failed(web, at(minutes{50} - 1ns), minutes{5}, true, 0s), Verdict::move);
}

TEST(Health, restarts_where_nobody_can_take_it_after_pauses_that_double_to_ten_minutes) {
    Failing f;
    EXPECT_EQ(f.at_time(0s, false), Verdict::restart);
    EXPECT_EQ(f.at_time(10s, false), Verdict::restart_again);
    EXPECT_EQ(f.health.not_before(), at(40s));
    EXPECT_EQ(f.at_time(39s, false), Verdict::wait);
    Duration now = 40s;
    for (const Duration pause : {60s, 120s, 240s, 480s, 600s}) {
        EXPECT_EQ(f.at_time(now, false), Verdict::restart_again);
        EXPECT_EQ(f.health.backoff(), pause);
        EXPECT_EQ(f.health.not_before(), at(now + pause));
        now += pause;
    }
    EXPECT_EQ(f.at_time(now, false), Verdict::restart);  // ten minutes were calm
}

TEST(Health, begins_its_pauses_anew_after_a_calm_time) {
    Failing f;
    EXPECT_EQ(f.at_time(0s, false), Verdict::restart);
    EXPECT_EQ(f.at_time(1s, false), Verdict::restart_again);
    EXPECT_EQ(f.at_time(31s, false), Verdict::restart_again);
    EXPECT_EQ(f.health.backoff(), 60s);
    EXPECT_EQ(f.at_time(minutes{15}, false), Verdict::restart);
    EXPECT_EQ(f.at_time(minutes{15} + 61s, false), Verdict::restart_again);
    EXPECT_EQ(f.health.backoff(), 30s);
}

}  // namespace
}  // namespace hb::core
