#include "hb/scripts/hooks.hpp"

#include <gtest/gtest.h>

#include "unit/scripts/script_world.hpp"

namespace hb::scripts {
namespace {

const std::vector<std::string> given{"HA_FUNCS=/etc/ha.d/shellfuncs", "PATH=/bin"};

bool has(const policy::Hook& hook, std::string_view entry) {
    return std::find(hook.environment.begin(), hook.environment.end(), entry) != hook.environment.end();
}

TEST(HookText, becomes_a_script_name_and_an_environment) {
    const auto hook =
        policy::parse_hook("t=status\nsrc=b\nst=dead\nempty=\nmine=a = b\nOSTATUS=active\n", given);
    ASSERT_TRUE(hook);
    EXPECT_EQ(hook->type, "status");
    for (const char* entry : {"PATH=/bin", "HA_t=status", "HA_src=b", "HA_st=dead",
                              "HA_empty=", "HA_mine=a = b", "HA_OSTATUS=active"})
        EXPECT_TRUE(has(*hook, entry)) << entry;
}

TEST(HookText, sets_nothing_that_the_configuration_has_set) {
    const auto hook = policy::parse_hook("t=x\nFUNCS=/tmp/evil\nt=y\n", given);
    ASSERT_TRUE(hook);
    EXPECT_TRUE(has(*hook, "HA_FUNCS=/etc/ha.d/shellfuncs"));
    EXPECT_FALSE(has(*hook, "HA_FUNCS=/tmp/evil"));
    EXPECT_EQ(hook->type, "x");
}

TEST(HookText, names_no_file_outside_of_the_directory) {
    for (const char* t : {"", "..", ".", ".hidden", "a/b", "../../bin/sh", "-x", "a b", "a\tb",
                          "a123456789012345678901234567890123456789"})
        EXPECT_FALSE(policy::parse_hook(std::string("src=b\nt=") + t + "\n", given)) << t;
    EXPECT_FALSE(policy::parse_hook("src=b\n", given));
    EXPECT_FALSE(policy::parse_hook("", given));
}

TEST(HookText, gives_a_script_nothing_that_its_libraries_obey) {
    const auto hook = policy::parse_hook(
        "t=foo\nDEBUGLOG=/etc/cron.d/x\nLOGTAG=* * * * * root id\nSBIN_DIR=/tmp\nVARRUN=/tmp\nLOGFILE=/etc/x\nFUNCS=/tmp\n"
        "RSCTMP=/tmp\nHEARTBEAT_x=1\nlogfile=/etc/x\ndebugfile=/etc/x\nlogfacility=none\ndebug=9\n_x=1\n9=1\naB=1\nword=1\n",
        given);
    ASSERT_TRUE(hook);
    EXPECT_EQ(hook->environment.size(), given.size() + 2);
    EXPECT_TRUE(has(*hook, "HA_t=foo"));
    EXPECT_TRUE(has(*hook, "HA_word=1"));
}

TEST(HookText, of_two_words_on_our_own_status_believes_the_engines) {
    const auto hook = policy::parse_hook("t=x\nOSTATUS=dead\nOSTATUS=active\n", given);
    ASSERT_TRUE(hook);
    EXPECT_TRUE(has(*hook, "HA_OSTATUS=active"));
    EXPECT_FALSE(has(*hook, "HA_OSTATUS=dead"));
    EXPECT_EQ(policy::parse_hook("t=x\nOSTATUS=a b\n", given)->environment.size(), given.size() + 1);
}

TEST(HookText, names_no_backup_of_a_script) {
    for (const char* t : {"status.dpkg-bak", "status.dpkg-old", "status~", "status.bak", "a.b", "status,v"})
        EXPECT_FALSE(policy::parse_hook(std::string("t=") + t + "\n", given)) << t;
    for (const char* t : {"status", "ip-request-resp", "hb_takeover", "Backup2"})
        EXPECT_TRUE(policy::parse_hook(std::string("t=") + t + "\n", given)) << t;
}

TEST(HookText, leaves_out_what_is_no_plain_text) {
    constexpr char octets[] = "t=x\na=\x1b[31m\nb\0c=d\n=e\nno equals\nla-st=1\nlast=1";
    const auto hook = policy::parse_hook({octets, sizeof octets - 1}, given);
    ASSERT_TRUE(hook);
    EXPECT_EQ(hook->environment.size(), given.size() + 2);
    EXPECT_TRUE(has(*hook, "HA_last=1"));
}

/// rc.d in a directory of its own.
struct HookWorld : testing::Test, ScriptWorld {
    HookWorld() {
        std::filesystem::create_directory(root + "/rc.d");
        hooks.use(config);
    }
    void serve(const std::function<bool()>& done) {
        now += Hooks::pause;
        const Instant give_up = boot_now() + Duration{std::chrono::seconds{60}};
        while (!done() && boot_now() < give_up) {
            hooks.pump(now);
            for (const epoll_event& event : poller.wait(5)) hooks.on_readable(event.data.fd, now);
            int status = 0;
            for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) hooks.on_exit(pid, status, now);
        }
        read_log();
    }
    Hooks hooks{journal, poller, root + "/rc.d"};
};

TEST_F(HookWorld, runs_one_after_the_other_with_the_fields_as_environment) {
    script("rc.d/status", "echo \"$1 $HA_src $HA_st $HA_CURHOST\" >>" + root + "/out; echo heard");
    hooks.add("t=status\nsrc=b\nst=active\n", now);
    hooks.add("t=status\nsrc=b\nst=dead\n", now);
    serve([this] { return file("out").size() >= 30; });
    EXPECT_EQ(file("out"), "status b active a\nstatus b dead a\n");
    serve([this] { return hooks.deadline() == never; });
    EXPECT_TRUE(logged("harc(default): Running " + root + "/rc.d/status status"));
    EXPECT_TRUE(logged("status(default): heard"));
}

TEST_F(HookWorld, says_nothing_where_there_is_no_script_and_goes_on) {
    script("rc.d/second", "touch " + root + "/ran");
    std::ofstream(root + "/rc.d/first") << "not executable";
    hooks.add("t=first\n", now);
    hooks.add("t=none\n", now);
    hooks.add("t=../rc.d/second\n", now);
    hooks.add("t=second\n", now);
    serve([this] { return std::filesystem::exists(root + "/ran"); });
    serve([this] { return hooks.deadline() == never; });
    EXPECT_EQ(log.size(), 1u);
    EXPECT_TRUE(logged("second"));
}

TEST_F(HookWorld, failure_is_told_with_its_code) {
    script("rc.d/status", "exit 7");
    hooks.add("t=status\n", now);
    serve([this] {
        read_log();
        return logged("Return code 7");
    });
    EXPECT_TRUE(logged("Return code 7 from " + root + "/rc.d/status"));
}

TEST_F(HookWorld, that_does_not_end_is_stopped_after_its_time_and_the_next_one_runs) {
    script("rc.d/deaf", "trap '' TERM; touch " + root + "/begun; while :; do sleep 0.01; done");
    script("rc.d/next", "touch " + root + "/ran");
    hooks.add("t=deaf\n", now);
    hooks.add("t=next\n", now);
    serve([this] { return std::filesystem::exists(root + "/begun"); });
    ASSERT_EQ(hooks.deadline(), now + Hooks::limit);
    now = hooks.deadline();
    hooks.on_time(now);
    now = hooks.deadline();
    hooks.on_time(now);
    serve([this] { return std::filesystem::exists(root + "/ran"); });
    EXPECT_TRUE(std::filesystem::exists(root + "/ran"));
    EXPECT_TRUE(logged("no end within 120 s"));
}

TEST_F(HookWorld, more_than_its_queue_holds_is_counted_and_said) {
    for (std::size_t i = 0; i < Hooks::most_waiting + 10; ++i) hooks.add("t=none\n", now);
    now += 10s;
    hooks.on_time(now);
    read_log();
    EXPECT_TRUE(logged("1 messages were not given"));
    EXPECT_TRUE(logged("9 messages were not given"));
}

TEST_F(HookWorld, background_child_with_its_output_open_is_not_waited_for) {
    script("rc.d/status", "sleep 30 & echo $! >" + root + "/pid");
    script("rc.d/next", "touch " + root + "/ran");
    hooks.add("t=status\n", now);
    hooks.add("t=next\n", now);
    serve([this] { return std::filesystem::exists(root + "/ran"); });
    EXPECT_TRUE(std::filesystem::exists(root + "/ran"));
    ::kill(std::stoi(file("pid")), SIGKILL);
}

}  // namespace
}  // namespace hb::scripts
