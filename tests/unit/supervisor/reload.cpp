#include "supervisor/daemon/reload.hpp"

#include <gtest/gtest.h>

namespace hb::supervisor {
namespace {

using Phase = Reload::Phase;
const GroupId g0 = id_of<GroupId>(0), g1 = id_of<GroupId>(1);

std::unique_ptr<config::Config> with_port(std::uint16_t port) {
    auto config = std::make_unique<config::Config>();
    config->udpport = port;
    return config;
}

class ReloadOf : public testing::Test {
protected:
    void SetUp() override { reload.begin_with({.ha_cf = "old"}); }
    void begin() { reload.begin(with_port(7000), {.ha_cf = "new"}); }
    Reload reload;
};

TEST_F(ReloadOf, is_due_when_it_is_asked_for_and_none_is_under_way) {
    EXPECT_FALSE(reload.is_due());
    reload.ask();
    EXPECT_TRUE(reload.is_due());
    begin();
    EXPECT_FALSE(reload.is_due()) << "it waits for its turn";
    reload.give_up();
    EXPECT_TRUE(reload.is_due());
    reload.take_up();
    EXPECT_FALSE(reload.is_due());
}

TEST_F(ReloadOf, keeps_releases_back_only_while_it_releases) {
    begin();
    EXPECT_FALSE(reload.keeps_back(g0));
    EXPECT_TRUE(reload.begin_release());
    EXPECT_TRUE(reload.keeps_back(g1));
    EXPECT_FALSE(reload.begin_release()) << "once more";
    EXPECT_EQ(reload.give_up(), std::set<GroupId>{g1});
    EXPECT_EQ(reload.phase(), Phase::idle);
    EXPECT_EQ(reload.marks().ha_cf, "old");
}

TEST_F(ReloadOf, begins_its_releases_anew_beside_another_engine) {
    begin();
    reload.begin_release();
    reload.keeps_back(g0);
    reload.engine_starts();
    EXPECT_EQ(reload.phase(), Phase::waiting);
    EXPECT_TRUE(reload.begin_release());
    EXPECT_TRUE(reload.give_up().empty());
}

TEST_F(ReloadOf, an_engine_that_starts_while_there_is_none_changes_nothing) {
    reload.engine_starts();
    EXPECT_EQ(reload.phase(), Phase::idle);
}

TEST_F(ReloadOf, that_is_finished_hands_over_the_configuration_and_its_marks) {
    begin();
    EXPECT_EQ(reload.next().udpport, 7000);
    reload.begin_release();
    reload.keeps_back(g0);
    EXPECT_EQ(reload.finish()->udpport, 7000);
    EXPECT_EQ(reload.marks().ha_cf, "new");
    EXPECT_EQ(reload.phase(), Phase::idle);
    begin();
    EXPECT_TRUE(reload.give_up().empty()) << "what was kept back then is past";
}

TEST_F(ReloadOf, a_stop_forgets_what_was_asked_for_and_what_is_under_way) {
    begin();
    reload.ask();
    reload.forget();
    EXPECT_EQ(reload.phase(), Phase::idle);
    EXPECT_FALSE(reload.is_due());
}

TEST_F(ReloadOf, of_the_same_files_compares_with_none) {
    reload.ask_for_the_same();
    EXPECT_TRUE(reload.is_due());
    EXPECT_EQ(reload.marks(), FileMarks{});
}

}  // namespace
}  // namespace hb::supervisor
