#include "engine/sandbox.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace hb::engine {
namespace {

constexpr uid_t nobody = 65534;

struct Sandbox : testing::Test {
    Sandbox() {
        char name[] = "/tmp/hb-sandbox-XXXXXX";
        directory = ::mkdtemp(name);
        // Whoever makes the directory closes it for others; the engine only needs to stand in it.
        ::chmod(directory.c_str(), 0755);
    }
    ~Sandbox() override { std::filesystem::remove_all(directory); }
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    }
    /// What became of a child that entered and then did `act`: its exit code, or 1000 + the signal that ended
    /// it.
    template <class Act>
    int inside(Act act) {
        const pid_t child = ::fork();
        if (child == 0) {
            Remarks remarks;
            if (!enter_sandbox({nobody, nobody, directory}, remarks)) ::_exit(99);
            ::_exit(act());
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    std::string directory;
};
constexpr int killed = 1000 + SIGSYS;

TEST_F(Sandbox, lets_the_turn_of_an_engine_through) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    EXPECT_EQ(inside([&] {
                  char c = 'x';
                  const bool sent = ::send(pair[0], &c, 1, 0) == 1 && ::recv(pair[1], &c, 1, 0) == 1;
                  return sent && ::close(pair[0]) == 0 ? 7 : 8;
              }),
              7);
    ::close(pair[0]);
    ::close(pair[1]);
}

TEST_F(Sandbox, ends_a_process_that_opens_a_file) {
    EXPECT_EQ(inside([] { return ::open("/", O_RDONLY); }), killed);
}
TEST_F(Sandbox, ends_a_process_that_makes_a_socket) {
    EXPECT_EQ(inside([] { return ::socket(AF_INET, SOCK_DGRAM, 0); }), killed);
}
TEST_F(Sandbox, ends_a_process_that_forks) {
    EXPECT_EQ(inside([] { return static_cast<int>(::fork()); }), killed);
}
TEST_F(Sandbox, ends_a_process_that_runs_a_program) {
    EXPECT_EQ(inside([] { return ::execl("/bin/true", "true", nullptr); }), killed);
}
TEST_F(Sandbox, ends_a_process_that_sends_a_signal) {
    EXPECT_EQ(inside([] { return ::kill(1, 0); }), killed);
}
TEST_F(Sandbox, ends_a_process_that_asks_for_memory) {
    EXPECT_EQ(
        inside([] { return ::mmap(nullptr, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ? 1 : 0; }),
        killed);
}
TEST_F(Sandbox, ends_a_process_that_binds_or_sets_a_socket) {
    EXPECT_EQ(inside([] { return ::setsockopt(0, SOL_SOCKET, SO_REUSEADDR, nullptr, 0); }), killed);
}

TEST_F(Sandbox, is_an_error_where_its_root_directory_is_missing) {
    const pid_t child = ::fork();
    if (child == 0) {
        Remarks remarks;
        const auto entered = enter_sandbox({nobody, nobody, directory + "/none"}, remarks);
        ::_exit(!entered && to_text(entered.error()).find("/none") != std::string::npos ? 7 : 8);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 7);
}

}  // namespace
}  // namespace hb::engine
