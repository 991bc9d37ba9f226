#pragma once
#include <cstddef>

namespace hb {

/// Gives libcrypto its memory. To be called before anything else uses libcrypto (it refuses afterwards):
/// first thing in main. Until seal_crypto_pool() every request is passed on to malloc; from then on small
/// blocks (at most 1024 octets) come from a fixed pool, so that signing and verifying take no memory from the
/// system. When the pool is used up malloc helps out. False: libcrypto was used before; it goes on with
/// malloc.
bool install_crypto_pool();
/// From here on new small blocks come from the pool. Blocks given out before go back where they came from.
void seal_crypto_pool();
/// Blocks of the pool that are given out now, and how often malloc had to help out since the seal.
struct CryptoPoolUse {
    std::size_t blocks = 0;
    std::size_t overflows = 0;
};
CryptoPoolUse crypto_pool_use();

}  // namespace hb
