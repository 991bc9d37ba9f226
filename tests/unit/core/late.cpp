#include "cluster.hpp"

namespace hb::core {
namespace {

std::size_t lines(const Cluster& c, std::string_view text) {
    std::size_t n = 0;
    for (const auto& line : c.nodes[0].logs) n += line.find(text) != line.npos;
    return n;
}

TEST(Late, heartbeats_have_one_line_and_then_a_summary_a_minute) {
    Cluster c("keepalive 100ms\nwarntime 50ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n");
    c.start(0);
    c.start(1);
    c.run(305s);
    EXPECT_EQ(lines(c, "Late heartbeat: Node b: interval 100 ms"), 1u) << c.log_of(0);
    EXPECT_EQ(lines(c, "Late heartbeats: Node b: "), 5u) << c.log_of(0);
    EXPECT_EQ(lines(c, " more in the last 60 s, the longest interval 100 ms (warntime 50 ms)"), 5u)
        << c.log_of(0);
}

TEST(Late, heartbeat_after_a_quiet_minute_has_a_line_of_its_own_again) {
    Cluster c("keepalive 100ms\nwarntime 300ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n");
    c.start(0);
    c.start(1);
    c.run(2s);
    for (int i = 1; i <= 2; ++i) {
        c.lost = [](std::size_t, std::size_t) { return true; };
        c.run(400ms);
        c.lost = [](std::size_t, std::size_t) { return false; };
        c.run(130s);
        EXPECT_EQ(lines(c, "Late heartbeat: Node b: interval"), static_cast<std::size_t>(i)) << c.log_of(0);
    }
    EXPECT_EQ(lines(c, "Late heartbeats: "), 0u) << c.log_of(0);
}

}  // namespace
}  // namespace hb::core
