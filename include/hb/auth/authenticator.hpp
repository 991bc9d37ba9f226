#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "hb/base/fixed.hpp"
#include "hb/config/config.hpp"
#include "hb/wire/message.hpp"

namespace hb::auth {

using Signature = FixedString<80>;  ///< "N DIGEST": at most 2 + 1 + 64 octets

/// Signs and verifies with the numbered keys of authkeys. HMAC (RFC 2104) over libcrypto's hash functions; the keyed states
/// are made in the constructor, and a message takes no memory. crc is 3.0.6's CRC-32: polynomial 0x04C11DB7, most
/// significant bit first, start 0, inverted at the end, written without leading zeros.
class Authenticator {
public:
    explicit Authenticator(const config::Keys& keys);
    ~Authenticator();
    Authenticator(const Authenticator&) = delete;
    Authenticator& operator=(const Authenticator&) = delete;

    /// "N DIGEST" with the signing key over `covered`; empty if there is no such key.
    Signature sign(Bytes covered);
    /// none, no_signature, unknown_key, keyless or bad_signature; a classic envelope is checked over its field lines.
    /// The digests are compared in constant time, before anything of the body is parsed.
    wire::DropReason verify(const wire::Envelope& envelope);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hb::auth
