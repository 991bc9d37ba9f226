#include "supervisor/state/page.hpp"

#include <gtest/gtest.h>

using namespace hb;
using namespace hb::supervisor;
using core::GroupState;

namespace {

GroupId g(std::size_t i) { return id_of<GroupId>(i); }
ResourceId r(std::size_t i) { return id_of<ResourceId>(i); }

/// Lines "a x y": as many resources as words behind the node.
config::Config make_config(std::initializer_list<const char*> lines,
                           std::vector<std::string> nodes = {"a", "b"}) {
    config::Config config;
    config.nodes = std::move(nodes);
    for (const std::string line : lines) {
        config::Group group;
        group.line = line;
        group.first = r(config.resources.size());
        for (const char c : line) group.count = static_cast<std::uint16_t>(group.count + (c == ' '));
        for (std::size_t i = 0; i < group.count; ++i) {
            config::Resource resource;
            resource.group = g(config.groups.size());
            config.resources.push_back(resource);
        }
        config.groups.push_back(group);
    }
    return config;
}

void write(ipc::Page& page, std::size_t group, GroupState state, std::uint16_t holder, std::uint32_t epoch) {
    page.groups[group].state = static_cast<std::uint8_t>(state);
    page.groups[group].holder = holder;
    page.groups[group].epoch = epoch;
}

}  // namespace

TEST(Page, is_shared_memory_full_of_nothing) {
    const auto page = make_page();
    ASSERT_TRUE(page);
    EXPECT_EQ((*page)->hold_until_ms, 0u);
    EXPECT_EQ((*page)->groups[limits::groups - 1].holder, 0xffff);
}

TEST(Inherit, a_group_that_is_owned_and_held_as_a_whole_stays_owned) {
    const auto config = make_config({"a x y"});
    policy::Holdings holdings(config);
    holdings.starting(r(0));
    holdings.starting(r(1));
    auto page = make_page();
    write(**page, 0, GroupState::owned, 0, 7);
    const auto groups = inherit(config, **page, holdings);
    EXPECT_EQ(groups.at(0).state, GroupState::owned);
    EXPECT_EQ(groups[0].holder, id_of<NodeId>(0));
    EXPECT_EQ(groups[0].epoch, 7u);
}

TEST(Inherit, one_that_was_moving_or_is_held_in_part_is_to_be_released) {
    const auto config = make_config({"a x y", "a z", "b w"});
    policy::Holdings holdings(config);
    holdings.starting(r(0));
    holdings.starting(r(2));
    holdings.starting(r(3));
    auto page = make_page();
    write(**page, 0, GroupState::owned, 0, 1);
    write(**page, 1, GroupState::acquiring, 0, 1);
    write(**page, 2, GroupState::foreign, 1, 1);
    for (const auto& group : inherit(config, **page, holdings)) EXPECT_EQ(group.state, GroupState::releasing);
}

TEST(Inherit, one_that_the_supervisor_is_releasing_is_not_blocked_whatever_the_engine_said_when_it_left) {
    const auto config = make_config({"a x"});
    policy::Holdings holdings(config);
    holdings.starting(r(0));
    holdings.release(GroupId{0});
    auto page = make_page();
    write(**page, 0, GroupState::blocked, 0, 1);
    EXPECT_EQ(inherit(config, **page, holdings)[0].state, GroupState::releasing);
}

TEST(Inherit, one_of_which_nothing_is_here_is_foreign_with_its_register_kept) {
    const auto config = make_config({"a x"});
    const policy::Holdings holdings(config);
    auto page = make_page();
    write(**page, 0, GroupState::not_here, 1, 9);
    const auto groups = inherit(config, **page, holdings);
    EXPECT_EQ(groups.at(0).state, GroupState::foreign);
    EXPECT_EQ(groups[0].holder, id_of<NodeId>(1));
    EXPECT_EQ(groups[0].epoch, 9u);
}

TEST(Inherit, blocked_stays_blocked) {
    const auto config = make_config({"a x"});
    policy::Holdings holdings(config);
    holdings.starting(r(0));
    auto page = make_page();
    write(**page, 0, GroupState::blocked, 0, 1);
    EXPECT_EQ(inherit(config, **page, holdings).at(0).state, GroupState::blocked);
}

TEST(Inherit, what_a_captured_engine_wrote_is_not_believed) {
    const auto config = make_config({"a x"});
    const policy::Holdings holdings(config);
    auto page = make_page();
    (*page)->groups[0].state = 250;
    (*page)->groups[0].holder = 99;
    const auto groups = inherit(config, **page, holdings);
    EXPECT_EQ(groups.at(0).state, GroupState::blocked);
    EXPECT_FALSE(groups[0].holder.exists());
}

TEST(Inherit, the_dead_peers_are_bits_by_node) {
    const auto config = make_config({"a x"});
    auto page = make_page();
    (*page)->peers_dead = 2;
    EXPECT_EQ(peers_dead(config, **page), (std::vector<bool>{false, true}));
}

TEST(Mapping, goes_by_canonical_line_and_by_name) {
    const auto from = make_config({"a x y", "a z", "b w"});
    const auto to = make_config({"b w", "a x y", "b new"}, {"b", "c", "a"});
    const Mapping mapping = map_configurations(from, to);
    EXPECT_EQ(mapping.groups, (std::vector<GroupId>{g(1), GroupId{}, g(0)}));
    EXPECT_EQ(mapping.resources, (std::vector<ResourceId>{r(1), r(2), ResourceId{}, r(0)}));
    EXPECT_EQ(mapping.nodes, (std::vector<NodeId>{id_of<NodeId>(2), id_of<NodeId>(0)}));
}

TEST(Mapping, takes_registers_states_and_dead_peers_along) {
    const auto from = make_config({"a x", "b w"});
    const auto to = make_config({"b new", "b w", "a x"}, {"b", "a"});
    auto page = make_page();
    write(**page, 0, GroupState::owned, 0, 5);
    write(**page, 1, GroupState::foreign, 1, 6);
    (*page)->peers_dead = 2;
    remap_page(**page, map_configurations(from, to));
    EXPECT_EQ((*page)->groups[2].epoch, 5u);
    EXPECT_EQ((*page)->groups[2].holder, 1u);
    EXPECT_EQ((*page)->groups[1].holder, 0u);
    EXPECT_EQ((*page)->groups[0].epoch, 0u);
    EXPECT_EQ((*page)->groups[0].holder, 0xffff);
    EXPECT_EQ((*page)->peers_dead, 1u);
}

TEST(Lives, of_the_peers_are_inherited_and_mapped_by_name) {
    const auto from = make_config({"a x"}, {"a", "b", "c"});
    auto page = make_page();
    (*page)->lives[1].generation = 7;
    (*page)->lives[1].sequence = 99;
    (*page)->lives[1].met = 1;
    EXPECT_EQ(known_lives(from, **page)[1], (core::KnownLife{7, 99, true}));
    remap_page(**page, map_configurations(from, make_config({"a x"}, {"b", "a"})));
    EXPECT_EQ(known_lives(from, **page)[0], (core::KnownLife{7, 99, true}));
    EXPECT_EQ(known_lives(from, **page)[1], core::KnownLife{});
}

TEST(Lives, that_an_engine_without_rights_wrote_are_bounded) {
    const auto config = make_config({"a x"});
    auto page = make_page();
    (*page)->lives[1].generation = 0xffffffff;
    EXPECT_EQ(known_lives(config, **page)[1].generation, 0xfffeffffu);
}

TEST(Lives, are_recalled_from_the_disk_without_having_been_met) {
    const auto config = make_config({"a x"}, {"a", "b", "c.example.org"});
    auto page = make_page();
    recall_lives("b 7\nzz 4\nc.example.org 1795337344\nb x\nb 4294967295\n\nc.example.org", config, **page);
    EXPECT_EQ(known_lives(config, **page)[1], (core::KnownLife{7, 0, false}));
    EXPECT_EQ(known_lives(config, **page)[2], (core::KnownLife{1795337344, 0, false}));
}
