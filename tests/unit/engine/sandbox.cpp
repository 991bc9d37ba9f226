#include "engine/sandbox.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/net.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
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
    /// it. A machine without seccomp ends nothing: `without_table`.
    template <class Act>
    int inside(Act act) {
        const pid_t child = ::fork();
        if (child == 0) {
            Remarks remarks;
            if (!enter_sandbox({nobody, nobody, directory}, remarks)) ::_exit(99);
            const auto names_table = [](const auto& remark) {
                return remark.view().find("without") != std::string_view::npos;
            };
            if (std::any_of(remarks.begin(), remarks.end(), names_table)) ::_exit(without_table);
            ::_exit(act());
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    template <class Act>
    void expect_killed(Act act) {
        const int became = inside(act);
        if (became == without_table) GTEST_SKIP() << "no table of system calls here";
        EXPECT_EQ(became, 1000 + SIGSYS);
    }
    static constexpr int without_table = 98;
    std::string directory;
};

TEST_F(Sandbox, lets_the_turn_of_an_engine_through) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    const int became = inside([&] {
        char c = 'x';
        const bool sent = ::send(pair[0], &c, 1, 0) == 1 && ::recv(pair[1], &c, 1, 0) == 1;
        return sent && ::close(pair[0]) == 0 ? 7 : 8;
    });
    EXPECT_TRUE(became == 7 || became == without_table) << became;
    ::close(pair[0]);
    ::close(pair[1]);
}

TEST_F(Sandbox, ends_a_process_that_opens_a_file) {
    expect_killed([] { return ::open("/", O_RDONLY); });
}
TEST_F(Sandbox, ends_a_process_that_makes_a_socket) {
    expect_killed([] { return ::socket(AF_INET, SOCK_DGRAM, 0); });
}
TEST_F(Sandbox, ends_a_process_that_forks) {
    expect_killed([] { return static_cast<int>(::fork()); });
}
TEST_F(Sandbox, ends_a_process_that_runs_a_program) {
    expect_killed([] { return ::execl("/bin/true", "true", nullptr); });
}
TEST_F(Sandbox, ends_a_process_that_sends_a_signal) {
    expect_killed([] { return ::kill(1, 0); });
}
TEST_F(Sandbox, ends_a_process_that_asks_for_memory) {
    expect_killed([] { return ::mmap(nullptr, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ? 1 : 0; });
}
TEST_F(Sandbox, ends_a_process_that_binds_or_sets_a_socket) {
    expect_killed([] { return ::setsockopt(0, SOL_SOCKET, SO_REUSEADDR, nullptr, 0); });
}

// Where the C library has one call for all of sockets, which of them is meant is looked at.
TEST_F(Sandbox, ends_a_process_that_makes_a_socket_by_the_common_call) {
#ifdef SYS_socketcall
    const unsigned long words[] = {AF_INET, SOCK_DGRAM, 0};
    expect_killed([&] { return static_cast<int>(::syscall(SYS_socketcall, SYS_SOCKET, words)); });
#else
    GTEST_SKIP() << "no such call here";
#endif
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
