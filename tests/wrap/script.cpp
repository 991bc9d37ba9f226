#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "unit/scripts/script_world.hpp"

extern "C" {
pid_t __real_fork(void);
int __real_pipe2(int ends[2], int flags);
}

namespace {

class Calls {
public:
    MOCK_METHOD(pid_t, fork, ());
    MOCK_METHOD(int, pipe2, (int*, int));
};
Calls* calls = nullptr;

}  // namespace

extern "C" {
pid_t __wrap_fork(void) { return calls ? calls->fork() : __real_fork(); }
int __wrap_pipe2(int ends[2], int flags) {
    return calls ? calls->pipe2(ends, flags) : __real_pipe2(ends, flags);
}
}

namespace {

using namespace hb;
using namespace hb::scripts;
using testing::SetErrnoAndReturn;

const ResourceId one = id_of<ResourceId>(1);

class ScriptCalls : public testing::TestWithParam<int> {
protected:
    void SetUp() override {
        ON_CALL(mock_, fork).WillByDefault(__real_fork);
        ON_CALL(mock_, pipe2).WillByDefault(__real_pipe2);
        calls = &mock_;
    }
    void TearDown() override { calls = nullptr; }
    /// Told at the next turn, not from within the call that asked.
    void expect_failure_is_told() {
        EXPECT_TRUE(world_.ends.empty());
        EXPECT_LE(world_.scripts.deadline(), world_.now);
        world_.scripts.on_time(world_.now);
        ASSERT_EQ(world_.ends.size(), 1u);
        EXPECT_EQ(world_.ends[0].outcome, core::Outcome::failed);
        EXPECT_FALSE(world_.scripts.any_busy());
        world_.read_log();
        EXPECT_EQ(world_.log.size(), 1u);
        EXPECT_TRUE(world_.logged("svc"));
    }
    ScriptWorld world_;
    testing::StrictMock<Calls> mock_;
};
INSTANTIATE_TEST_SUITE_P(each_errno, ScriptCalls, testing::Values(EAGAIN, ENOMEM, EMFILE, ENFILE, ENOSYS));

TEST_P(ScriptCalls, without_a_process_a_start_fails_with_a_line) {
    EXPECT_CALL(mock_, pipe2).Times(2);  // stdout and stderr of a status
    EXPECT_CALL(mock_, fork).WillOnce(SetErrnoAndReturn(GetParam(), -1));
    world_.scripts.run(world_.resource("svc"), one, Act::start, 10s, world_.now);
    expect_failure_is_told();
}

TEST_P(ScriptCalls, without_a_pipe_a_stop_fails_with_a_line) {
    EXPECT_CALL(mock_, pipe2).WillOnce(SetErrnoAndReturn(GetParam(), -1));
    world_.scripts.run(world_.resource("svc"), one, Act::stop, 10s, world_.now);
    expect_failure_is_told();
}

TEST_P(ScriptCalls, a_process_that_is_missing_after_status_fails_the_start) {
    world_.script("resource.d/svc", "echo stopped");
    EXPECT_CALL(mock_, pipe2).Times(3);  // two of the status, one of the start
    EXPECT_CALL(mock_, fork).WillOnce(__real_fork).WillOnce(SetErrnoAndReturn(GetParam(), -1));
    world_.scripts.run(world_.resource("svc"), one, Act::start, 10s, world_.now);
    world_.serve_until([&] { return world_.scripts.deadline() <= world_.now; });
    world_.scripts.on_time(world_.now);
    ASSERT_EQ(world_.ends.size(), 1u);
    EXPECT_EQ(world_.ends[0].outcome, core::Outcome::failed);
}

}  // namespace
