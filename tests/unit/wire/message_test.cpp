#include "hb/wire/message.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace hb::wire {
namespace {

using namespace std::string_literals;

DropReason opened(const std::string& datagram) {
    Envelope envelope;
    return open_envelope(bytes_of(datagram), envelope);
}

/// A datagram that opens, and what decoding says about it.
struct Decoded {
    explicit Decoded(std::string text) : datagram(std::move(text)) {
        Envelope envelope;
        EXPECT_EQ(open_envelope(bytes_of(datagram), envelope), DropReason::none);
        reason = decode(envelope, message);
    }
    Decoded(const Decoded&) = delete;
    std::string datagram;
    Message message;
    DropReason reason;
};
DropReason decoded(const std::string& datagram) { return Decoded(datagram).reason; }

std::string netstring(const std::string& text) { return std::to_string(text.size()) + ":" + text + ","; }
std::string signed_message(const std::string& fields) {
    return "###\n" + fields + "%%%\n" + netstring("1 abc");
}

const std::string plain = signed_message(netstring("(0)t=status") + netstring("(0)st=up"));

TEST(Netstring, opens_to_a_body_and_a_signature) {
    Envelope envelope;
    ASSERT_EQ(open_envelope(bytes_of(plain), envelope), DropReason::none);
    EXPECT_EQ(envelope.form, Envelope::Form::netstring);
    EXPECT_EQ(text_of(envelope.body), "###\n11:(0)t=status,8:(0)st=up,%%%\n");
    EXPECT_EQ(envelope.signature, "1 abc");
}

TEST(Netstring, ignores_what_stands_behind_the_signature) {
    Envelope envelope;
    const std::string longer = plain + "anything\0at all"s;
    ASSERT_EQ(open_envelope(bytes_of(longer), envelope), DropReason::none);
    EXPECT_EQ(envelope.signature, "1 abc");
}

TEST(Netstring, is_short_wherever_it_is_cut) {
    const std::size_t body = plain.find("%%%\n") + 4;
    for (std::size_t n = 0; n < plain.size(); ++n)
        EXPECT_EQ(opened(plain.substr(0, n)),
                  n == body ? DropReason::no_signature : DropReason::short_datagram)
            << n;
}

TEST(Netstring, needs_one_of_the_two_beginnings) {
    EXPECT_EQ(opened("####"), DropReason::unknown_form);
    EXPECT_EQ(opened("\0\0\0\0\0"s), DropReason::unknown_form);
    EXPECT_EQ(opened("<<<\n>>>\n"), DropReason::unknown_form);
}

TEST(Netstring, refuses_a_length_that_is_no_plain_number) {
    for (const char* bad : {"x:(0)a=b,", "-1:(0)a=b,", "+6:(0)a=b,", " 6:(0)a=b,", "06:(0)a=b,", "00:,",
                            "6 :(0)a=b,", "6;(0)a=b,", ":(0)a=b,", "0x6:(0)a=b,"})
        EXPECT_EQ(opened(signed_message(bad)), DropReason::bad_length) << bad;
}

TEST(Netstring, refuses_a_length_of_more_than_seven_digits) {
    EXPECT_EQ(opened(signed_message("00000006:(0)a=b,")), DropReason::bad_length);
    EXPECT_EQ(opened(signed_message("18446744073709551622:(0)a=b,")), DropReason::bad_length);
    EXPECT_EQ(opened(signed_message("12345678:(0)a=b,")), DropReason::bad_length);
}

TEST(Netstring, refuses_a_length_beyond_its_end) {
    EXPECT_EQ(opened(signed_message("9999999:(0)a=b,")), DropReason::short_datagram);
    EXPECT_EQ(opened("###\n2:ab"), DropReason::short_datagram);
}

TEST(Netstring, refuses_a_length_that_ends_elsewhere_than_at_a_comma) {
    EXPECT_EQ(opened(signed_message("5:(0)a=b,")), DropReason::bad_length);
    EXPECT_EQ(opened(signed_message("7:(0)a=b,")), DropReason::bad_length);
}

TEST(Netstring, finds_no_end_inside_a_value) {
    const std::string datagram = signed_message(netstring("(0)a=%%%\n5:1 xyz,"));
    const Decoded it(datagram);
    const Message& message = it.message;
    ASSERT_EQ(it.reason, DropReason::none);
    EXPECT_EQ(message.get("a"), "%%%\n5:1 xyz,");
}

TEST(Netstring, keeps_fields_in_order_with_any_octets) {
    const Decoded it(
        signed_message(netstring("(1)u=\0,\n="s) + netstring("(0)empty=") + netstring("(3)l=1:x,")));
    const Message& message = it.message;
    ASSERT_EQ(it.reason, DropReason::none);
    ASSERT_EQ(message.fields.size(), 3u);
    EXPECT_EQ(message.fields[0].value, "\0,\n="s);
    EXPECT_EQ(message.fields[0].type, FieldType::binary);
    EXPECT_EQ(message.fields[1].value, "");
    EXPECT_EQ(message.fields[2].type, FieldType::list);
}

TEST(Netstring, may_hold_no_field_at_all) {
    const Decoded it(signed_message(""));
    const Message& message = it.message;
    ASSERT_EQ(it.reason, DropReason::none);
    EXPECT_TRUE(message.fields.empty());
}

TEST(Netstring, refuses_types_five_to_nine) {
    for (const char digit : {'5', '6', '7', '8', '9'})
        EXPECT_EQ(decoded(signed_message(netstring("("s + digit + ")a=b"))), DropReason::bad_type) << digit;
}

TEST(Netstring, takes_types_zero_to_four) {
    for (const char digit : {'0', '1', '2', '3', '4'})
        EXPECT_EQ(decoded(signed_message(netstring("("s + digit + ")a=b"))), DropReason::none) << digit;
}

TEST(Netstring, refuses_a_field_without_its_parts) {
    for (const char* bad :
         {"", "(", "(0", "(0)", "(0)=", "(0)=b", "(0)ab", "a=b", "0)a=b", "(0a=b", "(x)a=b", "(0]a=b"})
        EXPECT_EQ(decoded(signed_message(netstring(bad))), DropReason::bad_field) << bad;
}

TEST(Netstring, holds_no_more_fields_than_its_limit) {
    std::string fields;
    for (std::size_t i = 0; i < limits::fields; ++i) fields += netstring("(0)a=b");
    EXPECT_EQ(decoded(signed_message(fields)), DropReason::none);
    EXPECT_EQ(decoded(signed_message(fields + netstring("(0)a=b"))), DropReason::too_many_fields);
}

TEST(Message, forgets_the_fields_of_the_one_before) {
    Envelope first, second;
    const std::string other = signed_message(netstring("(0)a=b"));
    Message message;
    ASSERT_EQ(open_envelope(bytes_of(plain), first), DropReason::none);
    ASSERT_EQ(open_envelope(bytes_of(other), second), DropReason::none);
    ASSERT_EQ(decode(first, message), DropReason::none);
    ASSERT_EQ(decode(second, message), DropReason::none);
    EXPECT_EQ(message.fields.size(), 1u);
    EXPECT_EQ(message.get("t"), std::nullopt);
}

TEST(Message, gives_the_first_of_two_equal_names) {
    const Decoded it(signed_message(netstring("(0)a=1") + netstring("(0)a=2")));
    const Message& message = it.message;
    ASSERT_EQ(it.reason, DropReason::none);
    EXPECT_EQ(message.get("a"), "1");
    EXPECT_EQ(message.get_or("b", "none"), "none");
}

TEST(Message, reads_hex_and_decimal_numbers_whole_or_not_at_all) {
    const std::string datagram =
        signed_message(netstring("(0)a=fa0") + netstring("(0)b=312") + netstring("(0)c=") +
                       netstring("(0)d=1x") + netstring("(0)e=ffffffffffffffff") +
                       netstring("(0)f=10000000000000000") + netstring("(0)g=-1") + netstring("(0)h= 1"));
    const Decoded it(datagram);
    const Message& message = it.message;
    ASSERT_EQ(it.reason, DropReason::none);
    EXPECT_EQ(message.hex("a"), 0xfa0u);
    EXPECT_EQ(message.decimal("a"), std::nullopt);
    EXPECT_EQ(message.hex("b"), 0x312u);
    EXPECT_EQ(message.decimal("b"), 312u);
    EXPECT_EQ(message.hex("e"), 0xffffffffffffffffu);
    for (const char* bad : {"c", "d", "f", "g", "h", "absent"})
        EXPECT_EQ(message.hex(bad), std::nullopt) << bad;
}

TEST(Builder, writes_fields_in_the_order_of_its_calls) {
    std::array<std::byte, 200> room;
    Builder builder(room);
    const Bytes body = builder.text("t", "status")
                           .binary("u", bytes_of("\0\1"s))
                           .hex("seq", 0x2e)
                           .decimal("n", 312)
                           .finish();
    EXPECT_EQ(text_of(body), "###\n11:(0)t=status,7:(1)u=\0\1,9:(0)seq=2e,8:(0)n=312,%%%\n"s);
}

TEST(Builder, writes_numbers_up_to_the_largest) {
    std::array<std::byte, 200> room;
    Builder builder(room);
    const Bytes body = builder.hex("a", ~0ull).decimal("b", ~0ull).hex("c", 0).finish();
    EXPECT_EQ(text_of(body), "###\n21:(0)a=ffffffffffffffff,25:(0)b=18446744073709551615,6:(0)c=0,%%%\n");
}

TEST(Builder, gives_nothing_when_the_room_is_too_small) {
    std::array<std::byte, 200> room;
    const std::size_t needed = std::string_view("###\n11:(0)t=status,%%%\n").size();
    for (std::size_t n = 0; n <= needed; ++n) {
        Builder builder(std::span<std::byte>(room).first(n));
        EXPECT_EQ(builder.text("t", "status").finish().size(), n < needed ? 0 : needed) << n;
    }
}

TEST(Signature, follows_the_body_as_a_netstring) {
    std::array<std::byte, 10> room;
    const std::size_t size = append_signature("1 abcd", room);
    EXPECT_EQ(text_of(Bytes(room).first(size)), "6:1 abcd,");
    EXPECT_EQ(append_signature("1 abcdefg", room), 0u);
}

TEST(DropReason, has_a_text_of_its_own_for_each_value) {
    for (int i = 0; i < static_cast<int>(DropReason::count_); ++i)
        for (int j = 0; j < i; ++j)
            EXPECT_NE(to_text(static_cast<DropReason>(i)), to_text(static_cast<DropReason>(j)));
}

}  // namespace
}  // namespace hb::wire
