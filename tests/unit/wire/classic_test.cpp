#include "hb/wire/classic.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "hb/wire/message.hpp"

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

std::string lines(const std::string& text) { return ">>>\n" + text + "auth=1 abc\n<<<\n"; }

std::string encoded(const Message& message, std::string_view auth) {
    std::array<std::byte, 4096> room;
    return std::string(text_of(Bytes(room).first(encode_classic(message, auth, room))));
}
std::string signed_text(const Message& message) {
    std::array<std::byte, 4096> room;
    return std::string(text_of(Bytes(room).first(classic_signed_text(message, room))));
}

TEST(Classic, opens_to_a_body_and_the_value_of_its_auth_line) {
    Envelope envelope;
    const std::string datagram = lines("t=status\n") + "\0tail"s;
    ASSERT_EQ(open_envelope(bytes_of(datagram), envelope), DropReason::none);
    EXPECT_EQ(envelope.form, Envelope::Form::classic);
    EXPECT_EQ(text_of(envelope.body), ">>>\nt=status\nauth=1 abc\n<<<\n");
    EXPECT_EQ(envelope.signature, "1 abc");
}

TEST(Classic, takes_the_auth_line_anywhere) {
    Envelope envelope;
    const std::string datagram = ">>>\nauth=2 x\nt=status\n<<<\n";
    ASSERT_EQ(open_envelope(bytes_of(datagram), envelope), DropReason::none);
    EXPECT_EQ(envelope.signature, "2 x");
}

TEST(Classic, is_short_wherever_it_is_cut) {
    const std::string whole = lines("t=status\n");
    for (std::size_t n = 0; n < whole.size(); ++n)
        EXPECT_EQ(opened(whole.substr(0, n)), DropReason::short_datagram) << n;
}

TEST(Classic, ends_at_the_first_zero_octet) {
    EXPECT_EQ(opened(">>>\nt=sta\0tus\nauth=1 abc\n<<<\n"s), DropReason::short_datagram);
}

TEST(Classic, needs_an_auth_line) {
    EXPECT_EQ(opened(">>>\nt=status\n<<<\n"), DropReason::no_signature);
    EXPECT_EQ(opened(">>>\n<<<\n"), DropReason::no_signature);
    EXPECT_EQ(opened(">>>\nxauth=1 abc\n(1)auth=1 abc\n<<<\n"), DropReason::no_signature);
}

TEST(Classic, skips_empty_lines_and_takes_empty_values) {
    const Decoded it(lines("\n\nt=status\n\nempty=\n"));
    const Message& message = it.message;
    ASSERT_EQ(it.reason, DropReason::none);
    ASSERT_EQ(message.fields.size(), 3u);
    EXPECT_EQ(message.get("empty"), "");
}

TEST(Classic, unpacks_base64_and_folded_newlines) {
    const Decoded it(
        lines("(1)u=ILicuS0eTESZXplD0+RX/Q==\nx=a\x13"
              "b\n"));
    const Message& message = it.message;
    ASSERT_EQ(it.reason, DropReason::none);
    EXPECT_EQ(message.get("u"), "\x20\xb8\x9c\xb9\x2d\x1e\x4c\x44\x99\x5e\x99\x43\xd3\xe4\x57\xfd");
    EXPECT_EQ(message.get("x"), "a\nb");
}

TEST(Classic, refuses_base64_that_is_not_canonical) {
    for (const char* bad :
         {"A", "AA", "AAA", "AB==", "AAB=", "A===", "====", "AA=A", "AA==AA==", "AA-_", "AAA A", "AAAA="})
        EXPECT_EQ(decoded(lines("(1)u="s + bad + "\n")), DropReason::bad_base64) << bad;
}

TEST(Classic, refuses_more_base64_than_it_has_room_for) {
    EXPECT_EQ(decoded(lines("(1)u=" + std::string(2728, 'A') + "\n")), DropReason::none);  // 2046 octets
    EXPECT_EQ(decoded(lines("(1)u=" + std::string(2732, 'A') + "\n")), DropReason::bad_base64);
}

TEST(Classic, refuses_more_folded_text_than_it_has_room_for) {
    EXPECT_EQ(decoded(lines("x=" + std::string(2048, '\x13') + "\n")), DropReason::none);
    EXPECT_EQ(decoded(lines("x=" + std::string(2049, '\x13') + "\n")), DropReason::bad_field);
}

TEST(Classic, refuses_a_line_without_its_parts) {
    for (const char* bad : {"x", "=x", "(1)=AAAA", "(1)"})
        EXPECT_EQ(decoded(lines(bad + "\n"s)), DropReason::bad_field) << bad;
}

TEST(Classic, refuses_type_zero_and_types_above_four) {
    for (const char digit : {'0', '5', '6', '9', 'x'})
        EXPECT_EQ(decoded(lines("("s + digit + ")a=b\n")), DropReason::bad_type) << digit;
}

TEST(Classic, holds_no_more_fields_than_its_limit) {
    std::string text;
    for (std::size_t i = 0; i < limits::fields; ++i) text += "a=b\n";
    EXPECT_EQ(decoded(lines(text)), DropReason::too_many_fields);
}

TEST(Classic, encodes_to_lines_with_the_signature_last) {
    Message message;
    message.fields.push({"t", "status", FieldType::text});
    message.fields.push({"auth", "old", FieldType::text});
    message.fields.push({"u", std::string_view("\0\1\2\3", 4), FieldType::binary});
    message.fields.push({"x", "a\nb", FieldType::text});
    EXPECT_EQ(encoded(message, "1 abc"),
              ">>>\nt=status\n(1)u=AAECAw==\nx=a\x13"
              "b\nauth=1 abc\n<<<\n");
    EXPECT_EQ(signed_text(message),
              "t=status\n(1)u=AAECAw==\nx=a\x13"
              "b\n");
}

TEST(Classic, encodes_without_a_signature_if_none_is_given) {
    Message message;
    message.fields.push({"t", "status", FieldType::text});
    EXPECT_EQ(encoded(message, ""), ">>>\nt=status\n<<<\n");
}

TEST(Classic, cannot_hold_a_zero_octet_in_text_or_a_newline_in_a_name) {
    Message zero, name, nested;
    zero.fields.push({"a", std::string_view("\0", 1), FieldType::text});
    name.fields.push({"a\nb", "c", FieldType::text});
    nested.fields.push({"a", "###\n%%%\n", FieldType::nested});
    for (const Message* message : {&zero, &name, &nested}) {
        EXPECT_EQ(encoded(*message, "1 abc"), "");
        EXPECT_EQ(signed_text(*message), "");
    }
}

TEST(Classic, gives_nothing_when_the_room_is_too_small) {
    Message message;
    message.fields.push({"t", "status", FieldType::text});
    std::array<std::byte, 64> room;
    const std::size_t needed = encode_classic(message, "1 abc", room);
    for (std::size_t n = 0; n < needed; ++n)
        EXPECT_EQ(encode_classic(message, "1 abc", std::span<std::byte>(room).first(n)), 0u) << n;
}

TEST(Classic, signs_nothing_when_the_room_is_too_small_for_its_text) {
    Message message;
    ASSERT_TRUE(message.fields.try_push({"t", "status", FieldType::text}));
    std::array<std::byte, 64> room;
    const std::size_t needed = classic_signed_text(message, room);
    EXPECT_EQ(text_of(Bytes(room).first(needed)), "t=status\n");
    for (std::size_t n = 0; n < needed; ++n)
        EXPECT_EQ(classic_signed_text(message, std::span<std::byte>(room).first(n)), 0u) << n;
}

}  // namespace
}  // namespace hb::wire
