#include "engine/medium.hpp"

#include <gtest/gtest.h>

namespace hb::engine {
namespace {

constexpr Instant now{1000s};
constexpr Stamp wall = 1'795'337'344'000'000'000;
constexpr Clocks clocks{now, wall};
constexpr Stamp ms = 1'000'000;

TEST(Stamp, is_put_on_the_boot_clock_by_its_age) {
    EXPECT_EQ(on_boot_clock(wall - 187 * ms, clocks, now - 1s), now - 187ms);
}
TEST(Stamp, from_the_future_is_now_because_the_wall_clock_was_set_back) {
    EXPECT_EQ(on_boot_clock(wall + 3'600'000 * ms, clocks, now - 1s), now);
}
TEST(Stamp, is_never_older_than_the_last_look_because_the_wall_clock_was_set_forward) {
    EXPECT_EQ(on_boot_clock(wall - 3'600'000 * ms, clocks, now - 1s), now - 1s);
}
TEST(Stamp, that_is_missing_means_now) { EXPECT_EQ(on_boot_clock(std::nullopt, clocks, now - 1s), now); }
TEST(Stamp, is_now_if_the_last_look_was_in_this_turn) {
    EXPECT_EQ(on_boot_clock(wall - 5 * ms, clocks, now + 1ms), now);
}

TEST(Medium, without_a_descriptor_hears_nothing_and_sends_nothing) {
    Medium medium{"eth0", 694};
    std::array<std::byte, 100> buffer;
    Heard heard;
    EXPECT_EQ(medium.receive(clocks, buffer, heard), Medium::Got::empty);
    EXPECT_EQ(medium.send(bytes_of("x"), buffer), Send::down);
    EXPECT_FALSE(medium.usable());
    EXPECT_FALSE(medium.take_change());
}

TEST(Medium, tells_each_change_once) {
    Medium medium{"eth0", 694};
    medium.lend({Fd{::dup(0)}, 1, Mac{}, Ipv4{}, Ipv4{}}, now);
    EXPECT_TRUE(medium.take_change());
    EXPECT_FALSE(medium.take_change());
    medium.withdraw();
    EXPECT_TRUE(medium.take_change());
    EXPECT_EQ(medium.fd(), -1);
}

}  // namespace
}  // namespace hb::engine
