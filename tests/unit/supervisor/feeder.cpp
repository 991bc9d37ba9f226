#include "supervisor/engines/feeder.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace hb::supervisor {
namespace {

/// A file in the place of the device: it keeps what is written, an octet for each feeding.
class FeederOf : public testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/hb-feeder-XXXXXX";
        const Fd made{::mkstemp(name)};
        device = name;
    }
    void TearDown() override { ::unlink(device.c_str()); }
    std::string written() const {
        std::ifstream file(device);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    /// Whether it is fed now.
    bool feeds(Feeder::Facts facts) {
        const std::size_t before = written().size();
        feeder.feed_or_starve(now += 10s, facts);
        return written().size() > before;
    }

    std::string device;
    tools::Journal journal{-1};
    Feeder feeder{journal};
    Instant now{1000s};
};

TEST_F(FeederOf, a_host_without_a_device_is_never_due) {
    feeder.use("", 8s, now);
    EXPECT_FALSE(feeder.is_due(now + 1h));
    EXPECT_EQ(feeder.deadline(), never);
}

TEST_F(FeederOf, a_device_that_is_missing_is_tried_again_every_second) {
    const std::string later = device + "-later";
    feeder.use(later, 8s, now);
    EXPECT_EQ(feeder.deadline(), now + 1s);
    std::ofstream(later) << "";
    feeder.try_again(now + 999ms);
    EXPECT_FALSE(feeder.is_due(now + 999ms));
    feeder.try_again(now + 1s);
    EXPECT_TRUE(feeder.is_due(now + 1s));
    ::unlink(later.c_str());
}

TEST_F(FeederOf, what_must_not_run_twice_is_fed_while_the_right_lasts) {
    feeder.use(device, 8s, now);
    EXPECT_TRUE(feeds({.right_lasts = true, .holds_exclusive = true}));
    EXPECT_FALSE(feeds({.right_lasts = false, .holds_exclusive = true}));
    EXPECT_TRUE(feeds({.right_lasts = false, .holds_exclusive = false}));
}

TEST_F(FeederOf, after_a_judgement_it_starves_until_all_has_stopped_although_the_next_engine_has_a_right) {
    feeder.use(device, 8s, now);
    feeder.judged();
    EXPECT_FALSE(feeds({.right_lasts = true, .releasing = true, .holds_exclusive = true}));
    EXPECT_TRUE(feeds({.right_lasts = true, .releasing = false, .holds_exclusive = true}));
    EXPECT_TRUE(feeds({.right_lasts = true, .releasing = true, .holds_exclusive = true}))
        << "an ordinary release";
}

TEST_F(FeederOf, an_orderly_end_writes_the_magic_letter_and_another_one_does_not) {
    feeder.use(device, 8s, now);
    feeder.disarm();
    EXPECT_EQ(written(), "V");
    feeder.use(device, 8s, now);
    feeder.abandon();
    EXPECT_EQ(written(), "V");
    EXPECT_EQ(feeder.deadline(), never);
}

}  // namespace
}  // namespace hb::supervisor
