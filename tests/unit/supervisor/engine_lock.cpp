#include "supervisor/engines/engine_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "hb/base/clock.hpp"

namespace hb::supervisor {
namespace {

class Orphan : public testing::Test {
protected:
    Orphan() {
        char name[] = "/tmp/hb-orphan-XXXXXX";
        directory = ::mkdtemp(name);
        path = directory + "/engine";
    }
    ~Orphan() override {
        if (engine > 0) ::kill(engine, SIGKILL);
        if (engine > 0) ::waitpid(engine, nullptr, 0);
        std::filesystem::remove_all(directory);
    }
    /// A supervisor that has forked an engine, and was killed: all that is left of it is the engine's descriptor.
    void leave_an_engine() {
        auto lock = std::move(*EngineLock::open(path));
        ASSERT_TRUE(lock.take());
        engine = ::fork();
        if (engine == 0)
            for (;;) ::pause();
        lock.note(engine);
    }
    std::string directory, path;
    pid_t engine = -1;
};

TEST_F(Orphan, is_not_there_when_nobody_holds_the_lock) {
    auto lock = std::move(*EngineLock::open(path));
    EXPECT_TRUE(lock.take());
    EXPECT_EQ(lock.engine(), 0);
}

TEST_F(Orphan, is_known_by_the_lock_and_by_its_pid_and_start_time) {
    leave_an_engine();
    auto lock = std::move(*EngineLock::open(path));
    EXPECT_FALSE(lock.take());
    EXPECT_EQ(lock.engine(), engine);
}

TEST_F(Orphan, is_ended_also_when_it_is_stopped) {
    leave_an_engine();
    ::kill(engine, SIGSTOP);
    auto lock = std::move(*EngineLock::open(path));
    EXPECT_TRUE(lock.end_orphan(10s));
    int status = 0;
    EXPECT_EQ(::waitpid(engine, &status, 0), engine);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    engine = -1;
}

TEST_F(Orphan, is_never_a_process_that_has_only_its_number) {
    leave_an_engine();
    std::ofstream(path) << ::getpid() << " 12345\n";
    auto lock = std::move(*EngineLock::open(path));
    EXPECT_EQ(lock.engine(), 0);
    EXPECT_FALSE(lock.end_orphan(20ms));
}

TEST_F(Orphan, is_not_who_locks_a_file_that_everybody_could_open) {
    std::ofstream{path};
    ::chmod(path.c_str(), 0644);
    auto nobody = Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    ASSERT_EQ(::flock(nobody.get(), LOCK_EX | LOCK_NB), 0);
    auto lock = std::move(*EngineLock::open(path));
    ASSERT_FALSE(lock.take());
    EXPECT_TRUE(lock.end_orphan(10s));
    auto next = std::move(*EngineLock::open(path));
    EXPECT_FALSE(next.take());
}

TEST_F(Orphan, file_of_garbage_names_nobody) {
    leave_an_engine();
    for (const char* text : {"", "x", "12", "-1 5\n", "1 1\n", "99999999999999999999 1\n"}) {
        std::ofstream(path) << text;
        auto lock = std::move(*EngineLock::open(path));
        EXPECT_EQ(lock.engine(), 0) << text;
    }
}

}  // namespace
}  // namespace hb::supervisor
