#include "supervisor/state/right.hpp"

#include <gtest/gtest.h>

#include "hb/base/clock.hpp"

namespace hb::supervisor {
namespace {

TEST(RightToHold, is_judged_by_the_clock_of_the_moment) {
    ipc::Page page;
    page.hold_until_ms = ipc::page_ms(boot_now() + 50ms);
    EXPECT_TRUE(has_right_to_hold(page, 1s));
    const Instant end = boot_now() + 50ms;
    while (boot_now() < end) {
    }
    EXPECT_FALSE(has_right_to_hold(page, 1s));
}

TEST(RightToHold, lies_no_further_ahead_than_a_lease) {
    ipc::Page page;
    page.hold_until_ms = ipc::page_ms(boot_now() + 7500ms);
    EXPECT_TRUE(hold_until_of(page, 10s));
    for (const Duration ahead : {Duration{8s}, Duration{1h}, Duration{24h * 24}}) {
        page.hold_until_ms = ipc::page_ms(boot_now() + ahead);
        EXPECT_FALSE(hold_until_of(page, 10s)) << to_ms(ahead);
        EXPECT_FALSE(has_right_to_hold(page, 10s)) << to_ms(ahead);
    }
}

TEST(EngineTurn, is_not_still_to_come) {
    ipc::Page page;
    const Instant began = boot_now() - 5s;
    page.engine_turn_ms = ipc::page_ms(boot_now() - 1s);
    EXPECT_GT(engine_turn_of(page, began), began);
    page.engine_turn_ms = ipc::page_ms(boot_now() + 24h * 24);
    EXPECT_EQ(engine_turn_of(page, began), began);
}

}  // namespace
}  // namespace hb::supervisor
