// Where the actions of a step go, and what waits for the next one.
#include "core/say/outgoing.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

OperationId number_of(const Action& action) { return std::get<Operate>(action).operation; }
Operate request(OperationId number) { return Operate{Operate::Verb::start, number, {}, {}, 0s}; }

/// Takes all that a step gives.
std::vector<Action> drain(Outgoing& outgoing) {
    std::vector<Action> all;
    for (int step = 0; step < 10; ++step) {
        Actions out;
        outgoing.begin(out);
        outgoing.end();
        all.insert(all.end(), out.begin(), out.end());
    }
    return all;
}

TEST(Outgoing, gives_what_finds_room_at_once_and_the_rest_with_the_next_steps_in_its_order) {
    Outgoing outgoing;
    Actions out;
    EXPECT_TRUE(outgoing.begin(out));
    const std::size_t room = 64, more = 70;
    for (std::size_t i = 0; i < room + more; ++i) outgoing.emit(request(static_cast<OperationId>(i)));
    outgoing.end();
    ASSERT_EQ(out.size(), room);
    EXPECT_TRUE(outgoing.waits());
    Actions next;
    EXPECT_FALSE(outgoing.begin(next));  // 6 still wait
    outgoing.emit(request(1000));
    outgoing.end();
    ASSERT_EQ(next.size(), room);
    EXPECT_EQ(number_of(next[0]), room);
    Actions last;
    EXPECT_TRUE(outgoing.begin(last));
    outgoing.end();
    ASSERT_EQ(last.size(), 7u);
    EXPECT_EQ(number_of(last[6]), 1000u);
    EXPECT_FALSE(outgoing.waits());
}

TEST(Outgoing, drops_log_lines_first_and_says_how_many) {
    Outgoing outgoing;
    Actions out;
    outgoing.begin(out);
    for (int i = 0; i < 64 + 80; ++i) outgoing.emit(request(1));
    EXPECT_TRUE(outgoing.has_room_for(16));
    outgoing.log(log::no_media, {});  // the 81st that waits
    EXPECT_FALSE(outgoing.has_room_for(16));
    outgoing.log(log::no_media, {});
    outgoing.log(log::no_media, {});
    for (int i = 0; i < 15; ++i) outgoing.emit(request(2));
    EXPECT_FALSE(outgoing.has_room_for(1));
    outgoing.emit(request(3));  // even this finds none
    outgoing.end();
    const std::vector<Action> rest = drain(outgoing);
    ASSERT_EQ(rest.size(), 97u);
    EXPECT_EQ(std::get<LogRecord>(rest.back()).id, log::dropped_actions.id);
    EXPECT_NE(std::string(std::get<LogRecord>(rest.back()).text.view()).find("3"), std::string::npos);
}

}  // namespace
}  // namespace hb::core
