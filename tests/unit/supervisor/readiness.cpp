#include "supervisor/daemon/readiness.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace hb::supervisor {
namespace {

TEST(Readiness, is_told_once_and_the_descriptor_is_closed) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    Readiness readiness(ends[1]);
    EXPECT_FALSE(readiness.is_reached());
    readiness.reach();
    EXPECT_TRUE(readiness.is_reached());
    readiness.tell(6);
    readiness.tell(0);
    char octets[4];
    ASSERT_EQ(::read(ends[0], octets, sizeof octets), 1);
    EXPECT_EQ(octets[0], 6);
    EXPECT_EQ(::read(ends[0], octets, sizeof octets), 0) << "no writer is left";
    ::close(ends[0]);
}

TEST(Readiness, is_too_late_after_ten_seconds) {
    const Instant started{1000s};
    EXPECT_FALSE(Readiness::is_too_late(started, started + 10s));
    EXPECT_TRUE(Readiness::is_too_late(started, started + 10001ms));
}

}  // namespace
}  // namespace hb::supervisor
