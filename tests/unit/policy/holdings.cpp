#include "hb/policy/holdings.hpp"

#include <gtest/gtest.h>

using namespace hb;
using core::Outcome;
using policy::Holdings;

namespace {

/// Groups of "A": an address, "S": a script.
config::Config make_config(std::initializer_list<std::string_view> groups) {
    config::Config config;
    for (const std::string_view kinds : groups) {
        config::Group group;
        group.first = id_of<ResourceId>(config.resources.size());
        group.count = static_cast<std::uint16_t>(kinds.size());
        for (const char kind : kinds) {
            config::Resource resource;
            resource.group = id_of<GroupId>(config.groups.size());
            resource.kind = kind == 'A' ? config::Resource::Kind::address : config::Resource::Kind::script;
            config.resources.push_back(resource);
        }
        config.groups.push_back(group);
    }
    return config;
}

ResourceId r(std::size_t i) { return id_of<ResourceId>(i); }
GroupId g(std::size_t i) { return id_of<GroupId>(i); }

std::vector<std::size_t> numbers(const std::vector<ResourceId>& ids) {
    std::vector<std::size_t> list;
    for (const ResourceId id : ids) list.push_back(id.index());
    return list;
}
using Numbers = std::vector<std::size_t>;
const Instant t0{100s};

void hold_all(Holdings& holdings, const config::Config& config) {
    for (std::size_t i = 0; i < config.resources.size(); ++i) holdings.starting(r(i));
}

}  // namespace

TEST(Holdings, nothing_is_held_at_first_and_nothing_is_released) {
    const auto config = make_config({"AS"});
    Holdings holdings(config);
    EXPECT_FALSE(holdings.may_hold_any(g(0)));
    EXPECT_FALSE(holdings.release(g(0)));
    EXPECT_TRUE(holdings.next_stops().empty());
    EXPECT_TRUE(holdings.take_ended().empty());
}

TEST(Holdings, a_start_holds_before_it_has_worked_and_a_stop_lets_go) {
    const auto config = make_config({"AS"});
    Holdings holdings(config);
    holdings.starting(r(1));
    EXPECT_TRUE(holdings.may_hold(r(1)));
    EXPECT_TRUE(holdings.may_hold_any(g(0)));
    holdings.stopped(r(1));
    EXPECT_FALSE(holdings.may_hold_any(g(0)));
}

TEST(Holdings, a_release_ends_too_when_another_stop_takes_the_last_resource) {
    const auto config = make_config({"AS"});
    Holdings holdings(config);
    holdings.starting(r(0));
    ASSERT_TRUE(holdings.release(g(0)));
    holdings.stopped(r(0));  // a stop that the engine had asked for
    EXPECT_FALSE(holdings.releasing(g(0)));
    const auto ended = holdings.take_ended();
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].outcome, core::Outcome::ok);
}

TEST(Holdings, the_addresses_of_all_groups_go_first_then_the_last_script_of_each) {
    const auto config = make_config({"ASS", "SA"});
    Holdings holdings(config);
    hold_all(holdings, config);
    EXPECT_TRUE(holdings.release(g(0)));
    EXPECT_TRUE(holdings.release(g(1)));
    EXPECT_EQ(numbers(holdings.next_stops()), (Numbers{0, 4}));
    EXPECT_TRUE(holdings.next_stops().empty()) << "each is given once";
    holdings.stop_done(r(0), Outcome::ok);
    EXPECT_TRUE(holdings.next_stops().empty()) << "one address is left";
    holdings.stop_done(r(4), Outcome::ok);
    EXPECT_EQ(numbers(holdings.next_stops()), (Numbers{2, 3}));
    holdings.stop_done(r(2), Outcome::ok);
    EXPECT_EQ(numbers(holdings.next_stops()), (Numbers{1}));
}

TEST(Holdings, the_end_of_a_release_is_told_once_per_group) {
    const auto config = make_config({"A", "S"});
    Holdings holdings(config);
    hold_all(holdings, config);
    holdings.release(g(0));
    EXPECT_TRUE(holdings.releasing(g(0)));
    holdings.next_stops();
    holdings.stop_done(r(0), Outcome::ok);
    const auto ended = holdings.take_ended();
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].group, g(0));
    EXPECT_EQ(ended[0].outcome, Outcome::ok);
    EXPECT_FALSE(holdings.releasing(g(0)));
    EXPECT_TRUE(holdings.take_ended().empty());
    EXPECT_TRUE(holdings.may_hold(r(1)));
}

TEST(Holdings, a_stop_that_fails_ten_times_blocks_its_group) {
    const auto config = make_config({"S"});
    Holdings holdings(config);
    hold_all(holdings, config);
    holdings.release(g(0));
    for (int attempt = 1; attempt <= 10; ++attempt) {
        EXPECT_EQ(numbers(holdings.next_stops()), (Numbers{0})) << attempt;
        EXPECT_TRUE(holdings.take_ended().empty());
        holdings.stop_done(r(0), Outcome::failed);
    }
    const auto ended = holdings.take_ended();
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].outcome, Outcome::failed);
    EXPECT_TRUE(holdings.next_stops().empty());
    EXPECT_TRUE(holdings.may_hold(r(0)));
    EXPECT_TRUE(holdings.is_blocked(g(0)));
    holdings.starting(r(0));
    EXPECT_FALSE(holdings.is_blocked(g(0))) << "a new start is a new matter";
}

TEST(Holdings, ten_addresses_that_fail_once_each_do_not_block_their_group) {
    const auto config = make_config({"AAAAAAAAAA"});
    Holdings holdings(config);
    hold_all(holdings, config);
    holdings.release(g(0));
    for (const ResourceId id : holdings.next_stops()) holdings.stop_done(id, Outcome::failed);
    EXPECT_TRUE(holdings.take_ended().empty());
    EXPECT_EQ(holdings.next_stops().size(), 10u);
}

TEST(Holdings, an_address_that_cannot_be_removed_does_not_hold_up_the_scripts_of_other_groups) {
    const auto config = make_config({"A", "S"});
    Holdings holdings(config);
    hold_all(holdings, config);
    holdings.release(g(0));
    holdings.release(g(1));
    EXPECT_EQ(numbers(holdings.next_stops()), (Numbers{0}));
    holdings.stop_done(r(0), Outcome::failed);
    EXPECT_EQ(numbers(holdings.next_stops()), (Numbers{0}));
    EXPECT_EQ(numbers(holdings.next_stops()), (Numbers{1}));
}

TEST(Holdings, are_judged_when_the_right_to_hold_lies_behind_and_something_is_held) {
    const auto config = make_config({"A"});
    Holdings holdings(config);
    EXPECT_FALSE(holdings.judged(t0 + 1ns, t0));
    hold_all(holdings, config);
    EXPECT_FALSE(holdings.judged(t0, t0));
    EXPECT_TRUE(holdings.judged(t0 + 1ns, t0));
}

TEST(Holdings, an_address_lives_on_while_it_is_held_and_the_right_lasts) {
    const auto config = make_config({"A"});
    Holdings holdings(config);
    EXPECT_FALSE(holdings.may_keep(r(0), t0, t0 + 1s));
    hold_all(holdings, config);
    EXPECT_TRUE(holdings.may_keep(r(0), t0, t0 + 1s));
    EXPECT_FALSE(holdings.may_keep(r(0), t0 + 1s, t0 + 1s));
    holdings.release(g(0));
    EXPECT_FALSE(holdings.may_keep(r(0), t0, t0 + 1s));
}

TEST(Holdings, an_expired_address_comes_back_once_and_only_while_the_right_lasts) {
    const auto config = make_config({"A", "A"});
    Holdings holdings(config);
    hold_all(holdings, config);
    holdings.expired(r(0));
    holdings.expired(r(1));
    EXPECT_EQ(numbers(holdings.take_expired(t0, t0)), Numbers{})
        << "the engine may still prove that the right lasts";
    holdings.stopped(r(0));
    EXPECT_EQ(numbers(holdings.take_expired(t0, t0 + 1s)), Numbers{1});
    EXPECT_EQ(numbers(holdings.take_expired(t0, t0 + 1s)), Numbers{});
}

TEST(Holdings, an_expired_address_that_is_released_does_not_come_back) {
    const auto config = make_config({"A"});
    Holdings holdings(config);
    hold_all(holdings, config);
    holdings.expired(r(0));
    holdings.release(g(0));
    EXPECT_EQ(numbers(holdings.take_expired(t0, t0 + 1s)), Numbers{});
    holdings.stop_done(r(0), Outcome::ok);
    holdings.starting(r(0));
    EXPECT_EQ(numbers(holdings.take_expired(t0, t0 + 1s)), Numbers{});
}

TEST(Holdings, what_is_being_released_or_blocked_is_not_judged_again) {
    const auto config = make_config({"S"});
    Holdings holdings(config);
    hold_all(holdings, config);
    holdings.release(g(0));
    EXPECT_FALSE(holdings.judged(t0 + 1s, t0));
    for (int attempt = 0; attempt < 10; ++attempt) {
        holdings.next_stops();
        holdings.stop_done(r(0), Outcome::failed);
    }
    EXPECT_FALSE(holdings.judged(t0 + 1s, t0));
    holdings.starting(r(0));
    EXPECT_TRUE(holdings.judged(t0 + 1s, t0)) << "a new start is a new matter";
}

TEST(Holdings, a_blocked_group_can_be_released_again) {
    const auto config = make_config({"S"});
    Holdings holdings(config);
    hold_all(holdings, config);
    holdings.release(g(0));
    for (int attempt = 0; attempt < 10; ++attempt) {
        holdings.next_stops();
        holdings.stop_done(r(0), Outcome::timed_out);
    }
    holdings.take_ended();
    EXPECT_TRUE(holdings.release(g(0)));
    EXPECT_FALSE(holdings.is_blocked(g(0)));
    EXPECT_EQ(numbers(holdings.next_stops()), (Numbers{0}));
    holdings.stop_done(r(0), Outcome::ok);
    ASSERT_EQ(holdings.take_ended().size(), 1u);
}

TEST(Holdings, ids_that_do_not_exist_are_not_held) {
    const auto config = make_config({"A"});
    Holdings holdings(config);
    EXPECT_FALSE(holdings.may_hold(r(7)));
    EXPECT_FALSE(holdings.may_hold(ResourceId{}));
}
