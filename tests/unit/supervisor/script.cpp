#include "supervisor/script.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "script_world.hpp"

using namespace hb;
using namespace hb::supervisor;
using core::Outcome;

namespace {

const ResourceId one = id_of<ResourceId>(1);

constexpr const char* service = R"(S="$(dirname "$0")/../state"
case "$1" in
status) [ -e "$S" ] && echo running || echo stopped;;
start) echo started >> "$S";;
stop) rm -f "$S";;
esac)";

}  // namespace

TEST(Script, a_start_asks_for_status_and_then_starts) {
    ScriptWorld world;
    world.script("resource.d/svc", service);
    world.scripts.run(world.resource("svc"), one, Act::start, 10s, world.now);
    EXPECT_TRUE(world.scripts.busy(one));
    world.serve_to_end();
    ASSERT_EQ(world.ends.size(), 1u);
    EXPECT_EQ(world.ends[0].id, one);
    EXPECT_EQ(world.ends[0].outcome, Outcome::ok);
    EXPECT_EQ(world.file("state"), "started\n");
    EXPECT_TRUE(world.logged("ResourceManager(default): Running " + world.root + "/resource.d/svc  start"));
}

TEST(Script, what_runs_already_is_not_started_again) {
    ScriptWorld world;
    world.script("resource.d/svc", service);
    std::ofstream(world.root + "/state") << "by hand\n";
    world.scripts.run(world.resource("svc"), one, Act::start, 10s, world.now);
    world.serve_to_end();
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::ok);
    EXPECT_EQ(world.file("state"), "by hand\n");
}

TEST(Script, arguments_stand_before_the_action) {
    ScriptWorld world;
    world.script("resource.d/svc", "echo \"args: $*\"");
    world.scripts.run(world.resource("svc", {"x", "y z"}), one, Act::stop, 10s, world.now);
    world.serve_to_end();
    EXPECT_TRUE(world.logged("svc(default): args: x y z stop"));
    EXPECT_TRUE(world.logged("resource.d/svc x y z stop"));
}

TEST(Script, resource_d_comes_before_init_d) {
    ScriptWorld world;
    world.script("resource.d/svc", "echo from resource.d");
    world.script("init.d/svc", "echo from init.d");
    world.script("init.d/other", "echo from init.d");
    world.scripts.run(world.resource("svc"), one, Act::stop, 10s, world.now);
    world.scripts.run(world.resource("other"), id_of<ResourceId>(2), Act::stop, 10s, world.now);
    world.serve_to_end();
    EXPECT_TRUE(world.logged("svc(default): from resource.d"));
    EXPECT_TRUE(world.logged("other(default): from init.d"));
}

TEST(Script, one_that_is_nowhere_is_said_and_fails) {
    ScriptWorld world;
    world.scripts.run(world.resource("no-such-thing"), one, Act::start, 10s, world.now);
    world.serve_to_end();
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::failed);
    EXPECT_TRUE(world.ends.at(0).missing);
    EXPECT_TRUE(world.logged("Cannot locate resource script no-such-thing"));
}

TEST(Script, an_exit_code_other_than_zero_is_a_failure_with_its_path) {
    ScriptWorld world;
    world.script("resource.d/svc", "exit 7");
    world.scripts.run(world.resource("svc"), one, Act::stop, 10s, world.now);
    world.serve_to_end();
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::failed);
    EXPECT_TRUE(world.logged("Return code 7 from " + world.root + "/resource.d/svc"));
}

TEST(Script, one_that_hangs_gets_term_at_its_limit) {
    ScriptWorld world;
    world.script("resource.d/svc", "echo up; sleep 1000");
    world.scripts.run(world.resource("svc"), one, Act::stop, 10s, world.now);
    world.serve_until([&] {
        world.read_log();
        return world.logged("up");
    });
    EXPECT_EQ(world.scripts.deadline(), world.now + 10s);
    world.now += 10s;
    world.scripts.on_time(world.now);
    world.serve_to_end();
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::timed_out);
}

TEST(Script, one_that_ignores_term_is_killed_five_seconds_later) {
    ScriptWorld world;
    world.script("resource.d/svc", "trap '' TERM; echo up; while :; do sleep 1000; done");
    world.scripts.run(world.resource("svc"), one, Act::stop, 10s, world.now);
    world.serve_until([&] {
        world.read_log();
        return world.logged("up");
    });
    world.scripts.on_time(world.now += 10s);
    EXPECT_EQ(world.scripts.deadline(), world.now + 5s);
    EXPECT_TRUE(world.ends.empty());
    world.scripts.on_time(world.now += 5s);
    world.serve_to_end();
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::timed_out);
    EXPECT_TRUE(world.logged("does not end on SIGTERM"));
}

TEST(Script, a_background_child_that_keeps_the_pipe_blocks_nobody_and_may_go_on_writing) {
    ScriptWorld world;
    world.script("resource.d/svc",
                 "(read wait < \"$(dirname \"$0\")/../go\"; echo later; echo alive > \"$(dirname "
                 "\"$0\")/../state\") &\n"
                 "echo done");
    ASSERT_EQ(::mkfifo((world.root + "/go").c_str(), 0600), 0);
    world.scripts.run(world.resource("svc"), one, Act::stop, 10s, world.now);
    world.serve_to_end();
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::ok);
    std::ofstream(world.root + "/go") << "now\n";
    world.serve_until([&] {
        world.read_log();
        return world.logged("later") && !world.file("state").empty();
    });
    EXPECT_TRUE(world.logged("svc(default): later"));
    EXPECT_EQ(world.file("state"), "alive\n");
}

TEST(Script, what_a_service_prints_after_its_reader_is_gone_does_not_end_it) {
    ScriptWorld world;
    world.script("resource.d/svc",
                 "here=$(dirname $0)/..; (until [ -e $here/go ]; do sleep 0.05; done; echo again && echo yes > $here/state) &");
    {
        const std::vector<std::string> none;
        auto child = start_script({world.root + "/resource.d", world.root + "/init.d"}, "svc", none, "start", none);
        ASSERT_TRUE(child);
        ::waitpid(child->pid, nullptr, 0);
    }
    std::ofstream(world.root + "/go") << "";
    world.serve_until([&] { return world.file("state") == "yes\n"; });
    EXPECT_EQ(world.file("state"), "yes\n");
}

TEST(Script, status_is_judged_by_its_stdout_alone) {
    ScriptWorld world;
    world.script("resource.d/svc",
                 "case $1 in status) echo Running as root >&2; echo stopped;; start) echo started > $(dirname $0)/../state;; esac");
    world.scripts.run(world.resource("svc"), one, Act::start, 10s, world.now);
    world.serve_to_end();
    EXPECT_EQ(world.file("state"), "started\n");
}

TEST(Script, a_flood_of_output_is_counted_not_kept) {
    ScriptWorld world;
    world.script("resource.d/svc", "yes | head -c 3000000");
    world.scripts.run(world.resource("svc"), one, Act::stop, 10s, world.now);
    world.serve_to_end();
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::ok);
    EXPECT_TRUE(world.logged("lines of output dropped"));
    EXPECT_LT(world.log.size(), 300u);
}

TEST(Script, stdin_is_empty_the_directory_is_root_and_the_environment_is_heartbeats) {
    ScriptWorld world;
    world.config.environment = {"HA_keepalive=2"};
    world.scripts.use(world.config);
    world.script("resource.d/svc",
                 "cat; echo \"dir=$(pwd) node=$HA_CURHOST keepalive=$HA_keepalive pid=$$ sid=$(ps -o sid= -p "
                 "$$ | tr -d ' ')\"\n"
                 "ls /proc/self/fd | tr '\\n' ' '");
    world.scripts.run(world.resource("svc"), one, Act::stop, 10s, world.now);
    world.serve_to_end();
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::ok);
    EXPECT_TRUE(world.logged("dir=/ node=a keepalive=2"));
    EXPECT_TRUE(world.logged("svc(default): 0 1 2 3 ")) << "3 is that of ls itself";
}

TEST(Script, one_that_is_cancelled_fails) {
    ScriptWorld world;
    world.script("resource.d/svc", "echo up; sleep 1000");
    world.scripts.run(world.resource("svc"), one, Act::stop, 10s, world.now);
    world.serve_until([&] {
        world.read_log();
        return world.logged("up");
    });
    world.scripts.cancel(one, world.now);
    world.serve_to_end();
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::failed);
}
