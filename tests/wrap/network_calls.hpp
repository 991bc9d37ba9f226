#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <set>

/// The network's system calls, answered by the test: linked with --wrap for each of them. Descriptors from
/// 5000 on are not real; the fixture checks that each was closed and that every call that was foretold was
/// made, and no other.
namespace hb::wrap {

class Calls {
public:
    MOCK_METHOD(int, socket, (int family, int type, int protocol));
    MOCK_METHOD(int, bind, (int fd, const sockaddr* address, socklen_t size));
    MOCK_METHOD(int, setsockopt, (int fd, int level, int name, const void* value, socklen_t size));
    MOCK_METHOD(ssize_t, sendmsg, (int fd, const msghdr* message, int flags));
    MOCK_METHOD(ssize_t, recvmsg, (int fd, msghdr* message, int flags));
    MOCK_METHOD(int, sendmmsg, (int fd, mmsghdr* messages, unsigned count, int flags));
    MOCK_METHOD(int, poll, (pollfd * fds, nfds_t count, int timeout_ms));
};

inline testing::StrictMock<Calls>* calls = nullptr;
inline std::set<int> open_descriptors;
constexpr int first_descriptor = 5000;

/// An answer of -1 with this errno.
inline auto fails(int code) { return testing::SetErrnoAndReturn(code, -1); }

class Fixture : public testing::Test {
protected:
    Fixture() {
        calls = &kernel;
        open_descriptors.clear();
    }
    ~Fixture() override {
        EXPECT_TRUE(open_descriptors.empty()) << "a descriptor was left open";
        calls = nullptr;
    }
    /// The next socket() works.
    testing::Action<int(int, int, int)> opens() {
        return [this](int, int, int) {
            open_descriptors.insert(next_);
            return next_++;
        };
    }
    testing::StrictMock<Calls> kernel;

private:
    int next_ = first_descriptor;
};

}  // namespace hb::wrap

extern "C" {
int __real_close(int fd);

int __wrap_socket(int family, int type, int protocol) {
    return hb::wrap::calls->socket(family, type, protocol);
}
int __wrap_bind(int fd, const sockaddr* address, socklen_t size) {
    return hb::wrap::calls->bind(fd, address, size);
}
int __wrap_setsockopt(int fd, int level, int name, const void* value, socklen_t size) {
    return hb::wrap::calls->setsockopt(fd, level, name, value, size);
}
ssize_t __wrap_sendmsg(int fd, const msghdr* message, int flags) {
    return hb::wrap::calls->sendmsg(fd, message, flags);
}
ssize_t __wrap_recvmsg(int fd, msghdr* message, int flags) {
    return hb::wrap::calls->recvmsg(fd, message, flags);
}
int __wrap_sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
    return hb::wrap::calls->sendmmsg(fd, messages, count, flags);
}
int __wrap_poll(pollfd* fds, nfds_t count, int timeout_ms) {
    return hb::wrap::calls->poll(fds, count, timeout_ms);
}
int __wrap_close(int fd) {
    if (fd < hb::wrap::first_descriptor) return __real_close(fd);
    return hb::wrap::open_descriptors.erase(fd) == 1 ? 0 : -1;
}
}
