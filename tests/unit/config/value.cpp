#include "config/value.hpp"

#include <gtest/gtest.h>

#include <array>

namespace hb::config {
namespace {

Time seconds(std::string_view text) { return parse_time(text, PlainNumber::seconds); }

TEST(Time, is_seconds_with_decimals_or_carries_its_unit) {
    EXPECT_EQ(seconds("2").value, 2s);
    EXPECT_EQ(seconds("0.5").value, 500ms);
    EXPECT_EQ(seconds(".25").value, 250ms);
    EXPECT_EQ(seconds("1.").value, 1s);
    EXPECT_EQ(seconds("200ms").value, 200ms);
    EXPECT_EQ(seconds("1.5MS").value, 1500us);
    EXPECT_EQ(seconds("7us").value, 7us);
    EXPECT_EQ(seconds("3s").value, 3s);
    EXPECT_EQ(seconds("007").value, 7s);
    EXPECT_EQ(seconds("000.001").value, 1ms);
    EXPECT_EQ(seconds("0").value, 0s);
}

TEST(Time, without_a_unit_is_milliseconds_where_the_directive_says_so) {
    EXPECT_EQ(parse_time("250", PlainNumber::milliseconds).value, 250ms);
    EXPECT_EQ(parse_time("1s", PlainNumber::milliseconds).value, 1s);
}

TEST(Time, keeps_nine_decimals_and_ignores_the_rest) {
    EXPECT_EQ(seconds("1.0000000019").value, 1000000001ns);
}

TEST(Time, of_exactly_a_day_is_the_longest) {
    EXPECT_EQ(seconds("86400").value, longest_time);
    EXPECT_FALSE(seconds("86400.000000001").value);
    EXPECT_EQ(seconds("86401").fault, "is longer than a day");
}

TEST(Time, that_overflows_every_integer_is_longer_than_a_day) {
    for (const char* text : {"9223372036854775808", "99999999999999999999999999999999", "1000000000000000ms"})
        EXPECT_EQ(seconds(text).fault, "is longer than a day") << text;
}

TEST(Time, says_that_it_is_negative) {
    EXPECT_EQ(seconds("-1").fault, "is negative");
    EXPECT_EQ(seconds("-0.5ms").fault, "is negative");
}

TEST(Time, is_nothing_else) {
    for (const char* text :
         {"", "-", ".", "two", "1,5", "1.2.3", "1e3", "0x10", "5min", "+1", "ms", " 1", "1 ", "inf", "nan"})
        EXPECT_EQ(seconds(text).fault, "is not a time") << text;
}

TEST(Boolean, has_ten_words_in_either_case) {
    for (const char* yes : {"true", "on", "yes", "y", "1", "TRUE", "On", "YES"})
        EXPECT_EQ(parse_boolean(yes), true) << yes;
    for (const char* no : {"false", "off", "no", "n", "0", "FALSE", "oFF"})
        EXPECT_EQ(parse_boolean(no), false) << no;
    for (const char* neither : {"", "2", "t", "f", "maybe", "onn"})
        EXPECT_EQ(parse_boolean(neither), std::nullopt) << neither;
}

TEST(Nearest, counts_two_swapped_letters_as_one_mistake_wherever_they_are) {
    const std::array<std::string_view, 3> known{"ab", "bcast", "udpport"};
    EXPECT_EQ(nearest("ba", known), "ab");
    EXPECT_EQ(nearest("bcats", known), "bcast");
    EXPECT_EQ(nearest("cbast", known), "bcast");
    EXPECT_EQ(nearest("dupoprt", known), "udpport") << "two of them are two mistakes";
    EXPECT_EQ(nearest("dupoptr", known), "") << "three are too many for seven letters";
}

TEST(Nearest, takes_only_letters_that_change_places_with_each_other_for_swapped) {
    const std::array<std::string_view, 1> known{"ba"};
    EXPECT_EQ(nearest("cb", known), "");
    EXPECT_EQ(nearest("ac", known), "");
    EXPECT_EQ(nearest("bc", known), "ba");
    EXPECT_EQ(nearest("b", known), "ba");
}

TEST(Number, is_digits_within_its_bounds) {
    EXPECT_EQ(parse_number("694", 1, 65535), 694u);
    EXPECT_EQ(parse_number("0", 0, 255), 0u);
    for (const char* text : {"", "0", "65536", "-1", "+1", "1x", " 1", "99999999999"})
        EXPECT_EQ(parse_number(text, 1, 65535), std::nullopt) << text;
}

TEST(Nearest, finds_what_differs_by_a_third_at_most) {
    static constexpr std::array<std::string_view, 3> known{"keepalive", "deadtime", "node"};
    EXPECT_EQ(nearest("keepalvie", known), "keepalive");
    EXPECT_EQ(nearest("DeadTime", known), "deadtime");
    EXPECT_EQ(nearest("nod", known), "node");
    EXPECT_EQ(nearest("bcast", known), "");
    EXPECT_EQ(nearest(std::string(5000, 'x'), known), "");
}

}  // namespace
}  // namespace hb::config
