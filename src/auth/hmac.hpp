#pragma once
// libcrypto's digests without its providers: these are plain functions over a state that is copied by value. They take no
// memory and load nothing; OpenSSL 3 marks them as deprecated, in favour of providers that take more.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <array>
#include <span>
#include <string_view>

#include "hb/base/bytes.hpp"

namespace hb::auth {

struct Md5 {
    using Octets = std::array<unsigned char, MD5_DIGEST_LENGTH>;
    MD5_CTX state;
    void begin() { MD5_Init(&state); }
    void add(Bytes bytes) { MD5_Update(&state, bytes.data(), bytes.size()); }
    void end(Octets& out) { MD5_Final(out.data(), &state); }
};
struct Sha1 {
    using Octets = std::array<unsigned char, SHA_DIGEST_LENGTH>;
    SHA_CTX state;
    void begin() { SHA1_Init(&state); }
    void add(Bytes bytes) { SHA1_Update(&state, bytes.data(), bytes.size()); }
    void end(Octets& out) { SHA1_Final(out.data(), &state); }
};
struct Sha256 {
    using Octets = std::array<unsigned char, SHA256_DIGEST_LENGTH>;
    SHA256_CTX state;
    void begin() { SHA256_Init(&state); }
    void add(Bytes bytes) { SHA256_Update(&state, bytes.data(), bytes.size()); }
    void end(Octets& out) { SHA256_Final(out.data(), &state); }
};

/// HMAC (RFC 2104) with blocks of 64 octets. Both states with the key are made once; a copy is used per message.
template <class Hash>
class Hmac {
public:
    explicit Hmac(std::string_view key) {
        constexpr std::size_t block = 64;
        std::array<unsigned char, block> padded{};
        if (key.size() > block) {  // a longer key is hashed first
            typename Hash::Octets hashed;
            Hash hash;
            hash.begin();
            hash.add(bytes_of(key));
            hash.end(hashed);
            std::copy(hashed.begin(), hashed.end(), padded.begin());
        } else {
            std::copy(key.begin(), key.end(), padded.begin());
        }
        start(inner_, padded, 0x36);
        start(outer_, padded, 0x5c);
    }
    void add(Bytes bytes) { inner_.add(bytes); }
    std::span<const unsigned char> finish() {
        inner_.end(digest_);
        outer_.add(std::as_bytes(std::span(digest_)));
        outer_.end(digest_);
        return digest_;
    }

private:
    static void start(Hash& hash, std::array<unsigned char, 64> padded, unsigned char pad) {
        for (unsigned char& octet : padded) octet ^= pad;
        hash.begin();
        hash.add(std::as_bytes(std::span(padded)));
    }
    Hash inner_, outer_;
    typename Hash::Octets digest_{};
};

}  // namespace hb::auth
