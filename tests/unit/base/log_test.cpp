#include "hb/base/log.hpp"

#include <gtest/gtest.h>

namespace hb::log {
namespace {

constexpr Kind dropped{1, Level::warning, "Dropped % datagram(s) on % in the last % s: %"};

TEST(LogLine, has_its_facts_where_the_text_has_their_places) {
    const LogRecord record = make(dropped, {37u, "eth0", 60, std::string{"bad signature 37"}});
    EXPECT_EQ(record.text.view(), "Dropped 37 datagram(s) on eth0 in the last 60 s: bad signature 37");
    EXPECT_EQ(record.id, 1);
    EXPECT_EQ(record.level, Level::warning);
    EXPECT_EQ(record.program.view(), "heartbeat");
}

TEST(LogLine, leaves_a_percent_sign_in_a_fact_alone) {
    constexpr Kind note{2, Level::info, "%: %"};
    EXPECT_EQ(make(note, {"100 % full", -1}).text.view(), "100 % full: -1");
}

TEST(LogLine, is_cut_where_the_record_ends) {
    constexpr Kind note{2, Level::info, "note: % and %"};
    const LogRecord record = make(note, {std::string(limits::log_text, 'n'), 5});
    EXPECT_EQ(record.text.view(), "note: " + std::string(limits::log_text - 6, 'n'));
}

}  // namespace
}  // namespace hb::log
