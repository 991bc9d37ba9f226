#include "hb/auth/authenticator.hpp"

#include <charconv>
#include <variant>
#include <vector>

#include "crc32.hpp"
#include "hb/wire/classic.hpp"
#include "hmac.hpp"

namespace hb::auth {
namespace {

using config::Key;
using Digest = FixedString<64>;  // as text
using AnyHmac = std::variant<std::monostate, Hmac<Md5>, Hmac<Sha1>, Hmac<Sha256>>;

struct KeptKey {
    unsigned number = 0;
    bool verifies = true;
    AnyHmac hmac;  // nothing for crc
};

KeptKey keep(const Key& key, bool verifies) {
    KeptKey kept{.number = key.number, .verifies = verifies, .hmac = {}};
    switch (key.method) {
        case Key::Method::crc: break;
        case Key::Method::md5: kept.hmac.emplace<Hmac<Md5>>(key.text); break;
        case Key::Method::sha1: kept.hmac.emplace<Hmac<Sha1>>(key.text); break;
        case Key::Method::sha256: kept.hmac.emplace<Hmac<Sha256>>(key.text); break;
    }
    return kept;
}

Digest hex_text(std::span<const unsigned char> octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    Digest text;
    for (const unsigned char octet : octets) {
        const char pair[] = {digits[octet >> 4], digits[octet & 0xf]};
        text.append({pair, 2});
    }
    return text;
}

/// One digest over pieces that come one after the other.
class Run {
public:
    explicit Run(const KeptKey& key) : hmac_(key.hmac) {}
    void add(Bytes piece) {
        crc_ = hmac_.index() == 0 ? crc32(crc_, piece) : 0;
        std::visit([piece](auto& hmac) { add_to(hmac, piece); }, hmac_);
    }
    void add(std::string_view piece) { add(bytes_of(piece)); }
    Digest finish() {
        if (hmac_.index() == 0) return finish_crc();
        return std::visit([](auto& hmac) { return finish_of(hmac); }, hmac_);
    }

private:
    static void add_to(std::monostate, Bytes) {}
    template <class Hash>
    static void add_to(Hmac<Hash>& hmac, Bytes piece) {
        hmac.add(piece);
    }
    static Digest finish_of(std::monostate) { return {}; }
    template <class Hash>
    static Digest finish_of(Hmac<Hash>& hmac) {
        return hex_text(hmac.finish());
    }
    Digest finish_crc() const {
        char text[8];
        const auto end = std::to_chars(text, text + sizeof text, ~crc_, 16).ptr;
        return std::string_view(text, static_cast<std::size_t>(end - text));
    }
    AnyHmac hmac_;  // a copy of the kept state, at most 450 octets
    std::uint32_t crc_ = 0;
};

Digest digest_of(const KeptKey& key, const wire::Envelope& envelope) {
    Run run(key);
    switch (envelope.form) {
        case wire::Envelope::Form::netstring: run.add(envelope.body); break;
        case wire::Envelope::Form::classic: {
            wire::ClassicLines lines(envelope.body);
            bool auth_seen = false;  // only the first one is the signature
            while (const auto line = lines.next()) {
                const bool is_signature = !auth_seen && wire::auth_of_line(*line);
                auth_seen = auth_seen || is_signature;
                if (is_signature) continue;
                run.add(*line);
                run.add("\n");
            }
            break;
        }
    }
    return run.finish();
}

/// Exact text in a time that depends on the lengths alone.
bool is_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && !a.empty() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// "N DIGEST" taken apart; N is written without leading zeros.
struct Claim {
    unsigned number = 0;
    std::string_view digest;
};
std::optional<Claim> read_claim(std::string_view signature) {
    const auto blank = signature.find(' ');
    if (blank == std::string_view::npos || blank == 0 || blank > 2) return std::nullopt;
    Claim claim{.number = 0, .digest = signature.substr(blank + 1)};
    const auto [end, fault] = std::from_chars(signature.data(), signature.data() + blank, claim.number);
    if (fault != std::errc{} || end != signature.data() + blank) return std::nullopt;
    if (blank > 1 && signature[0] == '0') return std::nullopt;
    return claim;
}

}  // namespace

struct Authenticator::Impl {
    std::vector<KeptKey> keys;
    unsigned signing = 0;

    const KeptKey* find(unsigned number) const {
        for (const KeptKey& key : keys)
            if (key.number == number) return &key;
        return nullptr;
    }
};

Authenticator::Authenticator(const config::Keys& keys) : impl_(std::make_unique<Impl>()) {
    impl_->signing = keys.signing;
    for (const Key& key : keys.all) impl_->keys.push_back(keep(key, keys.verifies(key)));
}

Authenticator::~Authenticator() = default;

Signature Authenticator::sign(Bytes covered) {
    const KeptKey* const key = impl_->find(impl_->signing);
    if (!key) return {};
    Run run(*key);
    run.add(covered);
    const Digest digest = run.finish();
    char number[4];
    const auto end = std::to_chars(number, number + sizeof number, key->number).ptr;
    Signature signature(std::string_view(number, static_cast<std::size_t>(end - number)));
    signature.append(" ");
    signature.append(digest);
    return signature;
}

wire::DropReason Authenticator::verify(const wire::Envelope& envelope) {
    if (envelope.signature.empty()) return wire::DropReason::no_signature;
    const auto claim = read_claim(envelope.signature);
    if (!claim) return wire::DropReason::bad_signature;
    const KeptKey* const key = impl_->find(claim->number);
    if (!key) return wire::DropReason::unknown_key;
    if (!key->verifies) return wire::DropReason::keyless;
    return is_equal(claim->digest, digest_of(*key, envelope)) ? wire::DropReason::none
                                                              : wire::DropReason::bad_signature;
}

}  // namespace hb::auth
