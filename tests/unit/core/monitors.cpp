// Which services are asked for their status, and when.
#include "core/act/monitors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hb::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

std::vector<config::Resource> scripts(std::size_t count, Duration interval = 10s) {
    std::vector<config::Resource> out(count + 1);
    out[0].kind = config::Resource::Kind::address;  // has no status
    out[0].monitor_interval = interval;
    for (std::size_t i = 1; i <= count; ++i) {
        out[i].kind = config::Resource::Kind::script;
        out[i].monitor_interval = interval;
        out[i].monitor_limit = 20s;
    }
    return out;
}

struct Asked {
    explicit Asked(std::size_t count, Duration interval = 10s)
        : monitors(scripts(count, interval)), all(count + 1) {}
    Monitors monitors;
    std::size_t all;
    OperationId next = 1;
    void own(bool owned, Duration when) { monitors.watch(ResourceId{0}, all, owned, at(when)); }
    /// The services that are asked now.
    std::vector<std::size_t> run(Duration when) {
        std::vector<std::size_t> out;
        monitors.run(at(when), [&](ResourceId one, Duration limit) {
            EXPECT_EQ(limit, 20s);
            out.push_back(one.index());
            return next++;
        });
        return out;
    }
};

TEST(Monitors, ask_what_is_owned_after_each_interval) {
    Asked a(2);
    EXPECT_FALSE(a.monitors.none());
    EXPECT_EQ(a.monitors.deadline(), never);
    a.own(true, 0s);
    EXPECT_EQ(a.monitors.deadline(), at(10s));
    EXPECT_THAT(a.run(9s), IsEmpty());
    EXPECT_THAT(a.run(10s), ElementsAre(1, 2));
    EXPECT_EQ(a.monitors.deadline(), at(40s));  // the limit, and what the supervisor needs to end it
    EXPECT_EQ(a.monitors.answered(1, at(11s)), ResourceId{1});
    EXPECT_EQ(a.monitors.answered(1, at(11s)), std::nullopt);
    EXPECT_EQ(a.monitors.answered(0, at(11s)), std::nullopt);
    EXPECT_EQ(a.monitors.answered(99, at(11s)), std::nullopt);
    EXPECT_THAT(a.run(11s), IsEmpty());
    EXPECT_EQ(a.monitors.deadline(), at(21s));
    EXPECT_THAT(a.run(21s), ElementsAre(1));
}

TEST(Monitors, ask_together_who_is_due_within_a_quarter_of_a_second) {
    Asked a(2);
    a.monitors.watch(ResourceId{1}, 1, true, at(0s));
    a.monitors.watch(ResourceId{2}, 1, true, at(250ms));
    EXPECT_THAT(a.run(10s), ElementsAre(1, 2));
    Asked b(2);
    b.monitors.watch(ResourceId{1}, 1, true, at(0s));
    b.monitors.watch(ResourceId{2}, 1, true, at(251ms));
    EXPECT_THAT(b.run(10s), ElementsAre(1));
}

TEST(Monitors, forget_their_question_when_the_state_of_the_group_changes) {
    Asked a(1);
    a.own(true, 0s);
    EXPECT_THAT(a.run(10s), ElementsAre(1));
    a.own(false, 11s);
    EXPECT_EQ(a.monitors.answered(1, at(12s)), std::nullopt);
    EXPECT_THAT(a.run(100s), IsEmpty());
    EXPECT_EQ(a.monitors.deadline(), never);
}

TEST(Monitors, ask_again_at_once_when_no_answer_comes) {
    Asked a(1);
    a.own(true, 0s);
    EXPECT_THAT(a.run(10s), ElementsAre(1));
    EXPECT_THAT(a.run(39s), IsEmpty());
    EXPECT_THAT(a.run(40s), ElementsAre(1));
    EXPECT_EQ(a.monitors.answered(1, at(41s)), std::nullopt);
    EXPECT_EQ(a.monitors.answered(2, at(41s)), ResourceId{1});
}

TEST(Monitors, run_sixteen_at_a_time_and_the_next_one_when_an_answer_comes) {
    Asked a(20);
    a.own(true, 0s);
    EXPECT_THAT(a.run(10s), SizeIs(16));
    EXPECT_EQ(a.monitors.deadline(), at(40s));
    EXPECT_THAT(a.run(11s), IsEmpty());
    EXPECT_EQ(a.monitors.answered(3, at(12s)), ResourceId{3});
    EXPECT_EQ(a.monitors.deadline(), at(12s));
    EXPECT_THAT(a.run(12s), ElementsAre(17));
}

TEST(Monitors, whose_question_is_forgotten_leave_their_place_to_others) {
    Asked a(20);
    a.own(true, 0s);
    EXPECT_THAT(a.run(10s), SizeIs(16));
    a.monitors.watch(ResourceId{1}, 16, false, at(11s));
    EXPECT_EQ(a.monitors.deadline(), at(11s));
    EXPECT_THAT(a.run(11s), ElementsAre(17, 18, 19, 20));
}

TEST(Monitors, wait_as_long_as_nothing_would_be_done) {
    Asked a(1);
    a.own(true, 0s);
    EXPECT_THAT(a.run(10s), ElementsAre(1));
    EXPECT_EQ(a.monitors.answered(1, at(11s)), ResourceId{1});
    a.monitors.wait(ResourceId{1}, at(50s));
    EXPECT_THAT(a.run(49s), IsEmpty());
    EXPECT_THAT(a.run(50s), ElementsAre(1));
    a.own(false, 51s);
    a.monitors.wait(ResourceId{1}, at(60s));  // not asked at all
    EXPECT_THAT(a.run(60s), IsEmpty());
}

TEST(Monitors, are_none_where_nothing_is_to_be_asked) {
    EXPECT_TRUE(Asked(0).monitors.none());
    EXPECT_TRUE(Asked(2, 0s).monitors.none());
}

}  // namespace
}  // namespace hb::core
