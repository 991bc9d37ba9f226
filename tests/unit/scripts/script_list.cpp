#include "hb/scripts/script_list.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "hb/base/clock.hpp"
#include "unit/scripts/script_world.hpp"

namespace hb::scripts {
namespace {

class Leftover : public testing::Test {
protected:
    Leftover() {
        char name[] = "/tmp/hb-scripts-XXXXXX";
        directory = ::mkdtemp(name);
        path = directory + "/scripts";
    }
    ~Leftover() override {
        for (const pid_t pid : children) {
            ::kill(-pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
        std::filesystem::remove_all(directory);
    }
    /// The leader of a session of its own, which runs until it is killed.
    pid_t start() {
        int ready[2];
        EXPECT_EQ(::pipe(ready), 0);
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::setsid();
            [[maybe_unused]] const ssize_t n = ::write(ready[1], "", 1);
            for (;;) ::pause();
        }
        char octet;
        EXPECT_EQ(::read(ready[0], &octet, 1), 1);
        ::close(ready[0]);
        ::close(ready[1]);
        children.push_back(pid);
        return pid;
    }
    static bool killed(pid_t pid) {
        int status = 0;
        return ::waitpid(pid, &status, WNOHANG) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }
    void write(const std::string& text) const { std::ofstream(path) << text; }
    std::string directory, path;
    std::vector<pid_t> children;
};

TEST_F(Leftover, is_killed_by_the_next_one_and_what_had_ended_is_not_in_the_list) {
    const pid_t runs = start(), ends = start();
    {
        ScriptList before(path);
        before.began(runs);
        before.began(ends);
        before.ended(ends);
    }
    ScriptList next(path);
    // Our own child stays a zombie until it is waited for, so the wait ends by its limit.
    EXPECT_EQ(next.end_leftovers(20ms), 1u);
    EXPECT_TRUE(killed(runs));
    EXPECT_EQ(::kill(ends, 0), 0);
}

TEST_F(Leftover, is_waited_for_no_longer_than_it_lives) {
    const pid_t middle = ::fork();
    if (middle == 0) {  // its child goes to init, or whoever reaps here
        const pid_t runs = start();
        ScriptList before(path);
        before.began(runs);
        std::_Exit(0);
    }
    ::waitpid(middle, nullptr, 0);
    ScriptList next(path);
    const Instant before = boot_now();
    EXPECT_EQ(next.end_leftovers(20s), 1u);
    EXPECT_LT(boot_now() - before, 19s);
}

TEST_F(Leftover, with_the_number_of_another_process_is_left_alone) {
    const pid_t other = start();
    NamedProcess named = NamedProcess::of(other);
    named.started += "1";
    write(named.to_text());
    EXPECT_EQ(ScriptList(path).end_leftovers(20ms), 0u);
    EXPECT_EQ(::kill(other, 0), 0);
}

TEST_F(Leftover, list_that_is_damaged_names_nobody) {
    write("1 1\n-5 7\n0 0\n\nabc\n77 \n99999999999 5\n4 x5\n5 5");
    EXPECT_EQ(ScriptList(path).end_leftovers(20ms), 0u);
    ::unlink(path.c_str());
    EXPECT_EQ(ScriptList(path).end_leftovers(20ms), 0u);
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_EQ(ScriptList(path).end_leftovers(20ms), 0u);
}

TEST(ScriptList, names_scripts_and_no_monitors_while_they_run) {
    ScriptWorld world;
    const std::string list = world.root + "/scripts";
    world.script("resource.d/web", "n=0\nuntil grep -q \"^$$ \" " + list +
                                       "; do n=$((n+1)); [ $n = 500 ] && exit 1; sleep 0.01; done");
    world.script("resource.d/idle", "grep -q \"^$$ \" " + list + " || echo running");
    world.scripts.run(world.resource("web"), ResourceId{0}, Act::stop, 20s, world.now);
    world.serve_to_end();
    world.scripts.run(world.resource("idle"), ResourceId{1}, Act::monitor, 20s, world.now);
    world.serve_until([&] { return world.ends.size() == 2; });
    ASSERT_EQ(world.ends.size(), 2u);
    EXPECT_EQ(world.ends[0].outcome, core::Outcome::ok);
    EXPECT_EQ(world.ends[1].outcome, core::Outcome::ok);
    EXPECT_EQ(world.file("scripts"), "");
}

}  // namespace
}  // namespace hb::scripts
