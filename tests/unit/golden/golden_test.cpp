#include <gtest/gtest.h>

#include <array>

#include "capture.hpp"
#include "hb/auth/authenticator.hpp"
#include "hb/wire/message.hpp"
#include "hb/wire/packet.hpp"

namespace golden {
namespace {

using namespace hb;
using wire::DropReason;
using wire::Envelope;

std::string built(const wire::Message& message) {
    std::array<std::byte, 4096> out;
    wire::Builder builder(out);
    for (const wire::Field& field : message.fields) builder.field(field);
    return std::string(text_of(builder.finish()));
}

std::string classic(const wire::Message& message, std::string_view auth) {
    std::array<std::byte, 4096> out;
    return std::string(text_of(Bytes(out).first(wire::encode_classic(message, auth, out))));
}

std::string signed_text(const wire::Message& message) {
    std::array<std::byte, 4096> out;
    return std::string(text_of(Bytes(out).first(wire::classic_signed_text(message, out))));
}

std::string signature_netstring(std::string_view signature) {
    std::array<std::byte, 128> out;
    return std::string(text_of(Bytes(out).first(wire::append_signature(signature, out))));
}

class Golden : public testing::TestWithParam<Capture> {
protected:
    /// The opened, verified and decoded form of a datagram, or a failure.
    void read(const std::string& datagram) {
        ASSERT_EQ(open_envelope(bytes_of(datagram), envelope), DropReason::none);
        ASSERT_EQ(authenticator.verify(envelope), DropReason::none) << datagram;
        ASSERT_EQ(decode(envelope, message), DropReason::none);
    }
    void expect_same_bytes(const std::string& datagram) {
        ASSERT_NO_FATAL_FAILURE(read(datagram));
        if (envelope.form == Envelope::Form::classic) {
            const auth::Signature signature = authenticator.sign(bytes_of(signed_text(message)));
            EXPECT_EQ(classic(message, signature), datagram);
            return;
        }
        const std::string body = built(message);
        EXPECT_EQ(body, text_of(envelope.body));
        EXPECT_EQ(body + signature_netstring(authenticator.sign(bytes_of(body))), datagram);
    }
    void expect_same_inner_signature() {
        const auto inner = message.get("auth");
        if (!inner) return;
        ++inner_signatures;
        EXPECT_EQ(authenticator.sign(bytes_of(signed_text(message))).view(), *inner);
    }
    /// The classic form of what came as a netstring is a valid message with the same fields.
    void expect_classic_twin() {
        const std::string twin = classic(message, authenticator.sign(bytes_of(signed_text(message))));
        Envelope other;
        wire::Message decoded;
        ASSERT_EQ(open_envelope(bytes_of(twin), other), DropReason::none);
        ASSERT_EQ(authenticator.verify(other), DropReason::none) << twin;
        ASSERT_EQ(decode(other, decoded), DropReason::none);
        for (std::size_t i = 0; i + 1 < decoded.fields.size(); ++i) {
            EXPECT_EQ(decoded.fields[i].name, message.fields[i].name);
            EXPECT_EQ(decoded.fields[i].value, message.fields[i].value);
            EXPECT_EQ(decoded.fields[i].type, message.fields[i].type);
        }
    }

    auth::Authenticator authenticator{GetParam().keys};
    Envelope envelope;
    wire::Message message;
    std::size_t inner_signatures = 0;
};

TEST_P(Golden, holds_as_many_heartbeats_as_its_table_says) {
    EXPECT_EQ(datagrams(GetParam()).heartbeats.size(), GetParam().heartbeats);
}

TEST_P(Golden, every_heartbeat_verifies_decodes_and_encodes_to_the_same_bytes) {
    for (const std::string& datagram : datagrams(GetParam()).heartbeats) expect_same_bytes(datagram);
}

TEST_P(Golden, every_ping_verifies_decodes_and_encodes_to_the_same_bytes) {
    const auto pings = datagrams(GetParam()).pings;
    EXPECT_EQ(!pings.empty(), GetParam().file.find("legacy") != std::string::npos);
    for (const std::string& datagram : pings) expect_same_bytes(datagram);
}

TEST_P(Golden, every_inner_signature_is_recomputed) {
    const auto heartbeats = datagrams(GetParam()).heartbeats;
    for (const std::string& datagram : heartbeats) {
        ASSERT_NO_FATAL_FAILURE(read(datagram));
        expect_same_inner_signature();
    }
    const bool has_none = GetParam().file.find("netstring") != std::string::npos;
    EXPECT_EQ(inner_signatures, has_none ? 0 : heartbeats.size());
}

TEST_P(Golden, every_heartbeat_has_a_classic_twin) {
    for (const std::string& datagram : datagrams(GetParam()).heartbeats) {
        ASSERT_NO_FATAL_FAILURE(read(datagram));
        ASSERT_NO_FATAL_FAILURE(expect_classic_twin());
    }
}

TEST_P(Golden, every_heartbeat_has_what_a_message_needs) {
    for (const std::string& datagram : datagrams(GetParam()).heartbeats) {
        ASSERT_NO_FATAL_FAILURE(read(datagram));
        const std::string type(message.get_or("t", ""));
        EXPECT_NE(type, "");
        EXPECT_TRUE(message.get_or("src", "") == "a" || message.get_or("src", "") == "b");
        EXPECT_GT(message.hex("ts").value_or(0), 0u);
        EXPECT_GT(message.hex("hg").value_or(0), 0u);
        EXPECT_EQ(message.hex("seq").has_value(), !type.starts_with("NS_"));
    }
}

TEST_P(Golden, one_changed_octet_of_the_body_is_never_verified) {
    const std::string first = datagrams(GetParam()).heartbeats.at(0);
    ASSERT_EQ(open_envelope(bytes_of(first), envelope), DropReason::none);
    for (std::size_t i = 0; i < envelope.body.size(); ++i) {
        std::string changed = first;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        Envelope other;
        if (open_envelope(bytes_of(changed), other) != DropReason::none) continue;
        EXPECT_NE(authenticator.verify(other), DropReason::none) << "octet " << i;
    }
}

std::string test_name(const testing::TestParamInfo<Capture>& info) {
    std::string name;
    for (const char c : info.param.file) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    return name;
}
INSTANTIATE_TEST_SUITE_P(Captures, Golden, testing::ValuesIn(captures()), test_name);

TEST(GoldenTable, names_every_capture) { EXPECT_EQ(captures().size(), 34u); }

TEST(GoldenTable, holds_the_published_number_of_serial_messages) {
    std::size_t serial = 0;
    for (const Capture& capture : captures())
        if (is_serial(capture)) serial += capture.heartbeats;
    EXPECT_EQ(serial, 47u);
}

}  // namespace
}  // namespace golden
