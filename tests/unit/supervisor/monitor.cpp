#include <gtest/gtest.h>

#include "supervisor/serve/server.hpp"
#include "unit/scripts/script_world.hpp"

using namespace hb;
using namespace hb::supervisor;
using core::Outcome;

namespace {

const ResourceId one = id_of<ResourceId>(1);

struct MonitorWorld : ScriptWorld {
    Outcome ask(const char* body, const char* path = "resource.d/svc") {
        script(path, body);
        scripts.run(resource("svc"), one, Act::monitor, 20s, now);
        serve_until([this] { return !ends.empty(); });
        return ends.empty() ? Outcome::failed : ends.back().outcome;
    }
};

/// One group of one script; what was told.
struct MonitorServer : ScriptWorld {
    MonitorServer() {
        config.resources.push_back(resource("svc"));
        config.resources.back().group = id_of<GroupId>(0);
        config::Group group;
        group.line = "a svc";
        group.first = id_of<ResourceId>(0);
        group.count = 1;
        group.exclusive = true;
        config.groups.push_back(group);
        holdings = std::make_unique<policy::Holdings>(config);
        server.use(config, *holdings);
        on_end = [this](const scripts::Scripts::End& end) { server.script_ended(end, now); };
        script(
            "resource.d/svc",
            "echo $1 >> $(dirname $0)/../acts; [ $1 = status ] && [ -e $(dirname $0)/../hang ] && { trap '' TERM; sleep 1000; }; "
            "[ $1 = status ] && cat $(dirname $0)/../running 2>/dev/null; exit 0");
    }
    void ask(ipc::Request::Kind kind, OperationId operation) {
        ipc::Request request;
        request.kind = kind;
        request.operation = operation;
        request.first = request.last = id_of<ResourceId>(0);
        request.limit_ms = 20'000;
        server.accept(request);
        server.pump(now);
    }
    void serve_until_told(std::size_t n) {
        serve_until([&] {
            server.pump(now);
            return told.size() >= n;
        });
    }
    std::vector<std::string> told;
    kernel::Announcer announcer;
    kernel::Addresses addresses{
        config, announcer, [](const log::Kind&, std::initializer_list<log::Fact>) {}, {}};
    std::unique_ptr<policy::Holdings> holdings;
    Server server{addresses,
                  scripts,
                  journal,
                  root + "/holdings",
                  {[this](const ipc::Notice& n) {
                       told.push_back(std::to_string(n.operation) + ":" + std::to_string(n.outcome));
                   },
                   [](GroupId, Outcome) {}}};
};
using Lines = std::vector<std::string>;
constexpr auto start = ipc::Request::Kind::start;
constexpr auto stop = ipc::Request::Kind::stop;
constexpr auto monitor = ipc::Request::Kind::monitor;

}  // namespace

TEST(ScriptMonitor, asks_for_status_alone) {
    MonitorWorld world;
    EXPECT_EQ(world.ask("echo $1 >> $(dirname $0)/../acts; echo running"), Outcome::ok);
    EXPECT_EQ(world.file("acts"), "status\n");
}

TEST(ScriptMonitor, of_what_does_not_run_fails_and_says_what_the_script_said) {
    MonitorWorld world;
    EXPECT_EQ(world.ask("echo the pool is exhausted; exit 3"), Outcome::failed);
    EXPECT_TRUE(world.logged("status of svc: exit code 3: the pool is exhausted"));
}

TEST(ScriptMonitor, without_a_script_says_nothing_of_the_service) {
    MonitorWorld world;
    EXPECT_EQ(world.ask("", "resource.d/other"), Outcome::ok);
    EXPECT_TRUE(world.logged("Cannot locate resource script svc"));
}

TEST(ScriptMonitor, that_never_ends_is_killed_at_its_limit) {
    MonitorWorld world;
    world.script("resource.d/svc", "trap '' TERM; echo begun > $(dirname $0)/../acts; sleep 1000");
    world.scripts.run(world.resource("svc"), one, Act::monitor, 20s, world.now);
    world.serve_until([&] { return world.file("acts") == "begun\n"; });
    EXPECT_FALSE(world.scripts.any_busy()) << "it holds up nothing";
    world.now += 20s;
    world.scripts.on_time(world.now);
    ASSERT_EQ(world.ends.size(), 1u);
    EXPECT_EQ(world.ends[0].outcome, Outcome::timed_out);
}

TEST(ServeMonitor, answers_what_the_script_says) {
    MonitorServer world;
    world.ask(monitor, 7);
    world.serve_until_told(1);
    EXPECT_EQ(world.told, (Lines{"7:1"}));
    std::ofstream(world.root + "/running") << "running\n";
    world.ask(monitor, 8);
    world.serve_until_told(2);
    EXPECT_EQ(world.told.back(), "8:0");
}

TEST(ServeMonitor, a_stop_does_not_wait_for_a_monitor_that_hangs) {
    MonitorServer world;
    world.ask(start, 1);
    world.serve_until_told(1);
    std::ofstream(world.root + "/hang") << "";
    world.ask(monitor, 2);
    world.serve_until([&] { return world.file("acts") == "status\nstart\nstatus\n"; });
    world.ask(stop, 3);
    world.serve_until_told(2);
    EXPECT_EQ(world.told, (Lines{"1:0", "3:0"})) << "the question is forgotten";
    EXPECT_EQ(world.file("acts"), "status\nstart\nstatus\nstop\n");
    EXPECT_TRUE(world.server.idle());
}

TEST(ServeMonitor, while_the_group_is_moved_nothing_is_asked) {
    MonitorServer world;
    world.ask(start, 1);
    world.ask(monitor, 2);
    world.serve_until_told(2);
    EXPECT_EQ(world.file("acts"), "status\nstart\n");
    EXPECT_EQ(world.told, (Lines{"2:0", "1:0"}));
}

TEST(ServeMonitor, does_not_outlive_the_engine_that_asked) {
    MonitorServer world;
    std::ofstream(world.root + "/hang") << "";
    world.ask(monitor, 2);
    world.server.forget_requests();
    EXPECT_TRUE(world.server.idle());
    EXPECT_EQ(world.scripts.deadline(), never);
}

TEST(ServeMonitor, knows_whether_what_must_not_run_twice_may_run) {
    MonitorServer world;
    EXPECT_FALSE(world.server.holds_exclusive());
    world.ask(start, 1);
    EXPECT_TRUE(world.server.holds_exclusive());
    world.serve_until_told(1);
    world.ask(stop, 2);
    world.serve_until_told(2);
    EXPECT_FALSE(world.server.holds_exclusive());
}
