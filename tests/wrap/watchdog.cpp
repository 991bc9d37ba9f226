#include "supervisor/engines/watchdog.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/watchdog.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>

namespace {

/// The device is descriptor 700, which nobody else has.
constexpr int device = 700;

class Calls {
public:
    MOCK_METHOD(int, open, (const char*, int));
    MOCK_METHOD(int, set_timeout, (int*));
    MOCK_METHOD(ssize_t, write, (char));
    MOCK_METHOD(void, close, ());
};
Calls* calls = nullptr;

}  // namespace

extern "C" {
int __real_open(const char* path, int flags, mode_t mode);
int __real_ioctl(int fd, unsigned long request, void* argument);
ssize_t __real_write(int fd, const void* octets, size_t size);
int __real_close(int fd);

int __wrap_open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) ? static_cast<mode_t>(va_arg(more, int)) : 0;
    va_end(more);
    return calls && std::strncmp(path, "/dev/watchdog", 13) == 0 ? calls->open(path, flags)
                                                                 : __real_open(path, flags, mode);
}
int __wrap_ioctl(int fd, unsigned long request, ...) {
    va_list more;
    va_start(more, request);
    void* const argument = va_arg(more, void*);
    va_end(more);
    if (fd != device) return __real_ioctl(fd, request, argument);
    EXPECT_EQ(request, WDIOC_SETTIMEOUT);
    return calls->set_timeout(static_cast<int*>(argument));
}
ssize_t __wrap_write(int fd, const void* octets, size_t size) {
    if (fd != device) return __real_write(fd, octets, size);
    EXPECT_EQ(size, 1u);
    return calls->write(*static_cast<const char*>(octets));
}
int __wrap_close(int fd) {
    if (fd != device) return __real_close(fd);
    calls->close();
    return 0;
}
}

namespace {

using namespace hb;
using namespace hb::supervisor;
using testing::_;
using testing::InSequence;
using testing::Return;
using testing::SetErrnoAndReturn;

class WatchdogCalls : public testing::Test {
protected:
    void SetUp() override { calls = &mock_; }
    void TearDown() override { calls = nullptr; }
    void opens(int seconds_taken = 0) {
        EXPECT_CALL(mock_, open(_, O_WRONLY | O_CLOEXEC | O_NONBLOCK)).WillOnce(Return(device));
        EXPECT_CALL(mock_, set_timeout).WillOnce([this, seconds_taken](int* seconds) {
            asked_ = *seconds;
            if (seconds_taken) *seconds = seconds_taken;
            return 0;
        });
    }
    testing::StrictMock<Calls> mock_;
    int asked_ = 0;
    const Instant now_{std::chrono::seconds{1000}};
};

TEST_F(WatchdogCalls, its_timeout_is_a_quarter_of_the_deadtime_in_whole_seconds_and_two_at_least) {
    EXPECT_EQ(Watchdog::timeout_for(300ms), 2s);
    EXPECT_EQ(Watchdog::timeout_for(8s), 2s);
    EXPECT_EQ(Watchdog::timeout_for(15s), 3s);
    EXPECT_EQ(Watchdog::timeout_for(30s), 7s);
    EXPECT_EQ(Watchdog::timeout_for(std::chrono::hours{1}), 60s);
}

TEST_F(WatchdogCalls, is_fed_three_times_in_its_timeout_and_let_go_with_the_magic_letter) {
    Watchdog watchdog;
    EXPECT_EQ(watchdog.due(), never);
    opens();
    ASSERT_TRUE(watchdog.open("/dev/watchdog", 36s));
    EXPECT_EQ(asked_, 9);
    EXPECT_LE(watchdog.due(), now_) << "at once";
    InSequence order;
    EXPECT_CALL(mock_, write('\0')).WillOnce(Return(1));
    watchdog.feed(now_);
    EXPECT_EQ(watchdog.due(), now_ + 3s);
    EXPECT_CALL(mock_, write('V')).WillOnce(Return(1));
    EXPECT_CALL(mock_, close);
    watchdog.disarm();
    EXPECT_FALSE(watchdog.is_open());
    watchdog.disarm();
}

TEST_F(WatchdogCalls, that_starves_is_news_once_and_looked_at_soon_again) {
    Watchdog watchdog;
    opens();
    ASSERT_TRUE(watchdog.open("/dev/watchdog", 36s));
    EXPECT_TRUE(watchdog.starve(now_));
    EXPECT_LE(watchdog.due(), now_ + 250ms);
    EXPECT_FALSE(watchdog.starve(now_ + 250ms));
    EXPECT_CALL(mock_, write('\0')).WillOnce(Return(1));
    watchdog.feed(now_ + 400ms);
    EXPECT_TRUE(watchdog.starve(now_ + 3s));
    EXPECT_CALL(mock_, close);  // without the letter: it goes on counting
    watchdog.abandon();
}

TEST_F(WatchdogCalls, whose_driver_takes_another_timeout_is_named_and_fed_often_enough) {
    Watchdog watchdog;
    opens(3);
    const auto opened = watchdog.open("/dev/watchdog", 36s);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->note, "its timeout is 3 s, not 9 s");
    EXPECT_EQ(watchdog.timeout(), 3s);
    EXPECT_CALL(mock_, close);
    watchdog.abandon();
}

class WatchdogErrors : public WatchdogCalls, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(each_errno, WatchdogErrors, testing::Values(ENOENT, EBUSY, EACCES, ENODEV, ENXIO));

TEST_P(WatchdogErrors, a_device_that_cannot_be_opened_is_an_error_that_names_it) {
    Watchdog watchdog;
    EXPECT_CALL(mock_, open).WillOnce(SetErrnoAndReturn(GetParam(), -1));
    const auto opened = watchdog.open("/dev/watchdog1", 36s);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().what, "watchdog /dev/watchdog1 cannot be opened");
    EXPECT_EQ(opened.error().code, GetParam());
    EXPECT_EQ(watchdog.due(), never);
}

TEST_P(WatchdogErrors, a_timeout_that_cannot_be_set_is_worth_a_note) {
    Watchdog watchdog;
    EXPECT_CALL(mock_, open).WillOnce(Return(device));
    EXPECT_CALL(mock_, set_timeout).WillOnce(SetErrnoAndReturn(GetParam(), -1));
    const auto opened = watchdog.open("/dev/watchdog", 36s);
    ASSERT_TRUE(opened);
    EXPECT_NE(opened->note.find("it keeps its own"), std::string::npos);
    EXPECT_CALL(mock_, close);
    watchdog.abandon();
}

}  // namespace
