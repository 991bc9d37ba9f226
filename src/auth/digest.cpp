#include "hb/auth/digest.hpp"

#include "hmac.hpp"

namespace hb::auth {

std::array<std::uint8_t, 32> sha256(Bytes bytes) {
    Sha256::Octets digest;
    Sha256 hash;
    hash.begin();
    hash.add(bytes);
    hash.end(digest);
    return digest;
}

std::uint32_t sha256_head(Bytes bytes) {
    const auto digest = sha256(bytes);
    return Reader(std::as_bytes(std::span(digest))).u32();
}

}  // namespace hb::auth
