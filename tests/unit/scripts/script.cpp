#include "hb/scripts/script.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>

#include "unit/scripts/script_world.hpp"

using namespace hb;
using namespace hb::scripts;
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

TEST(Script, of_many_services_that_print_to_the_stdout_they_inherited_all_live) {
    constexpr std::size_t many = 80;
    ScriptWorld world;
    world.script(
        "resource.d/svc",
        "here=$(dirname $0)/..; (until [ -e $here/go ]; do sleep 0.2; done; echo again && echo $1 >> $here/alive) &");
    for (std::size_t i = 0; i < many; ++i)
        world.scripts.run(world.resource("svc", {std::to_string(i)}), id_of<ResourceId>(i), Act::stop, 60s,
                          world.now);
    world.serve_to_end();
    std::ofstream(world.root + "/go") << "";
    const auto alive = [&] {
        const std::string lines = world.file("alive");
        return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
    };
    world.serve_until([&] { return alive() == many; });
    EXPECT_EQ(alive(), many);
}

TEST(Script, status_is_judged_by_its_stdout_alone) {
    ScriptWorld world;
    world.script(
        "resource.d/svc",
        "case $1 in status) echo Running as root >&2; echo stopped;; start) echo started > $(dirname $0)/../state;; esac");
    world.scripts.run(world.resource("svc"), one, Act::start, 10s, world.now);
    world.serve_to_end();
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::ok);
    EXPECT_EQ(world.file("state"), "started\n");
    EXPECT_TRUE(world.logged("svc(default): Running as root")) << "in the log it stands";
}

TEST(Script, what_says_nothing_or_does_not_run_is_started) {
    for (const char* status :
         {"exit 0", "echo Apache2 is NOT running.; exit 3", "echo not currently running; exit 3",
          "echo OK to start; exit 3", "echo BROKEN; exit 1"}) {
        ScriptWorld world;
        world.script("init.d/svc", std::string("case $1 in status) ") + status +
                                       ";; start) echo x > $(dirname $0)/../state;; esac");
        world.scripts.run(world.resource("svc"), one, Act::start, 10s, world.now);
        world.serve_to_end();
        EXPECT_EQ(world.file("state"), "x\n") << status;
    }
}

TEST(Script, that_knows_no_status_says_nothing_of_its_service_but_is_started) {
    for (const char* usage : {"echo Usage: $0 start stop; exit 3", "echo Usage: $0 start stop >&2; exit 1"}) {
        ScriptWorld world;
        world.script("init.d/svc", std::string("case $1 in start) echo x > $(dirname $0)/../state;; *) ") +
                                       usage + ";; esac");
        world.scripts.run(world.resource("svc"), one, Act::confirm, 10s, world.now);
        world.serve_to_end();
        ASSERT_EQ(world.ends.size(), 1u);
        EXPECT_EQ(world.ends.at(0).outcome, Outcome::ok)
            << "a stop that failed is not made good by it: " << usage;
        EXPECT_EQ(world.ends.at(0).answer, Answer::unknown);
        world.scripts.run(world.resource("svc"), one, Act::start, 10s, world.now);
        world.serve_to_end();
        EXPECT_EQ(world.file("state"), "x\n") << usage;
    }
}

TEST(Script, has_the_environment_of_root_and_the_descriptors_of_the_start) {
    ScriptWorld world;
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    raise_descriptor_limit();
    world.script("resource.d/svc", "echo \"$USER $LOGNAME $HOME $SHELL $(ulimit -n)\"");
    world.scripts.run(world.resource("svc"), one, Act::stop, 10s, world.now);
    world.serve_to_end();
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    EXPECT_EQ(now.rlim_cur, now.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_TRUE(world.logged("svc(default): root root /root /")) << world.log.back();
    EXPECT_TRUE(world.logged(" " + std::to_string(before.rlim_cur)));
}

/// `systemctl is-active` says what is in the file "state", and ends with what is in "code".
struct UnitWorld : ScriptWorld {
    explicit UnitWorld(const char* file = "[Service]\n") {
        std::ofstream(unit_directory + "/db.service") << file;
        script(
            "systemctl",
            "here=$(dirname $0); echo $1 >> $here/acts; [ $1 = is-active ] || exit 0; cat $here/state; exit $(cat $here/code)");
    }
    void says(const char* state, int code) {
        std::ofstream(root + "/state") << state << (*state ? "\n" : "");
        std::ofstream(root + "/code") << code;
    }
    Outcome ask(Act act) {
        scripts.run(resource("db"), one, act, 20s, now);
        serve_until([this] { return !ends.empty(); });
        return ends.back().outcome;
    }
};

TEST(ScriptUnit, that_changes_or_whose_systemd_does_not_answer_has_not_failed) {
    for (const char* state : {"activating", "deactivating", "reloading", ""}) {
        UnitWorld world;
        world.says(state, *state ? 3 : 1);
        EXPECT_EQ(world.ask(Act::monitor), Outcome::ok) << state;
        EXPECT_TRUE(world.logged("status of db says nothing of the service: exit code")) << state;
    }
}

TEST(ScriptUnit, that_is_not_active_has_failed) {
    for (const char* state : {"inactive", "failed"}) {
        UnitWorld world;
        world.says(state, 3);
        EXPECT_EQ(world.ask(Act::monitor), Outcome::failed) << state;
    }
}

TEST(ScriptUnit, of_type_oneshot_may_be_inactive_but_not_failed) {
    UnitWorld world("[Service]\nType=oneshot\n");
    world.says("inactive", 3);
    EXPECT_EQ(world.ask(Act::monitor), Outcome::ok);
    world.ends.clear();
    EXPECT_EQ(world.ask(Act::confirm), Outcome::failed) << "after a stop it is one that does not run";
    world.ends.clear();
    world.says("failed", 3);
    EXPECT_EQ(world.ask(Act::monitor), Outcome::failed);
}

TEST(ScriptUnit, that_changes_is_asked_again_before_it_is_started) {
    UnitWorld world;
    world.says("activating", 3);
    world.scripts.run(world.resource("db"), one, Act::start, 20s, world.now);
    world.serve_until([&] { return world.scripts.deadline() == world.now + 1s; });
    EXPECT_TRUE(world.ends.empty());
    world.says("active", 0);
    world.scripts.on_time(world.now += 1s);
    world.serve_to_end();
    EXPECT_EQ(world.file("acts"), "is-active\nis-active\n");
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::ok);
}

TEST(ScriptUnit, that_goes_on_changing_is_started_all_the_same) {
    UnitWorld world;
    world.says("", 1);
    world.scripts.run(world.resource("db"), one, Act::start, 20s, world.now);
    for (int second = 0; second < 40 && world.ends.empty(); ++second) {
        world.serve_until([&] { return world.scripts.deadline() == world.now + 1s || !world.ends.empty(); });
        world.scripts.on_time(world.now += 1s);
    }
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::ok);
    EXPECT_TRUE(world.file("acts").ends_with("is-active\nstart\n"));
}

TEST(ScriptUnit, whose_start_is_cancelled_while_it_is_to_be_asked_again_fails) {
    UnitWorld world;
    world.says("activating", 3);
    world.scripts.run(world.resource("db"), one, Act::start, 20s, world.now);
    world.serve_until([&] { return world.scripts.deadline() == world.now + 1s; });
    world.scripts.cancel(one, world.now);
    world.scripts.on_time(world.now);
    EXPECT_EQ(world.ends.at(0).outcome, Outcome::failed);
    EXPECT_FALSE(world.scripts.any_busy());
}
