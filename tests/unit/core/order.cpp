// What is asked, stopped and acknowledged when, to the last digit.
#include <charconv>

#include "linux_ha.hpp"

namespace hb::core {
namespace {

constexpr const char* times = "keepalive 100ms\ndeadtime 800ms\ninitdead 3\nbcast eth0\nauto_failback on\n";

/// What that node was told since, announcements apart.
std::vector<std::string> acts(const Cluster& c, std::size_t node) {
    std::vector<std::string> out;
    for (const auto& operation : c.nodes[node].operations)
        if (!operation.starts_with("announce")) out.push_back(operation);
    return out;
}

TEST(Order, a_mixed_group_is_stopped_from_its_end_scripts_alone_and_neighbouring_addresses_together) {
    Cluster c(times, "a 10.0.0.1 10.0.0.2 web 10.0.0.3 10.0.0.4 logger\n");
    c.start(0);
    c.start(1);
    c.run(1s);
    ASSERT_TRUE(c.serves(0, 5)) << c.log_of(0);
    c.nodes[0].operations.clear();
    c.step(0, OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::standby});
    c.run(500ms);
    EXPECT_EQ(acts(c, 0), (std::vector<std::string>{"stop 5-5", "stop 3-4", "stop 2-2", "stop 0-1"}));
}

TEST(Order, the_addresses_of_a_release_at_once_are_stopped_together_before_any_script) {
    Cluster c(times, "a 10.0.0.1 10.0.0.2 web 10.0.0.3 10.0.0.4 logger\n");
    c.start(0);
    c.start(1);
    c.run(1s);
    c.nodes[0].operations.clear();
    c.lost = [](std::size_t from, std::size_t) { return from == 0; };
    c.run(900ms);
    EXPECT_EQ(acts(c, 0), (std::vector<std::string>{"stop 3-4", "stop 0-1", "stop 5-5", "stop 2-2"}))
        << c.log_of(0);
}

TEST(Order, a_stop_never_reaches_into_the_group_before_it) {
    Cluster c(times, "a 10.0.0.1\na 10.0.0.2 web\n", 1);
    c.outcome = [](std::size_t, std::string_view verb, std::size_t resource) {
        return verb == "start" && resource == 2 ? Outcome::failed : Outcome::ok;
    };
    c.start(0);
    c.run(1s);
    std::vector<std::string> stops;
    for (const auto& operation : acts(c, 0))
        if (operation.starts_with("stop")) stops.push_back(operation);
    EXPECT_EQ(stops, (std::vector<std::string>{"stop 2-2", "stop 1-1"})) << c.log_of(0);
    EXPECT_TRUE(c.serves(0, 0));
}

TEST(Order, of_two_addresses_only_the_one_that_did_not_stop_is_stopped_again) {
    for (const std::size_t stubborn : {0u, 1u}) {
        Cluster c(times, "a 10.0.0.1 10.0.0.2\n");
        c.start(0);
        c.start(1);
        c.run(1s);
        c.nodes[0].operations.clear();
        std::size_t tries = 0;
        c.outcome = [&](std::size_t, std::string_view verb, std::size_t resource) {
            return verb == "stop" && resource == stubborn && tries++ == 0 ? Outcome::failed : Outcome::ok;
        };
        c.step(0, OperatorAsked{.client = 1, .verb = OperatorAsked::Verb::standby});
        c.run(3s);
        const std::string again = stubborn == 0 ? "stop 0-0" : "stop 1-1";
        EXPECT_EQ(acts(c, 0), (std::vector<std::string>{"stop 0-1", again})) << c.log_of(0);
    }
}

TEST(Order, the_first_question_of_a_monitor_comes_one_interval_after_the_start) {
    Cluster c(std::string(times) + "monitor * 20s 500ms\n", "a 10.0.0.100 web\n", 1);
    std::vector<Instant> asked;
    c.on_operate = [&](std::string_view verb) {
        if (verb == "monitor") asked.push_back(c.now);
    };
    c.start(0);
    while (c.state(0) != GroupState::owned) c.run(1ms);
    const Instant owned = c.now;
    c.run(30s);
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_GE(asked[0] - owned, 19700ms);  // questions due within 250 ms go together
    EXPECT_LE(asked[0] - owned, 20001ms);
}

TEST(Order, each_group_that_is_without_carrier_is_given_up_and_no_other) {
    Cluster c(times, "a 10.0.0.1\na 10.0.0.2 web\na 10.0.0.3 logger\n");
    c.start(0);
    c.start(1);
    c.run(1s);
    ASSERT_TRUE(c.serves(0, 0) && c.serves(0, 1) && c.serves(0, 3));
    c.crash(1);
    c.run(2s);
    c.step(0, CarrierChanged{.first = ResourceId{0}, .last = ResourceId{0}, .carrier = false});
    c.step(0, CarrierChanged{.first = ResourceId{3}, .last = ResourceId{3}, .carrier = false});
    c.run(1s);
    EXPECT_FALSE(c.serves(0, 0)) << c.log_of(0);
    EXPECT_TRUE(c.serves(0, 1));
    EXPECT_FALSE(c.serves(0, 3));
}

/// Hears forty statuses of a 3.0.6 peer and gives each acknowledgement, with the newest number at that time.
struct Acknowledging : LinuxHa {
    std::vector<std::pair<std::uint64_t, Sequence>> acknowledged(std::uint64_t seed, Sequence without = 0) {
        core_ = std::make_unique<Core>(config_,
                                       Origin{.digest = auth::sha256_head,
                                              .generation = 5,
                                              .uuid = {},
                                              .seed = seed,
                                              .restarted = false,
                                              .groups = {},
                                              .peer_was_dead = {}},
                                       now_);
        step(Tick{});
        std::vector<std::pair<std::uint64_t, Sequence>> out;
        for (Sequence n = 1; n <= 40; ++n) {
            if (n == without) continue;
            sent_.clear();
            say("status", {{"st", "active"}, {"dt", "7d0"}, {"protocol", "1"}}, n);
            for (const auto& fields : sent_)
                if (get(fields, "t") == "NS_ackmsg")
                    out.emplace_back(std::stoul(get(fields, "ackseq"), nullptr, 16), n);
        }
        return out;
    }
};

TEST_F(Acknowledging, each_tenth_number_of_a_3_0_6_peer_is_acknowledged_when_it_comes) {
    std::set<std::uint64_t> digits;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const auto all = acknowledged(seed);
        ASSERT_EQ(all.size(), 4u) << seed;
        const std::uint64_t first = all.front().first;
        EXPECT_GE(first, 1u);
        EXPECT_LE(first, 10u);
        for (std::size_t i = 0; i < all.size(); ++i) {
            EXPECT_EQ(all[i].first, first + 10 * i) << seed;
            EXPECT_EQ(all[i].second, all[i].first) << "neither before nor after it came";
        }
        digits.insert(first % 10);
    }
    EXPECT_EQ(digits.size(), 10u) << "peers that boot together choose different ones";
}

TEST_F(Acknowledging, nothing_beyond_a_missing_number_is_acknowledged) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
        for (const auto& [number, newest] : acknowledged(seed, 17)) {
            EXPECT_LT(number, 17u);
            EXPECT_LE(number, newest);
        }
}

}  // namespace
}  // namespace hb::core
