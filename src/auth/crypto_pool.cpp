#include "hb/base/crypto_pool.hpp"

#include <openssl/crypto.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace hb {
namespace {

constexpr std::size_t block_size = 1024;
constexpr std::size_t block_count = 64;

// libcrypto wants plain functions without a context, so their state cannot live anywhere else than here. Not
// touched before the seal; one thread.
struct Pool {
    alignas(std::max_align_t) unsigned char blocks[block_count][block_size];
    bool used[block_count];
    bool sealed;
    CryptoPoolUse use;
};
Pool pool;

bool is_of_pool(const void* p) {
    const auto address = reinterpret_cast<std::uintptr_t>(p);
    const auto first = reinterpret_cast<std::uintptr_t>(&pool.blocks);
    return address >= first && address < first + sizeof pool.blocks;
}

void* take_block() {
    for (std::size_t i = 0; i < block_count; ++i) {
        if (pool.used[i]) continue;
        pool.used[i] = true;
        ++pool.use.blocks;
        return pool.blocks[i];
    }
    return nullptr;
}

void give_back(void* p) {
    if (!is_of_pool(p)) return std::free(p);
    const std::size_t offset =
        reinterpret_cast<std::uintptr_t>(p) - reinterpret_cast<std::uintptr_t>(&pool.blocks);
    pool.used[offset / block_size] = false;
    --pool.use.blocks;
}

void* take(std::size_t size, const char*, int) {
    if (size == 0) return nullptr;
    if (!pool.sealed) return std::malloc(size);
    if (size <= block_size) {
        if (void* const block = take_block()) return block;
    }
    ++pool.use.overflows;
    return std::malloc(size);
}

void release(void* p, const char*, int) { give_back(p); }

void* resize(void* p, std::size_t size, const char* file, int line) {
    if (!p) return take(size, file, line);
    if (size == 0) return give_back(p), nullptr;
    if (!is_of_pool(p)) {
        if (pool.sealed) ++pool.use.overflows;
        return std::realloc(p, size);
    }
    if (size <= block_size) return p;
    void* const larger = take(size, file, line);
    if (!larger) return nullptr;
    std::memcpy(larger, p, block_size);
    give_back(p);
    return larger;
}

}  // namespace

bool install_crypto_pool() { return CRYPTO_set_mem_functions(take, resize, release) == 1; }
void seal_crypto_pool() { pool.sealed = true; }
CryptoPoolUse crypto_pool_use() { return pool.use; }

}  // namespace hb
