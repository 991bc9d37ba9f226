#include "hb/auth/digest.hpp"

#include <openssl/evp.h>

#include "hb/base/invariant.hpp"

namespace hb::auth {

std::array<std::uint8_t, 32> sha256(Bytes bytes) {
    std::array<std::uint8_t, 32> digest{};
    // Every libcrypto has SHA-256, with FIPS rules too; it fails only where memory is gone.
    invariant(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
    return digest;
}

std::uint32_t sha256_head(Bytes bytes) {
    const auto digest = sha256(bytes);
    return Reader(std::as_bytes(std::span(digest))).u32();
}

}  // namespace hb::auth
