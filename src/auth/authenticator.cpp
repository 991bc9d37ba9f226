#include "hb/auth/authenticator.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <charconv>
#include <vector>

#include "crc32.hpp"
#include "hb/wire/classic.hpp"

namespace hb::auth {
namespace {

using config::Key;
using Digest = FixedString<64>;  // as text

struct Free {
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MAC_CTX, Free>;

struct KeptKey {
    unsigned number = 0;
    Key::Method method = Key::Method::crc;
    Context context;  // null for crc
    bool usable = true;
};

const char* digest_name(Key::Method method) {
    switch (method) {
        case Key::Method::crc: break;
        case Key::Method::md5: return "MD5";
        case Key::Method::sha1: return "SHA1";
        case Key::Method::sha256: return "SHA256";
    }
    return "";
}

/// A context with the key set; null if libcrypto refuses the digest.
Context make_context(EVP_MAC* hmac, const Key& key) {
    if (!hmac) return nullptr;
    Context context(EVP_MAC_CTX_new(hmac));
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest_name(key.method)),
                                         0),
        OSSL_PARAM_construct_end()};
    const auto* text = reinterpret_cast<const unsigned char*>(key.text.data());
    if (!context || EVP_MAC_init(context.get(), text, key.text.size(), parameters) != 1) return nullptr;
    return context;
}

KeptKey keep(EVP_MAC* hmac, const Key& key) {
    KeptKey kept{.number = key.number, .method = key.method, .context = nullptr};
    if (key.method != Key::Method::crc) {
        kept.context = make_context(hmac, key);
        kept.usable = kept.context != nullptr;
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
    explicit Run(const KeptKey& key) : key_(key) {
        if (key_.context) ok_ = EVP_MAC_init(key_.context.get(), nullptr, 0, nullptr) == 1;
    }
    void add(Bytes piece) {
        if (!key_.context)
            crc_ = crc32(crc_, piece);
        else
            ok_ = ok_ && EVP_MAC_update(key_.context.get(), octets(piece), piece.size()) == 1;
    }
    void add(std::string_view piece) { add(bytes_of(piece)); }
    /// Empty if libcrypto failed.
    Digest finish() { return key_.context ? finish_hmac() : finish_crc(); }

private:
    static const unsigned char* octets(Bytes bytes) {
        return reinterpret_cast<const unsigned char*>(bytes.data());
    }
    Digest finish_hmac() {
        unsigned char digest[EVP_MAX_MD_SIZE];
        std::size_t size = 0;
        if (!ok_ || EVP_MAC_final(key_.context.get(), digest, &size, sizeof digest) != 1) return {};
        return hex_text(std::span(digest, size));
    }
    Digest finish_crc() const {
        char text[8];
        const auto end = std::to_chars(text, text + sizeof text, ~crc_, 16).ptr;
        return std::string_view(text, static_cast<std::size_t>(end - text));
    }
    const KeptKey& key_;
    std::uint32_t crc_ = 0;
    bool ok_ = true;
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
            if (key.number == number && key.usable) return &key;
        return nullptr;
    }
};

Authenticator::Authenticator(const config::Keys& keys) : impl_(std::make_unique<Impl>()) {
    const std::unique_ptr<EVP_MAC, Free> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    impl_->signing = keys.signing;
    for (const Key& key : keys.all) impl_->keys.push_back(keep(hmac.get(), key));
}

Authenticator::~Authenticator() = default;

std::optional<unsigned> Authenticator::refused_key() const {
    for (const KeptKey& key : impl_->keys)
        if (!key.usable) return key.number;
    return std::nullopt;
}

Signature Authenticator::sign(Bytes covered) {
    const KeptKey* const key = impl_->find(impl_->signing);
    if (!key) return {};
    Run run(*key);
    run.add(covered);
    const Digest digest = run.finish();
    if (digest.empty()) return {};
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
    return is_equal(claim->digest, digest_of(*key, envelope)) ? wire::DropReason::none
                                                              : wire::DropReason::bad_signature;
}

}  // namespace hb::auth
