// What the supervisor is doing for a group.
#include "core/act/operation.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

using Kind = Operation::Kind;
Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }
ResourceId r(std::size_t index) { return id_of<ResourceId>(index); }

struct Asked {
    Operation o;
    explicit Asked(Kind kind, std::size_t first = 2, std::size_t last = 4) {
        o.begin(7, kind, r(first), r(last), at(10s));
    }
};

TEST(Operation, ends_with_the_last_answer) {
    Operation none;
    EXPECT_FALSE(none.running());
    EXPECT_EQ(none.deadline(), never);
    Asked a(Kind::start);
    EXPECT_TRUE(a.o.running());
    EXPECT_EQ(a.o.deadline(), at(10s));
    EXPECT_FALSE(a.o.answered(r(2), Outcome::ok));
    EXPECT_FALSE(a.o.answered(r(3), Outcome::ok));
    EXPECT_TRUE(a.o.answered(r(4), Outcome::ok));
    a.o.end();
    EXPECT_FALSE(a.o.running());
    EXPECT_EQ(a.o.deadline(), never);
    EXPECT_FALSE(a.o.failed());
    EXPECT_EQ(a.o.kind(), Kind::start);  // who asks for the reason asks afterwards
}

TEST(Operation, concerns_its_own_answers_only) {
    const Asked a(Kind::start);
    EXPECT_FALSE(a.o.concerns(7, r(1)));
    EXPECT_TRUE(a.o.concerns(7, r(2)));
    EXPECT_TRUE(a.o.concerns(7, r(4)));
    EXPECT_FALSE(a.o.concerns(7, r(5)));
    EXPECT_FALSE(a.o.concerns(6, r(2)));
}

TEST(Operation, has_failed_when_one_resource_has) {
    Asked a(Kind::stop);
    (void)a.o.answered(r(2), Outcome::failed);
    (void)a.o.answered(r(3), Outcome::timed_out);
    EXPECT_TRUE(a.o.answered(r(4), Outcome::ok));
    EXPECT_TRUE(a.o.failed());
    EXPECT_EQ(a.o.failed_resource(), r(3));
    a.o.begin(8, Kind::stop, r(1), r(1), at(20s));
    EXPECT_FALSE(a.o.failed());
    EXPECT_EQ(a.o.failed_resource(), r(3));  // who failed last is remembered
}

TEST(Operation, that_is_not_answered_in_time_has_failed_at_its_last_resource) {
    Asked a(Kind::start);
    a.o.time_out();
    EXPECT_TRUE(a.o.failed());
    EXPECT_EQ(a.o.failed_resource(), r(4));
}

TEST(Operation, that_asks_for_the_status_does_not_fail_but_says_whether_it_runs) {
    Asked a(Kind::status, 3, 3);
    EXPECT_TRUE(a.o.answered(r(3), Outcome::failed));
    EXPECT_TRUE(a.o.says_stopped());
    EXPECT_FALSE(a.o.failed());
    a.o.begin(8, Kind::status, r(3), r(3), at(10s));
    EXPECT_FALSE(a.o.says_stopped());
    EXPECT_TRUE(a.o.answered(r(3), Outcome::ok));
    EXPECT_FALSE(a.o.says_stopped());
    a.o.begin(9, Kind::status, r(3), r(3), at(10s));
    EXPECT_TRUE(a.o.answered(r(3), Outcome::timed_out));  // that is no proof
    EXPECT_FALSE(a.o.says_stopped());
}

}  // namespace
}  // namespace hb::core
