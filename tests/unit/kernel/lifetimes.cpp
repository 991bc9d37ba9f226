#include <poll.h>

#include <optional>

#include "hb/base/clock.hpp"
#include "unit/kernel/host.hpp"

namespace hb::kernel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr ResourceId first{0}, second{1};

/// Addresses that end by themselves after 2 s, the least the supervisor is given.
class Lifetimes : public Host {
protected:
    void begin(std::vector<config::AddressSpec> specs) {
        configure(std::move(specs));
        config.address_lifetime = 2s;
        start();
    }
    static std::string shown() { return output_of("ip -o -4 addr show dev eth0"); }
    static std::string seconds_left(const std::string& address) {
        return output_of("ip -o -4 addr show dev eth0 | sed -n 's/.* inet " + address +
                         "\\/.*valid_lft \\([^ ]*\\) .*/\\1/p'");
    }
    bool is_readable(int ms = 0) {
        pollfd waiting{addresses->monitor_fd(), POLLIN, 0};
        return ::poll(&waiting, 1, ms) == 1;
    }
    /// A whole round, of this one or of none.
    void prolong(std::optional<ResourceId> only = {}) {
        do {
            addresses->prolong({.to_hold = [] { return true; },
                                .to_hold_this = [only](ResourceId resource) { return resource == only; }});
        } while (addresses->prolong_at() == Instant{});
    }
    /// What ends after 2 s is added; when that was begun. Requests wait for a lock that all namespaces share: one that waited for long
    /// is taken back, for nothing here would know how long the kernel has had the addresses.
    Instant add_in_time() {
        for (;;) {
            begin({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0")});
            const Instant begun = boot_now();
            add(all());
            if (boot_now() - begun < 300ms) return begun;
            run("ip addr flush dev eth0");
        }
    }
    /// Waits until the lifetime of what was last prolonged has passed for certain.
    static void wait_until(Instant then) {
        while (boot_now() < then) ::poll(nullptr, 0, 20);
    }
};

TEST_F(Lifetimes, are_given_to_addresses_and_shown) {
    begin({spec("10.0.0.100", 24, "eth0")});
    const Instant before = boot_now();
    add_first();
    EXPECT_THAT(shown(), HasSubstr("dynamic eth0:0"));
    EXPECT_EQ(seconds_left("10.0.0.100"), "2sec\n");
    EXPECT_GE(addresses->prolong_at(), before + 1s);
    EXPECT_LE(addresses->prolong_at(), boot_now() + 1s);
}

TEST_F(Lifetimes, are_prolonged_a_batch_a_time_and_no_batch_without_the_right_to_hold_at_its_own_time) {
    std::vector<config::AddressSpec> specs;
    for (int i = 1; i <= 150; ++i) specs.push_back(spec(("10.0.0." + std::to_string(i)).c_str(), 24, "eth0"));
    begin(specs);
    add(all());
    const Instant added = boot_now();
    wait_until(added + 1100ms);
    int asked = 0;
    const Addresses::Right right{.to_hold = [&] { return ++asked <= 2; },
                                 .to_hold_this = [](ResourceId) { return true; }};
    addresses->prolong(right);
    EXPECT_EQ(addresses->prolong_at(), Instant{});
    EXPECT_EQ(output_of("ip -o -4 addr show dev eth0 | grep -c 'valid_lft 2sec'"), "64\n");
    addresses->prolong(right);
    EXPECT_EQ(addresses->prolong_at(), Instant{});
    addresses->prolong(right);
    EXPECT_EQ(asked, 3);
    EXPECT_GT(addresses->prolong_at(), boot_now());
    EXPECT_LE(addresses->prolong_at(), boot_now() + 500ms);  // the right may come back
    EXPECT_EQ(output_of("ip -o -4 addr show dev eth0 | grep -c 'valid_lft 2sec'"), "128\n");
}

TEST_F(Lifetimes, that_pass_are_told_as_such_and_not_as_the_act_of_another_program) {
    begin({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0")});
    add(all());
    addresses->drain_monitor();
    run("ip addr del 10.0.0.101/24 dev eth0");
    EXPECT_THAT(addresses->drain_monitor().removed_by_others, ElementsAre(second));
    ASSERT_TRUE(is_readable(5000));
    const auto heard = addresses->drain_monitor();
    EXPECT_THAT(heard.expired, ElementsAre(first));
    EXPECT_THAT(heard.removed_by_others, IsEmpty());
    EXPECT_EQ(addresses_of("eth0"), "");
    EXPECT_EQ(add_first().outcome, core::Outcome::ok);
    EXPECT_EQ(seconds_left("10.0.0.100"), "2sec\n");
}

TEST_F(Lifetimes, are_prolonged_and_nobody_here_is_woken_by_that) {
    bool readable = true;
    std::string first_left, second_left;
    std::uint64_t sent = 0;
    Instant begun, prolonged;
    for (;;) {
        sent = announcer.sent();
        begun = add_in_time();
        wait_until(begun + 1350ms);
        prolong(first);
        prolonged = boot_now();
        readable = is_readable();
        first_left = seconds_left("10.0.0.100");
        second_left = seconds_left("10.0.0.101");
        if (boot_now() - begun < 1900ms) break;
        run("ip addr flush dev eth0");  // the lock again
    }
    EXPECT_FALSE(readable);
    EXPECT_EQ(first_left, "2sec\n");
    EXPECT_EQ(second_left, "1sec\n");
    const auto heard = addresses->drain_monitor();
    EXPECT_THAT(heard.links, IsEmpty());
    EXPECT_THAT(heard.removed_by_others, IsEmpty());
    EXPECT_EQ(announcer.sent() - sent, 4u);  // of the two that were added
    ASSERT_TRUE(is_readable(5000));
    EXPECT_LT(boot_now(), prolonged + 2s);
    EXPECT_THAT(addresses->drain_monitor().expired, ElementsAre(second));
    EXPECT_EQ(output_of("ip -o -4 addr show dev eth0 | wc -l"), "1\n");
    EXPECT_THAT(shown(), HasSubstr("10.0.0.100/24 brd 10.0.0.255 scope global dynamic eth0:0"));
}

TEST_F(Lifetimes, of_an_address_that_somebody_removed_are_not_prolonged_for_that_would_add_it) {
    begin({spec("10.0.0.100", 24, "eth0")});
    add_first();
    run("ip addr del 10.0.0.100/24 dev eth0");
    prolong(first);
    EXPECT_EQ(addresses_of("eth0"), "");
    EXPECT_TRUE(addresses->has_news());
    EXPECT_THAT(addresses->drain_monitor().removed_by_others, ElementsAre(first));
}

TEST_F(Lifetimes, that_have_passed_are_not_prolonged_whatever_the_kernel_still_has) {
    begin({spec("10.0.0.100", 24, "eth0")});
    add_first();
    run("ip addr change 10.0.0.100/24 dev eth0 valid_lft 100 preferred_lft 100");
    wait_until(boot_now() + 2s);
    prolong(first);
    EXPECT_EQ(seconds_left("10.0.0.100"), "98sec\n");
}

TEST_F(Lifetimes, of_a_primary_address_take_no_other_with_them) {
    set_promote("0");
    begin({spec("10.0.0.100", 24, "eth0")});
    add_first();
    run("ip addr add 10.0.0.1/24 dev eth0");
    addresses->drain_monitor();
    while (is_readable(5000) && addresses->drain_monitor().expired.empty()) {
    }
    EXPECT_EQ(addresses_of("eth0"), "10.0.0.1/24 eth0\n");
}

TEST_F(Lifetimes, end_with_the_configuration_that_wants_none) {
    begin({spec("10.0.0.100", 24, "eth0")});
    add_first();
    config::Config other = config;
    other.address_lifetime = 0s;
    const ResourceId same[] = {first};
    addresses->reconfigure(other, same);
    EXPECT_LE(addresses->prolong_at(), boot_now());
    prolong(first);
    EXPECT_EQ(seconds_left("10.0.0.100"), "forever\n");
    EXPECT_EQ(addresses->prolong_at(), never);
    addresses->reconfigure(config, same);
    prolong(first);
    EXPECT_EQ(seconds_left("10.0.0.100"), "2sec\n");
}

TEST_F(Lifetimes, are_kept_to_while_nothing_may_be_prolonged) {
    begin({spec("10.0.0.100", 24, "eth0")});
    add_first();
    prolong();
    EXPECT_LE(addresses->prolong_at(), boot_now() + 500ms);  // asked again before they pass
    EXPECT_GT(addresses->prolong_at(), boot_now());
    remove_first();
    prolong();
    EXPECT_EQ(addresses->prolong_at(), never);
}

TEST_F(Lifetimes, of_what_was_there_before_are_not_ours_to_prolong) {
    begin({spec("10.0.0.100", 24, "eth0")});
    run("ip addr add 10.0.0.100/24 dev eth0 valid_lft 100 preferred_lft 100");
    add_first();
    prolong(first);
    EXPECT_EQ(seconds_left("10.0.0.100"), "100sec\n");
}

}  // namespace
}  // namespace hb::kernel
