// What the writer makes of a disk or a syslog daemon that refuses.
#include "writer/writer.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "writer/generation.hpp"

namespace {

struct Kernel {
    MOCK_METHOD(ssize_t, write, (int, const void*, std::size_t));
    MOCK_METHOD(int, open, (const char*, int, mode_t));
    MOCK_METHOD(int, fsync, (int));
    MOCK_METHOD(int, rename, (const char*, const char*));
    MOCK_METHOD(ssize_t, send, (int, const void*, std::size_t, int));
    MOCK_METHOD(int, connect, (int, const sockaddr*, socklen_t));
};
Kernel* kernel = nullptr;

}  // namespace

extern "C" {
ssize_t __real_write(int, const void*, std::size_t);
int __real_open(const char*, int, ...);
int __real_fsync(int);
int __real_rename(const char*, const char*);
ssize_t __real_send(int, const void*, std::size_t, int);
int __real_connect(int, const sockaddr*, socklen_t);

ssize_t __wrap_write(int fd, const void* bytes, std::size_t size) {
    return kernel ? kernel->write(fd, bytes, size) : __real_write(fd, bytes, size);
}
int __wrap_open(const char* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return kernel ? kernel->open(path, flags, mode) : __real_open(path, flags, mode);
}
int __wrap_fsync(int fd) { return kernel ? kernel->fsync(fd) : __real_fsync(fd); }
int __wrap_rename(const char* from, const char* to) {
    return kernel ? kernel->rename(from, to) : __real_rename(from, to);
}
ssize_t __wrap_send(int fd, const void* bytes, std::size_t size, int flags) {
    return kernel ? kernel->send(fd, bytes, size, flags) : __real_send(fd, bytes, size, flags);
}
int __wrap_connect(int fd, const sockaddr* to, socklen_t size) {
    return kernel ? kernel->connect(fd, to, size) : __real_connect(fd, to, size);
}
}

namespace hb::writer {
namespace {

using testing::_;
using testing::DoAll;
using testing::Return;
using testing::SetErrnoAndReturn;

/// Every call reaches the real kernel unless the test says what it answers.
struct Refusing : testing::Test {
    Refusing() {
        char name[] = "/tmp/hb-wrap-XXXXXX";
        directory = ::mkdtemp(name);
        ON_CALL(mock, write).WillByDefault(__real_write);
        ON_CALL(mock, open).WillByDefault([](const char* p, int f, mode_t m) {
            return __real_open(p, f, m);
        });
        ON_CALL(mock, fsync).WillByDefault(__real_fsync);
        ON_CALL(mock, rename).WillByDefault(__real_rename);
        ON_CALL(mock, send).WillByDefault(__real_send);
        ON_CALL(mock, connect).WillByDefault(__real_connect);
        kernel = &mock;
    }
    ~Refusing() override {
        kernel = nullptr;
        std::filesystem::remove_all(directory);
    }
    std::string path(const std::string& name) const { return directory + "/" + name; }
    static std::string content(const std::string& file) {
        std::ifstream in{file};
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }
    static Line said(std::uint64_t lost, int reason) {
        return Line{"lost " + std::to_string(lost) + " by " + std::to_string(reason) + "\n"};
    }
    testing::NiceMock<Kernel> mock;
    std::string directory;
};

struct FullDisk : Refusing {
    void write(std::string_view line, std::int64_t now) { file.write(line, now, said); }
    LogFile file{path("ha-log")};
};

TEST_F(FullDisk, costs_lines_that_are_counted_and_said_once_it_has_room_again) {
    for (const int error : {ENOSPC, EDQUOT, EIO, EFBIG, EROFS}) {
        EXPECT_CALL(mock, write)
            .WillOnce(SetErrnoAndReturn(error, -1))
            .WillOnce(SetErrnoAndReturn(error, -1))
            .WillRepeatedly(__real_write);
        LogFile log{path("log" + std::to_string(error))};
        log.write("one\n", 1, said);
        log.write("two\n", 2, said);
        log.write("three\n", 3, said);
        log.write("four\n", 4, said);
        EXPECT_EQ(content(path("log" + std::to_string(error))),
                  "lost 2 by " + std::to_string(error) + "\nthree\nfour\n");
    }
}

TEST_F(FullDisk, leaves_no_half_line_behind) {
    EXPECT_CALL(mock, write)
        .WillOnce([](int fd, const void* bytes, std::size_t) { return __real_write(fd, bytes, 3); })
        .WillOnce(SetErrnoAndReturn(ENOSPC, -1))
        .WillOnce(SetErrnoAndReturn(ENOSPC, -1))
        .WillRepeatedly(__real_write);
    write("one line\n", 1);
    write("lost line\n", 2);
    write("three\n", 3);
    EXPECT_EQ(content(path("ha-log")), "one line\nlost 1 by " + std::to_string(ENOSPC) + "\nthree\n");
}

TEST_F(FullDisk, that_takes_the_count_but_not_the_line_says_the_right_count_later) {
    EXPECT_CALL(mock, write)
        .WillOnce(SetErrnoAndReturn(ENOSPC, -1))
        .WillOnce(__real_write)
        .WillOnce(SetErrnoAndReturn(ENOSPC, -1))
        .WillRepeatedly(__real_write);
    write("one\n", 1);
    write("two\n", 2);
    write("three\n", 3);
    const std::string by = " by " + std::to_string(ENOSPC) + "\n";
    EXPECT_EQ(content(path("ha-log")), "lost 1" + by + "lost 1" + by + "three\n");
}

TEST_F(FullDisk, is_no_reason_to_give_up_after_a_signal) {
    EXPECT_CALL(mock, write).WillOnce(SetErrnoAndReturn(EINTR, -1)).WillRepeatedly(__real_write);
    write("one\n", 1);
    EXPECT_EQ(content(path("ha-log")), "one\n");
    EXPECT_EQ(file.lost(), 0u);
}

TEST_F(FullDisk, or_a_file_that_cannot_be_opened_is_tried_once_a_second) {
    for (const int error : {ENOENT, EACCES, EMFILE, ENOSPC, ENXIO, EISDIR}) {
        LogFile log{path("log" + std::to_string(error))};
        EXPECT_CALL(mock, open)
            .WillOnce(SetErrnoAndReturn(error, -1))
            .WillOnce([](const char* p, int f, mode_t m) { return __real_open(p, f, m); });
        log.write("one\n", 1, said);
        log.write("two\n", 1, said);
        log.write("three\n", 2, said);
        EXPECT_EQ(content(path("log" + std::to_string(error))),
                  "lost 2 by " + std::to_string(error) + "\nthree\n");
    }
}

struct Reserving : Refusing {
    Reserving() { std::ofstream{file} << "             41\n"; }
    std::string file = path("hb_generation");
};

TEST_F(Reserving, syncs_the_new_file_before_it_takes_the_old_ones_place_and_the_directory_after_it) {
    testing::InSequence in_this_order;
    EXPECT_CALL(mock, write);
    EXPECT_CALL(mock, fsync);
    EXPECT_CALL(mock, rename);
    EXPECT_CALL(mock, fsync);
    ASSERT_TRUE(reserve_generation(file, 42));
    EXPECT_EQ(content(file), "             42\n");
}

TEST_F(Reserving, keeps_the_old_number_and_says_why_if_the_disk_does_not_take_the_new_one) {
    for (const int error : {ENOSPC, EIO, EROFS, EDQUOT}) {
        EXPECT_CALL(mock, write).WillOnce(SetErrnoAndReturn(error, -1)).RetiresOnSaturation();
        const auto done = reserve_generation(file, 42);
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, error);
        EXPECT_EQ(content(file), "             41\n");
    }
}

TEST_F(Reserving, keeps_the_old_number_and_says_why_if_the_new_one_may_not_be_on_the_disk) {
    EXPECT_CALL(mock, fsync).WillOnce(SetErrnoAndReturn(EIO, -1));
    EXPECT_EQ(reserve_generation(file, 42).error().code, EIO);
    EXPECT_EQ(content(file), "             41\n");
}

TEST_F(Reserving, keeps_the_old_number_and_says_why_if_the_file_cannot_be_replaced) {
    EXPECT_CALL(mock, rename).WillOnce(SetErrnoAndReturn(EACCES, -1));
    EXPECT_EQ(reserve_generation(file, 42).error().code, EACCES);
    EXPECT_EQ(content(file), "             41\n");
}

TEST_F(Reserving, completes_a_short_write) {
    EXPECT_CALL(mock, write)
        .WillOnce([](int fd, const void* bytes, std::size_t) { return __real_write(fd, bytes, 5); })
        .WillOnce(SetErrnoAndReturn(EINTR, -1))
        .WillOnce(__real_write);
    ASSERT_TRUE(reserve_generation(file, 42));
    EXPECT_EQ(content(file), "             42\n");
}

TEST_F(Reserving, does_without_a_sync_of_directories_that_know_none) {
    EXPECT_CALL(mock, fsync).WillOnce(Return(0)).WillOnce(SetErrnoAndReturn(EINVAL, -1));
    EXPECT_TRUE(reserve_generation(file, 42));
}

struct SyslogDaemon : Refusing {
    SyslogDaemon() { ON_CALL(mock, connect).WillByDefault(Return(0)); }
    Syslog syslog{path("log")};
};

TEST_F(SyslogDaemon, that_is_full_keeps_its_connection_and_costs_one_line) {
    EXPECT_CALL(mock, connect).WillOnce(Return(0));
    for (const int error : {ENOBUFS, EMSGSIZE, EAGAIN}) {
        EXPECT_CALL(mock, send).WillRepeatedly(SetErrnoAndReturn(error, -1));
        EXPECT_FALSE(syslog.send("x", 1)) << error;
    }
    EXPECT_EQ(syslog.lost(), 3u);
    EXPECT_CALL(mock, send).WillOnce(SetErrnoAndReturn(EINTR, -1)).WillOnce(Return(1));
    EXPECT_TRUE(syslog.send("x", 1));
}

TEST_F(SyslogDaemon, that_was_restarted_is_connected_to_again_at_once_but_not_twice_a_second) {
    EXPECT_CALL(mock, connect).Times(2).WillRepeatedly(Return(0));
    EXPECT_CALL(mock, send)
        .WillOnce(Return(1))
        .WillOnce(SetErrnoAndReturn(ECONNREFUSED, -1))
        .WillOnce(Return(1));
    EXPECT_TRUE(syslog.send("x", 1));
    EXPECT_TRUE(syslog.send("x", 2));
    EXPECT_CALL(mock, send).WillOnce(SetErrnoAndReturn(ENOTCONN, -1));
    EXPECT_FALSE(syslog.send("x", 2));
    EXPECT_EQ(syslog.lost(), 1u);
}

TEST(Channel, of_the_engine_that_is_full_or_closed_loses_records_by_count_only) {
    testing::NiceMock<Kernel> mock;
    kernel = &mock;
    Client client{5};
    std::uint32_t expected = 0;
    for (const int error : {EAGAIN, ENOBUFS, ECONNREFUSED, EPIPE, EBADF}) {
        EXPECT_CALL(mock, send(5, _, sizeof(Envelope), MSG_DONTWAIT | MSG_NOSIGNAL))
            .WillOnce(SetErrnoAndReturn(error, -1));
        client.log(LogRecord{});
        EXPECT_EQ(client.dropped(), ++expected);
    }
    EXPECT_CALL(mock, send)
        .WillOnce(SetErrnoAndReturn(EINTR, -1))
        .WillOnce([](int, const void* bytes, std::size_t size, int) {
            EXPECT_EQ(static_cast<const Envelope*>(bytes)->dropped, 5u);
            return static_cast<ssize_t>(size);
        });
    client.log(LogRecord{});
    EXPECT_EQ(client.dropped(), 0u);
    kernel = nullptr;
}

}  // namespace
}  // namespace hb::writer
