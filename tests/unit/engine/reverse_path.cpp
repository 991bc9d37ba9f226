#include "engine/reverse_path.hpp"

#include <gtest/gtest.h>

namespace hb::engine {
namespace {

TEST(ReversePath, is_read_from_the_column_of_its_name) {
    EXPECT_EQ(
        reverse_path_drops(
            "TcpExt: SyncookiesSent IPReversePathFilter TCPHPHits\nTcpExt: 1 42 3\nIpExt: InNoRoutes\nIpExt: 0\n"),
        42u);
    EXPECT_EQ(reverse_path_drops("IpExt: InNoRoutes\nIpExt: 7\nTcpExt: IPReversePathFilter\nTcpExt: 0\n"),
              0u);
}

TEST(ReversePath, is_not_known_where_the_kernel_does_not_say) {
    EXPECT_FALSE(reverse_path_drops(""));
    EXPECT_FALSE(reverse_path_drops("TcpExt: SyncookiesSent\nTcpExt: 1\n"));
    EXPECT_FALSE(reverse_path_drops("TcpExt: IPReversePathFilter\n"));
    EXPECT_FALSE(reverse_path_drops("TcpExt: IPReversePathFilter\nTcpExt: x\n"));
}

}  // namespace
}  // namespace hb::engine
