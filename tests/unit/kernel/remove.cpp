#include <algorithm>

#include "unit/kernel/host.hpp"

namespace hb::kernel {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

using Remove = Host;
using Adopt = Host;
using Reconfigure = Host;

TEST_F(Remove, takes_ours_away_and_nothing_else) {
    run("ip addr add 10.0.0.1/24 brd + dev eth0");
    configure({spec("10.0.0.100")});
    start();
    add_first();
    const auto answer = remove_first();
    EXPECT_EQ(answer.outcome, core::Outcome::ok);
    EXPECT_FALSE(answer.already_there);
    EXPECT_EQ(answer.interface, "eth0");
    EXPECT_EQ(answer.label, "eth0:0");
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.1/24 brd 10.0.0.255 eth0\n");
    EXPECT_FALSE(addresses->ours(id_of<ResourceId>(0)));
}

TEST_F(Remove, leaves_an_address_that_was_there_before) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    run("ip addr add 10.0.0.100/24 dev eth0");
    configure({spec("10.0.0.100")});
    start();
    add_first();
    const auto answer = remove_first();
    EXPECT_EQ(answer.outcome, core::Outcome::ok);
    EXPECT_TRUE(answer.already_there);
    EXPECT_THAT(answer.detail, HasSubstr("not added by us"));
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.1/24 eth0\n10.0.0.100/24 eth0\n");
}

TEST_F(Remove, of_what_was_never_added_is_a_success) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    EXPECT_EQ(remove_first().outcome, core::Outcome::ok);
}

TEST_F(Remove, of_what_somebody_else_removed_is_a_success) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    run("ip addr del 10.0.0.100/24 dev eth0");
    const auto answer = remove_first();
    EXPECT_EQ(answer.outcome, core::Outcome::ok);
    EXPECT_THAT(answer.detail, HasSubstr("gone already"));
}

TEST_F(Remove, of_a_primary_leaves_the_hosts_secondary_and_a_third_of_ours) {
    set_promote("0");
    configure({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0")});
    start();
    add_first();
    run("ip addr add 10.0.0.1/24 dev eth0");
    add({id_of<ResourceId>(1)});
    EXPECT_EQ(remove_first().outcome, core::Outcome::ok);
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.1/24 eth0\n10.0.0.101/24 brd 10.0.0.255 eth0:1\n");
}

TEST_F(Remove, of_a_primary_sets_promote_secondaries_again_when_somebody_reset_it) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    run("ip addr add 10.0.0.1/24 dev eth0");
    set_promote("0");
    remove_first();
    EXPECT_EQ(promote(), '1');
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.1/24 eth0\n");
}

TEST_F(Remove, of_a_primary_is_refused_where_it_would_take_the_hosts_address_with_it) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    run("ip addr add 10.0.0.1/24 dev eth0");
    set_promote("0");
    conf = "/nonexistent";
    start();
    ASSERT_TRUE(addresses->adopt(id_of<ResourceId>(0)));
    const auto answer = remove_first();
    EXPECT_EQ(answer.outcome, core::Outcome::failed);
    EXPECT_THAT(answer.detail, HasSubstr("would take other addresses of eth0 with it"));
    EXPECT_THAT(addresses_of("eth0"), AllOf(HasSubstr("10.0.0.1/24"), HasSubstr("10.0.0.100/24")));
    EXPECT_TRUE(addresses->ours(id_of<ResourceId>(0)));
}

TEST_F(Remove, with_32_bits_is_independent_of_the_hosts_address) {
    set_promote("0");
    conf = "/nonexistent";
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    run("ip addr add 10.0.0.1/24 dev eth0");
    EXPECT_EQ(remove_first().outcome, core::Outcome::ok);
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.1/24 eth0\n");
}

TEST_F(Remove, of_the_hosts_primary_by_its_operator_leaves_ours) {
    set_promote("0");
    run("ip addr add 10.0.0.1/24 dev eth0");
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    run("ip addr del 10.0.0.1/24 dev eth0");
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.100/24 brd 10.0.0.255 eth0:0\n");
    EXPECT_THAT(addresses->drain_monitor().removed_by_others, SizeIs(0));
}

TEST_F(Remove, of_a_thousand_leaves_only_the_host) {
    run("ip addr add 10.0.0.1/16 dev eth0");
    std::vector<config::AddressSpec> many;
    for (unsigned i = 0; i < 1000; ++i) many.push_back(spec(to_text(Ipv4{0x0a000100 + i}).c_str()));
    configure(many);
    start();
    add(all());
    const auto answers = remove(all());
    EXPECT_EQ(answers.size(), 1000u);
    EXPECT_THAT(answers, Each(Field(&Addresses::Answer::outcome, core::Outcome::ok)));
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.1/16 eth0\n");
    EXPECT_THAT(addresses->drain_monitor().removed_by_others, SizeIs(0));
}

TEST_F(Adopt, takes_over_what_an_earlier_daemon_added_and_removes_it) {
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    start();
    EXPECT_FALSE(addresses->ours(id_of<ResourceId>(0)));
    EXPECT_TRUE(addresses->adopt(id_of<ResourceId>(0)));
    remove_first();
    EXPECT_EQ(addresses_of("eth0"), "");
}

TEST_F(Adopt, does_not_take_an_address_without_our_mark) {
    if (!keeps_marks_here()) GTEST_SKIP() << "this kernel does not keep IFA_PROTO";
    run("ip addr add 10.0.0.100/24 dev eth0");
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    EXPECT_FALSE(addresses->adopt(id_of<ResourceId>(0)));
}

TEST_F(Adopt, finds_nothing_where_nothing_is) {
    configure({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.100", 24, "eth9")});
    start();
    EXPECT_FALSE(addresses->adopt(id_of<ResourceId>(0)));
    EXPECT_FALSE(addresses->adopt(id_of<ResourceId>(1)));
}

TEST_F(Reconfigure, keeps_what_has_a_new_id_and_removes_what_has_none) {
    configure({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0")});
    start();
    add(all());
    config::Config next = config;
    next.resources = {config.resources[1]};
    const ResourceId mapping[] = {ResourceId{}, id_of<ResourceId>(0)};
    addresses->reconfigure(next, mapping);
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.101/24 brd 10.0.0.255 eth0:1\n");
    EXPECT_TRUE(addresses->ours(id_of<ResourceId>(0)));
    remove_first();
    EXPECT_EQ(addresses_of("eth0"), "");
}

}  // namespace
}  // namespace hb::kernel
