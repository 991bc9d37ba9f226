#include "hb/base/result.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "hb/base/fixed.hpp"
#include "hb/base/random.hpp"

namespace hb {
namespace {

TEST(Error, tells_what_the_system_said) {
    EXPECT_EQ(to_text(Error{"cannot open /dev/x", ENOENT}), "cannot open /dev/x: No such file or directory");
}

TEST(Error, says_nothing_of_the_system_without_a_code) {
    EXPECT_EQ(to_text(Error{"no route to 10.0.0.1"}), "no route to 10.0.0.1");
}

TEST(Result, holds_a_value_or_an_error) {
    const Result<int> good = 7;
    const Result<int> bad = Error{"no", EIO};
    ASSERT_TRUE(good);
    EXPECT_EQ(*good, 7);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, EIO);
}

TEST(FixedVector, refuses_what_does_not_fit) {
    FixedVector<int, 2> v;
    EXPECT_TRUE(v.try_push(1));
    EXPECT_TRUE(v.try_push(2));
    EXPECT_FALSE(v.try_push(3));
    EXPECT_EQ(v.size(), 2u);
}

TEST(FixedVector, erases_in_order_or_fills_the_hole_with_the_last) {
    FixedVector<int, 4> v;
    for (int i = 1; i <= 4; ++i) v.push(i);
    v.erase(0);
    EXPECT_EQ(v[0], 2);
    EXPECT_EQ(v[1], 3);
    v.erase_unordered(0);
    EXPECT_EQ(v[0], 4);
    EXPECT_EQ(v.size(), 2u);
}

TEST(FixedVectorDeathTest, ends_the_process_on_an_index_beyond_its_end) {
    FixedVector<int, 2> v;
    EXPECT_DEATH(v[0], "");
}

TEST(FixedString, takes_a_view_of_nothing) {
    FixedString<4> text(std::string_view{});  // data() is null: the undefined behaviour sanitizer looks at it
    text.append(std::string_view{});
    EXPECT_TRUE(text.view().empty());
}

TEST(FixedString, cuts_what_is_longer) {
    FixedString<4> text("abcdef");
    EXPECT_EQ(text.view(), "abcd");
    text = std::string_view("x");
    text.append("yz1234");
    EXPECT_EQ(text.view(), "xyz1");
}

TEST(Random, gives_the_same_numbers_for_the_same_seed) {
    Random a(7), b(7), other(8);
    const std::uint64_t first = a.next();
    EXPECT_EQ(first, b.next());
    EXPECT_NE(first, other.next());
}

TEST(Random, stays_below_its_bound) {
    Random random(0);
    for (int i = 0; i < 1000; ++i) EXPECT_LT(random.below(10), 10u);
}

}  // namespace
}  // namespace hb
