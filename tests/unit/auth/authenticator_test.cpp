#include "hb/auth/authenticator.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hb/auth/digest.hpp"

namespace hb::auth {
namespace {

using config::Key;
using config::Keys;
using wire::DropReason;
using wire::Envelope;

Keys keys_of(std::vector<Key> all, unsigned signing) { return {.all = std::move(all), .signing = signing}; }
const Keys all_methods = keys_of({{1, Key::Method::crc, ""},
                                  {2, Key::Method::md5, "Jefe"},
                                  {3, Key::Method::sha1, "Jefe"},
                                  {15, Key::Method::sha256, "Jefe"}},
                                 3);
Keys signing_with(unsigned number) {
    Keys keys = all_methods;
    keys.signing = number;
    return keys;
}

Envelope envelope_of(std::string_view body, std::string_view signature) {
    return {.form = Envelope::Form::netstring, .body = bytes_of(body), .signature = signature};
}

constexpr std::string_view text = "what do ya want for nothing?";

TEST(Signature, by_md5_is_that_of_rfc_2202) {
    EXPECT_EQ(Authenticator(signing_with(2)).sign(bytes_of(text)).view(),
              "2 750c783e6ab0b503eaa86e310a5db738");
}

TEST(Signature, by_sha1_is_that_of_rfc_2202) {
    EXPECT_EQ(Authenticator(signing_with(3)).sign(bytes_of(text)).view(),
              "3 effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(Signature, by_sha256_is_that_of_rfc_4231) {
    EXPECT_EQ(Authenticator(signing_with(15)).sign(bytes_of(text)).view(),
              "15 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Signature, by_a_key_longer_than_a_block_is_that_of_rfc_2202) {
    const std::string key(80, '\xaa');
    const Keys keys = keys_of({{1, Key::Method::sha1, key}}, 1);
    EXPECT_EQ(
        Authenticator(keys).sign(bytes_of("Test Using Larger Than Block-Size Key - Hash Key First")).view(),
        "1 aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(Signature, by_crc_has_no_leading_zeros) {
    Authenticator crc(signing_with(1));
    EXPECT_EQ(crc.sign({}).view(), "1 ffffffff");
    // The register starts at 0, so zeros leave it at 0; only the inversion at the end is seen.
    EXPECT_EQ(crc.sign(bytes_of(std::string(9, '\0'))).view(), "1 ffffffff");
}

TEST(Signature, is_the_same_each_time_whatever_was_signed_between) {
    Authenticator authenticator(all_methods);
    const Signature once = authenticator.sign(bytes_of(text));
    authenticator.sign(bytes_of("other"));
    EXPECT_EQ(authenticator.sign(bytes_of(text)).view(), once.view());
}

TEST(Signature, is_empty_without_the_signing_key) {
    EXPECT_EQ(Authenticator(signing_with(4)).sign(bytes_of(text)).view(), "");
    EXPECT_EQ(Authenticator({}).sign(bytes_of(text)).view(), "");
}

TEST(Authenticator, verifies_with_every_key_not_only_the_signing_one) {
    Authenticator verifier(signing_with(1));
    for (const unsigned number : {1u, 2u, 3u, 15u}) {  // crc as well: it signs
        const Signature signature = Authenticator(signing_with(number)).sign(bytes_of(text));
        EXPECT_EQ(verifier.verify(envelope_of(text, signature)), DropReason::none) << number;
    }
}

TEST(Authenticator, refuses_a_crc_beside_a_key) {
    const Signature forged = Authenticator(signing_with(1)).sign(bytes_of(text));
    for (const unsigned number : {2u, 3u, 15u})
        EXPECT_EQ(Authenticator(signing_with(number)).verify(envelope_of(text, forged)), DropReason::keyless)
            << number;
}

TEST(Authenticator, accepts_any_crc_where_there_is_no_key) {
    const Keys keys = keys_of({{1, Key::Method::crc, ""}, {2, Key::Method::crc, ""}}, 2);
    EXPECT_EQ(
        Authenticator(keys).verify(envelope_of(text, Authenticator(signing_with(1)).sign(bytes_of(text)))),
        DropReason::none);
}

TEST(Authenticator, knows_only_its_own_numbers) {
    Authenticator authenticator(all_methods);
    EXPECT_EQ(authenticator.verify(envelope_of(text, "4 750c783e6ab0b503eaa86e310a5db738")),
              DropReason::unknown_key);
    EXPECT_EQ(authenticator.verify(envelope_of(text, "99 x")), DropReason::unknown_key);
}

TEST(Authenticator, refuses_any_other_text_than_the_exact_one) {
    Authenticator authenticator(all_methods);
    const std::string good(authenticator.sign(bytes_of(text)).view());
    ASSERT_EQ(authenticator.verify(envelope_of(text, good)), DropReason::none);
    std::string upper = good;
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    const std::vector<std::string> others{upper,
                                          good + " ",
                                          good + "0",
                                          good.substr(0, good.size() - 1),
                                          "03" + good.substr(1),
                                          " " + good,
                                          "3  " + good.substr(2),
                                          "3 ",
                                          "3",
                                          "x" + good.substr(1),
                                          "-3" + good.substr(1),
                                          "3333" + good.substr(1)};
    for (const std::string& bad : others)
        EXPECT_EQ(authenticator.verify(envelope_of(text, bad)), DropReason::bad_signature) << bad;
}

TEST(Authenticator, refuses_every_changed_digit) {
    Authenticator authenticator(all_methods);
    const std::string good(authenticator.sign(bytes_of(text)).view());
    for (std::size_t i = 2; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = bad[i] == '0' ? '1' : '0';
        EXPECT_EQ(authenticator.verify(envelope_of(text, bad)), DropReason::bad_signature) << i;
    }
}

TEST(Authenticator, refuses_what_is_not_signed) {
    EXPECT_EQ(Authenticator(all_methods).verify(envelope_of(text, "")), DropReason::no_signature);
}

TEST(Authenticator, checks_a_classic_message_over_its_lines_without_markers_and_auth) {
    Authenticator authenticator(all_methods);
    const std::string signature(authenticator.sign(bytes_of("t=status\nst=up\n")).view());
    const std::vector<std::string> datagrams{">>>\nt=status\nst=up\nauth=" + signature + "\n<<<\n",
                                             ">>>\nauth=" + signature + "\n\nt=status\n\nst=up\n<<<\n"};
    for (const std::string& datagram : datagrams) {
        Envelope envelope;
        ASSERT_EQ(open_envelope(bytes_of(datagram), envelope), DropReason::none);
        EXPECT_EQ(authenticator.verify(envelope), DropReason::none) << datagram;
    }
}

TEST(Authenticator, covers_a_second_auth_line) {
    Authenticator authenticator(all_methods);
    const std::string signature(authenticator.sign(bytes_of("t=status\n")).view());
    const std::string datagram = ">>>\nt=status\nauth=" + signature + "\nauth=x\n<<<\n";
    Envelope envelope;
    ASSERT_EQ(open_envelope(bytes_of(datagram), envelope), DropReason::none);
    EXPECT_EQ(authenticator.verify(envelope), DropReason::bad_signature);
}

TEST(Sha256, is_that_of_fips_180) {
    const auto digest = sha256(bytes_of("abc"));
    EXPECT_EQ(digest[0], 0xba);
    EXPECT_EQ(digest[31], 0xad);
    EXPECT_EQ(sha256_head(bytes_of("abc")), 0xba7816bfu);
}

TEST(Sha256, takes_an_empty_span) { EXPECT_EQ(sha256_head({}), 0xe3b0c442u); }

}  // namespace
}  // namespace hb::auth
