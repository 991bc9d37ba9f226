#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "supervisor/state/state.hpp"

extern "C" {
int __real_fsync(int fd);
int __real_rename(const char* from, const char* to);
ssize_t __real_write(int fd, const void* octets, size_t size);
ssize_t __real_getrandom(void* out, size_t size, unsigned flags);
}

namespace {

class Calls {
public:
    MOCK_METHOD(int, fsync, (int));
    MOCK_METHOD(int, rename, (const char*, const char*));
    MOCK_METHOD(ssize_t, write, (int, const void*, size_t));
    MOCK_METHOD(ssize_t, getrandom, (void*, size_t, unsigned));
};
Calls* calls = nullptr;

}  // namespace

extern "C" {
int __wrap_fsync(int fd) { return calls ? calls->fsync(fd) : __real_fsync(fd); }
int __wrap_rename(const char* from, const char* to) {
    return calls ? calls->rename(from, to) : __real_rename(from, to);
}
ssize_t __wrap_write(int fd, const void* octets, size_t size) {
    return calls ? calls->write(fd, octets, size) : __real_write(fd, octets, size);
}
ssize_t __wrap_getrandom(void* out, size_t size, unsigned flags) {
    return calls ? calls->getrandom(out, size, flags) : __real_getrandom(out, size, flags);
}
}

namespace {

using namespace hb::supervisor;
using testing::_;
using testing::InSequence;
using testing::Return;
using testing::SetErrnoAndReturn;

constexpr std::uint64_t clock_now = 1'700'000'000;

class GenerationCalls : public testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/hb-wrap-XXXXXX";
        directory_ = ::mkdtemp(name);
        std::ofstream(path()) << "            100\n";
        ON_CALL(mock_, fsync).WillByDefault(__real_fsync);
        ON_CALL(mock_, rename).WillByDefault(__real_rename);
        ON_CALL(mock_, write).WillByDefault(__real_write);
        ON_CALL(mock_, getrandom).WillByDefault(__real_getrandom);
        calls = &mock_;
    }
    void TearDown() override {
        calls = nullptr;
        std::filesystem::remove_all(directory_);
    }
    std::string path() const { return directory_ + "/hb_generation"; }
    std::string content() const {
        std::ifstream in(path());
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void expect_refused(int code) {
        const auto reserved = reserve_generations(path(), clock_now);
        ASSERT_FALSE(reserved);
        EXPECT_EQ(reserved.error().code, code);
        EXPECT_EQ(content(), "            100\n") << "the old number stays";
    }
    testing::StrictMock<Calls> mock_;
    std::string directory_;
};

TEST_F(GenerationCalls, are_written_synced_moved_and_the_directory_synced_in_this_order) {
    InSequence order;
    EXPECT_CALL(mock_, write(_, _, 16));
    EXPECT_CALL(mock_, fsync);
    EXPECT_CALL(mock_, rename);
    EXPECT_CALL(mock_, fsync);
    const auto reserved = reserve_generations(path(), clock_now);
    ASSERT_TRUE(reserved);
    EXPECT_EQ(reserved->first, 101u);
    EXPECT_EQ(content(), "            102\n");
}

TEST_F(GenerationCalls, an_interrupted_or_short_write_goes_on) {
    EXPECT_CALL(mock_, write)
        .WillOnce(SetErrnoAndReturn(EINTR, -1))
        .WillOnce([](int fd, const void* octets, size_t) { return __real_write(fd, octets, 5); })
        .WillOnce(__real_write);
    EXPECT_CALL(mock_, fsync).Times(2);
    EXPECT_CALL(mock_, rename);
    ASSERT_TRUE(reserve_generations(path(), clock_now));
    EXPECT_EQ(content(), "            102\n");
}

class GenerationWriteErrors : public GenerationCalls, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(each_errno, GenerationWriteErrors,
                         testing::Values(ENOSPC, EIO, EDQUOT, EROFS, EFBIG));

TEST_P(GenerationWriteErrors, of_a_write_refuse_the_start) {
    EXPECT_CALL(mock_, write).WillOnce(SetErrnoAndReturn(GetParam(), -1));
    expect_refused(GetParam());
}

TEST_P(GenerationWriteErrors, of_the_sync_refuse_the_start) {
    EXPECT_CALL(mock_, write);
    EXPECT_CALL(mock_, fsync).WillOnce(SetErrnoAndReturn(GetParam(), -1));
    expect_refused(GetParam());
}

TEST_P(GenerationWriteErrors, of_the_move_refuse_the_start) {
    EXPECT_CALL(mock_, write);
    EXPECT_CALL(mock_, fsync);
    EXPECT_CALL(mock_, rename).WillOnce(SetErrnoAndReturn(GetParam(), -1));
    expect_refused(GetParam());
}

TEST_F(GenerationCalls, a_directory_that_cannot_be_synced_refuses_the_start) {
    EXPECT_CALL(mock_, write);
    EXPECT_CALL(mock_, fsync).WillOnce(__real_fsync).WillOnce(SetErrnoAndReturn(EIO, -1));
    EXPECT_CALL(mock_, rename);
    const auto reserved = reserve_generations(path(), clock_now);
    ASSERT_FALSE(reserved);
    EXPECT_EQ(reserved.error().code, EIO);
}

TEST_F(GenerationCalls, a_uuid_needs_the_random_source) {
    EXPECT_CALL(mock_, getrandom).WillOnce(SetErrnoAndReturn(ENOSYS, -1));
    const auto node = load_uuid(directory_ + "/hb_uuid");
    ASSERT_FALSE(node);
    EXPECT_EQ(node.error().code, ENOSYS);
}

}  // namespace
