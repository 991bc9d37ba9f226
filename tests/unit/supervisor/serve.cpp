#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "supervisor/serve/server.hpp"
#include "unit/scripts/script_world.hpp"

using namespace hb;
using namespace hb::supervisor;
using core::Outcome;

namespace {

/// A server over groups of scripts alone; what happened is one line per act in the file "acts".
struct ServeWorld : ScriptWorld {
    explicit ServeWorld(std::initializer_list<std::vector<const char*>> groups)
        : ServeWorld(std::vector<std::vector<const char*>>(groups)) {}
    explicit ServeWorld(const std::vector<std::vector<const char*>>& groups) {
        for (const auto& names : groups) {
            config::Group group;
            group.first = id_of<ResourceId>(config.resources.size());
            group.count = static_cast<std::uint16_t>(names.size());
            group.line = "a";
            for (const char* name : names) {
                group.line += std::string(" ") + name;
                config.resources.push_back(resource(name));
                config.resources.back().group = id_of<GroupId>(config.groups.size());
            }
            config.groups.push_back(group);
        }
        for (const char* name : {"one", "two", "three"}) well(name);
        script("resource.d/broken",
               "[ $1 = stop ] && exit 1; echo broken $1 >> $(dirname $0)/../acts; exit 1");
        script("resource.d/stubborn", "[ $1 = stop ] && exit 1; echo running");
        holdings = std::make_unique<policy::Holdings>(config);
        server.use(config, *holdings);
        on_end = [this](const scripts::Scripts::End& end) { server.script_ended(end, now); };
    }
    void well(const char* name) {
        script((std::string("resource.d/") + name).c_str(),
               "[ $1 = status ] || echo $(basename $0) $1 >> $(dirname $0)/../acts; exit 0");
    }
    void ask(ipc::Request::Kind kind, OperationId operation, std::size_t first, std::size_t last) {
        ipc::Request request;
        request.kind = kind;
        request.operation = operation;
        request.first = id_of<ResourceId>(first);
        request.last = id_of<ResourceId>(last);
        request.limit_ms = 60'000;
        server.accept(request);
    }
    void serve() {
        server.pump(now);
        serve_until([this] {
            server.pump(now);
            return server.idle();
        });
    }
    /// Up to the end of the release, whatever it is.
    void fail_to_stop() {
        holdings->starting(id_of<ResourceId>(0));
        server.release_all();
        for (int attempt = 0; attempt < 10; ++attempt) {
            server.pump(now);
            serve_until([&] { return !scripts.any_busy(); });
            EXPECT_EQ(server.deadline(), now + 1s);
            EXPECT_TRUE(released.empty());
            now += 1s;
        }
        serve();
    }
    /// "op:first-last:outcome", in the order told.
    std::vector<std::string> told;
    std::vector<std::string> released;
    kernel::Announcer announcer;
    kernel::Addresses addresses{
        config, announcer, [](const log::Kind&, std::initializer_list<log::Fact>) {}, {}};
    std::unique_ptr<policy::Holdings> holdings;
    Server server{
        addresses,
        scripts,
        journal,
        root + "/holdings",
        {[this](const ipc::Notice& n) {
             told.push_back(std::to_string(n.operation) + ":" + std::to_string(n.first.value) + "-" +
                            std::to_string(n.last.value) + ":" + std::to_string(n.outcome));
         },
         [this](GroupId group, Outcome outcome) {
             released.push_back(std::to_string(group.value) + (outcome == Outcome::ok ? ":ok" : ":blocked"));
         }}};
};
using Lines = std::vector<std::string>;
constexpr auto start = ipc::Request::Kind::start;
constexpr auto stop = ipc::Request::Kind::stop;
constexpr auto monitor = ipc::Request::Kind::monitor;

}  // namespace

TEST(Serve, refuses_unknown_kinds_of_requests) {
    ServeWorld world{{"one", "two"}};
    world.ask(static_cast<ipc::Request::Kind>(77), 1, 0, 1);
    world.serve();
    EXPECT_TRUE(world.told.empty());
    EXPECT_FALSE(std::filesystem::exists(world.root + "/acts"));
}

TEST(Serve, takes_no_more_requests_than_an_engine_can_have_under_way) {
    ServeWorld world{{"one", "two"}};
    for (OperationId n = 1; n <= 5000; ++n) world.ask(stop, n, 0, 1);
    world.serve();
    EXPECT_LT(world.told.size(), 200u);
    world.told.clear();
    world.ask(start, 6000, 0, 1);
    world.serve();
    EXPECT_EQ(world.told, (Lines{"6000:0-0:0", "6000:1-1:0"}));
}

TEST(Serve, a_group_starts_left_to_right_and_stops_right_to_left) {
    ServeWorld world{{"one", "two", "three"}};
    world.ask(start, 1, 0, 2);
    world.serve();
    world.ask(stop, 2, 0, 2);
    world.serve();
    EXPECT_EQ(world.file("acts"), "one start\ntwo start\nthree start\nthree stop\ntwo stop\none stop\n");
    EXPECT_EQ(world.told, (Lines{"1:0-0:0", "1:1-1:0", "1:2-2:0", "2:2-2:0", "2:1-1:0", "2:0-0:0"}));
    EXPECT_FALSE(world.holdings->may_hold_any(id_of<GroupId>(0)));
}

TEST(Serve, what_is_started_stands_in_the_holdings_file_and_leaves_it_again) {
    ServeWorld world{{"one", "two"}};
    world.script("resource.d/two", "cat $(dirname $0)/../holdings > $(dirname $0)/../seen");
    world.ask(start, 1, 0, 1);
    world.serve();
    EXPECT_EQ(world.file("seen"), "0,1 a one two\n") << "before the act";
    world.ask(stop, 2, 0, 1);
    world.serve();
    EXPECT_EQ(world.file("holdings"), "");
}

TEST(Serve, what_stands_behind_a_failed_start_is_not_attempted_and_answered_as_failed) {
    ServeWorld world{{"one", "broken", "three"}};
    world.ask(start, 1, 0, 2);
    world.serve();
    EXPECT_EQ(world.file("acts"), "one start\nbroken status\nbroken start\n");
    EXPECT_EQ(world.told, (Lines{"1:0-0:0", "1:1-2:1"}));
    EXPECT_TRUE(world.holdings->may_hold(id_of<ResourceId>(1)));
    EXPECT_FALSE(world.holdings->may_hold(id_of<ResourceId>(2)));
}

TEST(Serve, a_stop_overtakes_what_a_start_has_not_begun) {
    ServeWorld world{{"one", "two"}};
    world.ask(start, 1, 0, 1);
    world.server.pump(world.now);
    world.ask(stop, 2, 0, 1);
    world.serve();
    const std::string acts = world.file("acts");
    EXPECT_EQ(acts.find("two start"), std::string::npos) << acts;
    EXPECT_NE(acts.find("one start\n"), std::string::npos) << acts;
    EXPECT_EQ(acts.substr(acts.size() - 9), "one stop\n") << acts;
}

TEST(Serve, groups_do_not_wait_for_each_other) {
    ServeWorld world{{"one"}, {"two"}};
    ASSERT_EQ(::mkfifo((world.root + "/go").c_str(), 0600), 0);
    world.script("resource.d/one", "[ $1 = start ] && read x < $(dirname $0)/../go; exit 0");
    world.script("resource.d/two", "[ $1 = start ] && echo go > $(dirname $0)/../go; exit 0");
    world.ask(start, 1, 0, 1);
    world.serve();
    const Lines apart{"1:0-0:0", "1:1-1:0"}, apart_too{"1:1-1:0", "1:0-0:0"}, together{"1:0-1:0"};
    EXPECT_TRUE(world.told == apart || world.told == apart_too || world.told == together);
}

TEST(Serve, ids_that_do_not_exist_are_refused_with_a_line) {
    ServeWorld world{{"one"}};
    world.ask(start, 1, 0, 1);
    world.ask(stop, 2, 700, 701);
    world.serve();
    EXPECT_TRUE(world.told.empty());
    EXPECT_TRUE(world.logged("names resources that do not exist"));
    EXPECT_EQ(world.file("acts"), "");
}

TEST(Serve, stopping_a_script_that_is_nowhere_and_was_never_started_is_no_failure) {
    ServeWorld world{{"not-there"}};
    world.ask(start, 1, 0, 0);
    world.serve();
    world.ask(stop, 2, 0, 0);
    world.serve();
    EXPECT_EQ(world.told, (Lines{"1:0-0:1", "2:0-0:0"}));
}

TEST(Serve, a_release_of_our_own_cancels_what_is_asked_and_tells_its_end) {
    ServeWorld world{{"one", "two"}};
    world.ask(start, 1, 0, 1);
    world.serve();
    world.server.release(id_of<GroupId>(0));
    world.ask(start, 2, 0, 1);
    world.serve();
    EXPECT_EQ(world.released, (Lines{"0:ok"}));
    EXPECT_EQ(world.told.back(), "2:0-1:1");
    EXPECT_EQ(world.file("acts"), "one start\ntwo start\ntwo stop\none stop\n");
}

TEST(Serve, a_release_ends_a_start_that_is_under_way) {
    ServeWorld world{{"one"}};
    ASSERT_EQ(::mkfifo((world.root + "/go").c_str(), 0600), 0);
    world.script(
        "resource.d/one",
        "echo one $1 >> $(dirname $0)/../acts; [ $1 = start ] && read x < $(dirname $0)/../go; exit 0");
    world.ask(start, 1, 0, 0);
    world.server.pump(world.now);
    world.serve_until([&] { return world.file("acts").find("one start") != std::string::npos; });
    world.server.release_all();
    world.serve();
    EXPECT_EQ(world.released, (Lines{"0:ok"}));
    EXPECT_EQ(world.file("acts"), "one status\none start\none stop\n");
}

TEST(Serve, a_stop_that_keeps_failing_blocks_the_group_after_ten_attempts_a_second_apart) {
    ServeWorld world{{"stubborn"}};
    world.fail_to_stop();
    EXPECT_EQ(world.released, (Lines{"0:blocked"}));
    EXPECT_TRUE(world.holdings->may_hold(id_of<ResourceId>(0)));
    EXPECT_TRUE(world.logged("Retrying failed stop operation [stubborn]"));
}

TEST(Serve, after_ten_attempts_status_decides_and_what_does_not_run_counts_as_stopped) {
    ServeWorld world{{"broken"}};
    world.fail_to_stop();
    EXPECT_EQ(world.released, (Lines{"0:ok"}));
    EXPECT_FALSE(world.holdings->may_hold_any(id_of<GroupId>(0)));
    EXPECT_TRUE(
        world.logged("broken fails to stop, but its status says that it does not run: it counts as stopped"));
}

TEST(Serve, a_status_that_says_nothing_does_not_make_a_failed_stop_good) {
    ServeWorld world{{"dumb"}};
    world.script("resource.d/dumb", "[ $1 = status ] && kill -9 $$; exit 1");
    world.fail_to_stop();
    EXPECT_EQ(world.released, (Lines{"0:blocked"}));
}

TEST(Serve, what_the_engine_counts_as_stopped_is_held_no_more) {
    ServeWorld world{{"broken", "stubborn"}};
    for (const OperationId i : {0u, 1u}) world.holdings->starting(id_of<ResourceId>(i));
    for (const OperationId i : {0u, 1u}) world.ask(monitor, 1 + i, i, i);
    world.serve_until([&] {
        world.server.pump(world.now);
        return world.told.size() == 2;
    });
    EXPECT_TRUE(world.holdings->may_hold(id_of<ResourceId>(0))) << "a monitor alone stops nothing";
    world.told.clear();
    for (const OperationId i : {1u, 0u}) {
        world.ask(stop, 3 + i, i, i);
        world.serve();
        world.ask(monitor, 5 + i, i, i);
        world.serve_until([&] {
            world.server.pump(world.now);
            return world.told.size() == 4 - 2 * i;
        });
    }
    EXPECT_EQ(world.told, (Lines{"4:1-1:1", "6:1-1:0", "3:0-0:1", "5:0-0:1"}));
    EXPECT_TRUE(world.holdings->may_hold(id_of<ResourceId>(1)));
    EXPECT_FALSE(world.holdings->may_hold(id_of<ResourceId>(0)));
}

TEST(Serve, of_many_releases_of_our_own_a_bounded_number_runs_at_a_time) {
    std::vector<std::vector<const char*>> groups(100, {"one"});
    ServeWorld world(groups);
    world.script("resource.d/one", "until [ -e $(dirname $0)/../go ]; do sleep 0.05; done");
    for (std::size_t i = 0; i < groups.size(); ++i) world.holdings->starting(id_of<ResourceId>(i));
    world.server.release_all();
    world.server.pump(world.now);
    world.server.pump(world.now);
    std::size_t busy = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) busy += world.scripts.busy(id_of<ResourceId>(i));
    EXPECT_EQ(busy, 64u);
    EXPECT_FALSE(world.server.idle());
    std::ofstream(world.root + "/go") << "";
    world.serve();
    EXPECT_EQ(world.released.size(), 100u);
}

TEST(Serve, what_runs_at_the_start_and_was_not_started_here_is_named) {
    ServeWorld world{{"stubborn"}, {"one"}, {"nowhere"}};
    world.server.look_for_strangers();
    world.server.pump(world.now);
    world.serve_until([&] {
        world.server.pump(world.now);
        return world.scripts.looks() == 0;
    });
    EXPECT_TRUE(world.logged("stubborn runs here although this node has not started it"));
    EXPECT_FALSE(world.logged("one runs here"));
    EXPECT_FALSE(world.logged("nowhere")) << "it may be on a file system that is mounted later";
    EXPECT_TRUE(world.told.empty());
}

TEST(Serve, a_start_does_not_wait_for_the_look_at_the_beginning) {
    ServeWorld world{{"one"}};
    world.script(
        "resource.d/one",
        "echo $1 >> $(dirname $0)/../acts; [ $1 = status ] && [ ! -e $(dirname $0)/../quick ] && sleep 1000; exit 0");
    world.server.look_for_strangers();
    world.server.pump(world.now);
    world.serve_until([&] { return world.file("acts") == "status\n"; });
    std::ofstream(world.root + "/quick") << "";
    world.ask(start, 1, 0, 0);
    world.serve();
    EXPECT_EQ(world.file("acts"), "status\nstatus\nstart\n");
    EXPECT_EQ(world.told, (Lines{"1:0-0:0"}));
}

TEST(Serve, what_is_held_at_the_beginning_is_not_looked_at) {
    ServeWorld world{{"one"}};
    world.script("resource.d/one", "echo $1 >> $(dirname $0)/../acts");
    world.holdings->starting(id_of<ResourceId>(0));
    world.server.look_for_strangers();
    world.server.pump(world.now);
    EXPECT_EQ(world.scripts.looks(), 0u);
}

TEST(Serve, when_the_engine_is_gone_nothing_more_is_begun_or_told) {
    ServeWorld world{{"one", "two"}};
    world.ask(start, 1, 0, 1);
    world.server.pump(world.now);
    world.server.forget_requests();
    world.serve();
    EXPECT_TRUE(world.told.empty());
    EXPECT_EQ(world.file("acts"), "one start\n");
}
