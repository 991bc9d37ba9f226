#include "engine/say.hpp"

#include <gtest/gtest.h>

namespace hb::engine {
namespace {

TEST(EngineLine, puts_its_facts_where_the_text_has_their_places) {
    const auto record = line_of(event::dropped, {37u, "eth0", 60, "bad signature 37"});
    EXPECT_EQ(record.text.view(), "Dropped 37 datagram(s) on eth0 in the last 60 s: bad signature 37");
    EXPECT_EQ(record.level, Level::warning);
    EXPECT_EQ(record.program.view(), "heartbeat");
}

TEST(EngineLine, about_the_firewall_is_not_cut_with_the_longest_node_name) {
    const std::string name(limits::node_name, 'n');
    const auto record = line_of(event::firewall, {name, 65535, 65535, 65535});
    EXPECT_TRUE(record.text.view().ends_with("udp dport 65535 accept"));
}

}  // namespace
}  // namespace hb::engine
