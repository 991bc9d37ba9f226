#include "hb/base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace hb {
namespace {

TEST(Reader, reads_numbers_in_network_order) {
    Reader in(bytes_of(std::string_view("\x01\x02\x03\x04\x05\x06\x07", 7)));
    EXPECT_EQ(in.u8(), 0x01);
    EXPECT_EQ(in.u16(), 0x0203);
    EXPECT_EQ(in.u32(), 0x04050607u);
    EXPECT_TRUE(in.ok());
    EXPECT_TRUE(in.rest().empty());
}

TEST(Reader, gives_zero_and_fails_once_it_is_short) {
    Reader in(bytes_of("\xff\xff\xff"));
    EXPECT_EQ(in.u32(), 0u);
    EXPECT_FALSE(in.ok());
}

TEST(Reader, reads_nothing_more_after_a_failure) {
    Reader in(bytes_of("\xff\xff\xff"));
    in.u32();
    EXPECT_EQ(in.u8(), 0);
    EXPECT_TRUE(in.take(0).empty());
    EXPECT_TRUE(in.rest().empty());
}

TEST(Reader, takes_exactly_what_is_there) {
    Reader in(bytes_of("abc"));
    EXPECT_EQ(text_of(in.take(3)), "abc");
    EXPECT_TRUE(in.ok());
}

TEST(Reader, refuses_a_length_near_the_largest_number) {
    Reader in(bytes_of("abc"));
    in.u8();
    EXPECT_TRUE(in.take(static_cast<std::size_t>(-1)).empty());
    EXPECT_FALSE(in.ok());
}

TEST(Writer, writes_numbers_in_network_order) {
    std::array<std::byte, 7> room;
    Writer out(room);
    out.u8(0x01);
    out.u16(0x0203);
    out.u32(0x04050607);
    EXPECT_TRUE(out.ok());
    EXPECT_EQ(text_of(out.written()), std::string_view("\x01\x02\x03\x04\x05\x06\x07", 7));
}

TEST(Writer, writes_no_part_of_what_does_not_fit) {
    std::array<std::byte, 3> room{};
    Writer out(room);
    out.put("ab");
    out.put("cd");
    EXPECT_FALSE(out.ok());
    EXPECT_EQ(text_of(out.written()), "ab");
}

TEST(Writer, stays_failed) {
    std::array<std::byte, 3> room{};
    Writer out(room);
    out.u32(1);
    out.u8(1);
    EXPECT_FALSE(out.ok());
    EXPECT_EQ(out.size(), 0u);
}

TEST(Writer, takes_an_empty_span) {
    Writer out({});
    out.put("");
    EXPECT_TRUE(out.ok());
    out.u8(1);
    EXPECT_FALSE(out.ok());
}

}  // namespace
}  // namespace hb
