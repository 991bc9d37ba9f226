#include "cluster.hpp"

namespace hb::core {
namespace {

/// haresources is changed on one node after the other.
class TablesDiffer : public testing::Test {
protected:
    TablesDiffer() {
        c.nodes[1].config.table_digest ^= 1;
        c.start(0);
        c.start(1);
        c.run(20s);
        EXPECT_TRUE(c.serves(0)) << c.log_of(0);
        EXPECT_TRUE(c.logged(0, "haresources differ")) << c.log_of(0);
    }
    void cut_a_off_from_b(Duration time) {
        c.lost = [](std::size_t from, std::size_t) { return from == 0; };
        c.run(time);
        c.lost = [](std::size_t, std::size_t) { return false; };
    }
    Cluster c;
};

TEST_F(TablesDiffer, a_peer_that_dies_may_have_had_the_addresses_so_they_are_announced) {
    const auto announced = [this] {
        const auto& all = c.nodes[0].operations;
        return std::count_if(all.begin(), all.end(), [](const auto& o) { return o.starts_with("announce"); });
    };
    c.run(70s);
    const auto before = announced();
    c.crash(1);
    c.run(2s);
    EXPECT_GT(announced(), before) << c.log_of(0);
}

TEST_F(TablesDiffer, an_owner_that_is_not_heard_gives_up_before_the_peer_claims_all_the_same) {
    cut_a_off_from_b(2s);
    EXPECT_FALSE(c.serves(0)) << c.log_of(0);
    EXPECT_TRUE(c.serves(1)) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
    c.run(20s);
    EXPECT_EQ(c.owners(), 1u) << c.log_of(0) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
}

TEST_F(TablesDiffer, what_was_given_up_unheard_is_taken_back_when_the_peer_hears_again_in_time) {
    cut_a_off_from_b(680ms);
    EXPECT_TRUE(c.logged(0, "a living peer does not hear this node")) << c.log_of(0);
    c.run(200ms);
    EXPECT_TRUE(c.serves(0)) << c.log_of(0);
    EXPECT_FALSE(c.serves(1)) << c.log_of(1);
    EXPECT_EQ(c.most_owners, 1u);
}

// What one of several calls foreign may be anybody's.
TEST(TablesDifferOfThree, so_none_learns_by_handshakes_who_holds_what) {
    Cluster c("keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n",
              "a 10.0.0.100 web\n", 3);
    for (const std::size_t i : {0u, 1u, 2u}) c.start(i);
    c.run(3s);
    ASSERT_TRUE(c.serves(0)) << c.log_of(0);
    c.crash(2);
    c.nodes[2].config.table_digest ^= 1;
    c.start(2);
    c.run(20s);
    EXPECT_FALSE(c.nodes[2].core->group(GroupId{0}).holder.exists()) << c.log_of(2);
}

}  // namespace
}  // namespace hb::core
