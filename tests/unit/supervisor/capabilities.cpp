#include "supervisor/daemon/capabilities.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>

namespace hb::supervisor {
namespace {

constexpr std::uint64_t all = ~std::uint64_t{0};
constexpr std::uint64_t without(unsigned number) { return all & ~(std::uint64_t{1} << number); }

TEST(Capabilities, that_are_all_there_are_not_worth_a_word) { EXPECT_EQ(missing_capabilities(all), ""); }

TEST(Capabilities, that_nothing_needs_may_be_missing) {
    EXPECT_EQ(missing_capabilities(without(CAP_SYS_ADMIN) & without(CAP_SYS_BOOT) & without(CAP_IPC_LOCK)),
              "");
}

TEST(Capabilities, that_are_missing_are_named_with_what_they_are_for) {
    EXPECT_EQ(
        missing_capabilities(without(CAP_NET_ADMIN)),
        "heartbeat cannot run without CAP_NET_ADMIN (to add and delete addresses): add it to the container, or to "
        "CapabilityBoundingSet= of the unit");
    const std::string two = missing_capabilities(without(CAP_SETUID) & without(CAP_NET_RAW));
    EXPECT_NE(
        two.find(
            "CAP_NET_RAW (to send and hear heartbeats), CAP_SETUID (to run the engine as a user of its own)"),
        two.npos)
        << two;
}

}  // namespace
}  // namespace hb::supervisor
