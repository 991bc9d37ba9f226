#include "hb/ipc/texts.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

namespace hb::ipc {
namespace {

struct TextsTest : testing::Test {
    std::optional<std::string> take() {
        const auto text = texts->take(room);
        return text ? std::optional{std::string{*text}} : std::nullopt;
    }
    std::array<char, Texts::longest> room;
    std::unique_ptr<Texts> texts = std::make_unique<Texts>();
};

TEST_F(TextsTest, come_out_in_the_order_they_went_in) {
    EXPECT_EQ(take(), std::nullopt);
    for (int round = 0; round < 5; ++round) {
        for (std::uint32_t i = 0; i < Texts::count; ++i) EXPECT_TRUE(texts->put(std::to_string(i)));
        for (std::uint32_t i = 0; i < Texts::count; ++i) EXPECT_EQ(take(), std::to_string(i));
        EXPECT_EQ(take(), std::nullopt);
    }
}

TEST_F(TextsTest, that_do_not_fit_are_counted_and_change_nothing) {
    EXPECT_FALSE(texts->put(std::string(Texts::longest + 1, 'x')));
    for (std::uint32_t i = 0; i < Texts::count; ++i) EXPECT_TRUE(texts->put("first"));
    EXPECT_FALSE(texts->put("late"));
    EXPECT_EQ(texts->lost_count, 2u);
    for (std::uint32_t i = 0; i < Texts::count; ++i) EXPECT_EQ(take(), "first");
    EXPECT_TRUE(texts->put(std::string(Texts::longest, 'x')));
    EXPECT_EQ(take(), std::string(Texts::longest, 'x'));
}

TEST_F(TextsTest, of_a_process_that_lies_about_its_sizes_stay_within_bounds) {
    texts->put("a");
    texts->texts[0].size = 0xffff;
    EXPECT_EQ(take()->size(), Texts::longest);
    texts->put_count = 0x80000000;
    for (std::uint32_t i = 0; i < Texts::count; ++i) EXPECT_TRUE(take());
}

}  // namespace
}  // namespace hb::ipc
