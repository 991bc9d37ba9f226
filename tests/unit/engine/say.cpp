#include "engine/say.hpp"

#include <gtest/gtest.h>

namespace hb::engine {
namespace {

TEST(EngineLine, about_the_firewall_is_not_cut_with_the_longest_node_name) {
    const std::string name(limits::node_name, 'n');
    const auto record = log::make(event::firewall, {name, 65535, 65535, 65535});
    EXPECT_TRUE(record.text.view().ends_with("udp dport 65535 accept"));
}

}  // namespace
}  // namespace hb::engine
