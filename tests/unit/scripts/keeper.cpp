#include "hb/scripts/keeper.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include "hb/scripts/child.hpp"
#include "unit/scripts/script_world.hpp"

using namespace hb;
using namespace hb::scripts;

namespace {

enum class Keeper { none, holds };

/// A supervisor that starts a service and dies; the service prints `octets` when it is told to, and then says that it lives.
struct DeadSupervisor : ScriptWorld {
    DeadSupervisor(const char* octets, Keeper which) {
        script("resource.d/svc",
               std::string("here=$(dirname $0)/..; (until [ -e $here/go ]; do sleep 0.05; done; head -c ") +
                   octets +
                   " /dev/zero | tr '\\0' x && echo again && echo yes > $here/alive) & echo $! > $here/pid");
        const pid_t supervisor = ::fork();
        if (supervisor == 0) {
            PipeKeeper keeper;
            auto child = start_script({root + "/resource.d", root + "/init.d"}, "svc", {}, "start", {},
                                      Outputs::together);
            if (!child) ::_exit(1);
            if (which == Keeper::holds) keeper.hold(child->output.get());
            ::waitpid(child->pid, nullptr, 0);
            ::kill(::getpid(), SIGKILL);
        }
        ::waitpid(supervisor, nullptr, 0);
        std::ofstream(root + "/go") << "";
    }
    ~DeadSupervisor() {
        if (const int pid = std::atoi(file("pid").c_str()); pid > 0) ::kill(pid, SIGKILL);
    }
    bool lives() const {
        for (int i = 0; i < 1000 && file("alive").empty(); ++i) ::poll(nullptr, 0, 20);
        return !file("alive").empty();
    }
};

/// One that lives, after the start of a service.
struct Supervisor : ScriptWorld {
    explicit Supervisor(const char* body) {
        scripts.keep_pipes(keeper);
        script("resource.d/svc", body);
        scripts.run(resource("svc"), id_of<ResourceId>(1), Act::stop, 10s, now);
        serve_to_end();
    }
    /// After the end of its channel, or of itself, within ten seconds.
    bool keeper_ends() {
        const pid_t pid = keeper.pid();
        keeper.ended();
        for (int i = 0; i < 1000; ++i, ::poll(nullptr, 0, 10))
            if (::waitpid(pid, nullptr, WNOHANG) == pid) return true;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return false;
    }
    PipeKeeper keeper;
};

}  // namespace

TEST(PipeKeeper, a_service_that_prints_after_all_of_us_have_died_gets_no_signal) {
    EXPECT_TRUE(DeadSupervisor("1000", Keeper::none).lives());
}

TEST(PipeKeeper, a_service_that_prints_more_than_a_pipe_holds_does_not_wait_for_a_supervisor_that_died) {
    EXPECT_TRUE(DeadSupervisor("3000000", Keeper::holds).lives());
}

TEST(PipeKeeper, takes_nothing_from_a_supervisor_that_lives) {
    Supervisor world(
        "here=$(dirname $0)/..; (until [ -e $here/go ]; do sleep 0.05; done; for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done) &");
    const pid_t pid = world.keeper.pid();
    ASSERT_GT(pid, 0) << "the pipe has outlived its script";
    std::ofstream(world.root + "/go") << "";
    world.serve_until([&] {
        world.read_log();
        return world.logged("svc(default): line 9");
    });
    for (const char* digit : {"1", "5", "9"})
        EXPECT_TRUE(world.logged(std::string("svc(default): line ") + digit));
    EXPECT_TRUE(world.keeper_ends()) << "nothing is left to hold";
}

TEST(PipeKeeper, is_no_process_as_long_as_no_service_keeps_its_pipe) {
    EXPECT_EQ(Supervisor("echo started").keeper.pid(), -1);
}

TEST(PipeKeeper, that_was_killed_has_a_successor_that_holds_what_it_held) {
    Supervisor world("sleep 600 & echo $! > $(dirname $0)/../pid");
    const pid_t first = world.keeper.pid();
    ASSERT_GT(first, 0);
    ::kill(first, SIGKILL);
    ASSERT_TRUE(world.keeper_ends());
    world.scripts.hold_pipes_again();
    ASSERT_GT(world.keeper.pid(), 0);
    EXPECT_NE(world.keeper.pid(), first);
    ::kill(std::atoi(world.file("pid").c_str()), SIGKILL);
    EXPECT_TRUE(world.keeper_ends());
}

TEST(PipeKeeper, lets_go_of_a_pipe_without_writers_although_the_supervisor_has_it_open) {
    Supervisor world("true");
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    const Fd ours{ends[0]};
    Fd theirs{ends[1]};
    world.keeper.hold(ours.get());
    theirs.reset();
    ::poll(nullptr, 0, 100);  // it has heard that nobody writes, and would go on hearing it
    EXPECT_TRUE(world.keeper_ends());
}
