#include "hb/base/crypto_pool.hpp"

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "hb/auth/authenticator.hpp"
#include "hb/wire/message.hpp"

namespace hb {
namespace {

// Each in a process of its own, started anew: libcrypto takes a pool only before its first use.
struct CryptoPool : testing::Test {
    CryptoPool() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

bool signing_takes_nothing_from_malloc() {
    if (!install_crypto_pool()) return false;
    config::Keys keys;
    using Method = config::Key::Method;
    keys.all = {{1, Method::sha1, "one"},
                {2, Method::md5, "two"},
                {3, Method::sha256, "three"},
                {4, Method::crc, ""}};
    keys.signing = 3;
    auth::Authenticator authenticator{keys};
    seal_crypto_pool();
    authenticator.sign(bytes_of("###\n%%%\n"));  // the first one takes what its context keeps
    const auto before = crypto_pool_use().blocks;
    for (int i = 0; i < 1000; ++i) {
        const auto signature = authenticator.sign(bytes_of("###\n%%%\n"));
        wire::Envelope envelope;
        envelope.body = bytes_of("###\n%%%\n");
        envelope.signature = signature.view();
        if (authenticator.verify(envelope) != wire::DropReason::none) return false;
    }
    return crypto_pool_use().overflows == 0 && crypto_pool_use().blocks == before;
}

TEST_F(CryptoPool, serves_every_block_of_a_thousand_signatures_and_gets_them_back) {
    EXPECT_EXIT(::_exit(signing_takes_nothing_from_malloc() ? 0 : 1), testing::ExitedWithCode(0), "");
}

bool blocks_behave() {
    if (!install_crypto_pool()) return false;
    void* const early = OPENSSL_malloc(100);
    seal_crypto_pool();
    OPENSSL_free(early);  // from malloc, back to malloc
    auto* block = static_cast<unsigned char*>(OPENSSL_malloc(100));
    block[99] = 42;
    block = static_cast<unsigned char*>(OPENSSL_realloc(block, 900));
    if (block[99] != 42 || crypto_pool_use().blocks != 1 || crypto_pool_use().overflows != 0) return false;
    block = static_cast<unsigned char*>(OPENSSL_realloc(block, 5000));  // too large for a block
    if (block[99] != 42 || crypto_pool_use().blocks != 0 || crypto_pool_use().overflows != 1) return false;
    OPENSSL_free(block);
    void* all[80];
    for (void*& one : all) one = OPENSSL_malloc(10);
    if (crypto_pool_use().blocks != 64 || crypto_pool_use().overflows != 17) return false;
    for (void* const one : all) OPENSSL_free(one);
    return crypto_pool_use().blocks == 0;
}

TEST_F(CryptoPool, grows_blocks_in_place_and_lets_malloc_help_out) {
    EXPECT_EXIT(::_exit(blocks_behave() ? 0 : 1), testing::ExitedWithCode(0), "");
}

bool refuses_after_first_use() {
    EVP_MD_CTX_free(EVP_MD_CTX_new());
    return !install_crypto_pool();
}

TEST_F(CryptoPool, is_refused_once_libcrypto_was_used) {
    EXPECT_EXIT(::_exit(refuses_after_first_use() ? 0 : 1), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace hb
