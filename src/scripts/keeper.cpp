#include "hb/scripts/keeper.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "hb/scripts/child.hpp"
#include "hb/tools/part.hpp"

namespace hb::scripts {
namespace {

constexpr int channel_room = 4 * 1024 * 1024;          ///< some thousand pipes at once
constexpr const char* keeper_name = "service-output";  ///< whoever kills all of heartbeat by name spares it
constexpr std::size_t room_for_fd = CMSG_SPACE(sizeof(int));

struct FdMessage {
    FdMessage() {
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
    }
    char octet = 0;
    iovec part{&octet, 1};
    alignas(cmsghdr) std::array<char, room_for_fd> control{};
    msghdr message{};
};

/// The process itself.
class Keeping {
public:
    explicit Keeping(int channel) : channel_(channel) { watch(EPOLL_CTL_ADD, channel_, EPOLLIN); }
    int run() {
        std::array<epoll_event, 64> events;
        while (channel_ >= 0 || pipes_ > 0) {
            const int n = ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), -1);
            if (n < 0 && errno != EINTR) return 1;
            for (int i = 0; i < n; ++i) on_event(events[static_cast<std::size_t>(i)].data.fd);
        }
        return 0;
    }

private:
    void on_event(int fd) {
        if (fd == channel_)
            take();
        else if (channel_ >= 0)
            close(fd);  // nobody writes into it any more
        else
            forget_what_is_in(fd);
    }

    void take() {
        FdMessage got;
        const ssize_t n = ::recvmsg(channel_, &got.message, MSG_CMSG_CLOEXEC);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
        const cmsghdr* const header = n > 0 ? CMSG_FIRSTHDR(&got.message) : nullptr;
        if (n > 0 && (!header || header->cmsg_type != SCM_RIGHTS)) return;
        if (n <= 0) return left_alone();
        int pipe = -1;
        std::memcpy(&pipe, CMSG_DATA(header), sizeof pipe);
        last_ = std::max(last_, pipe);
        ++pipes_;
        watch(EPOLL_CTL_ADD, pipe, 0);  // its end is told all the same
    }

    void left_alone() {
        ::close(channel_);
        channel_ = -1;
        for (int fd = 0; fd <= last_; ++fd) watch(EPOLL_CTL_MOD, fd, EPOLLIN);
    }

    void forget_what_is_in(int pipe) {
        for (int blocks = 0; blocks < 4; ++blocks) {
            const ssize_t n = ::read(pipe, forgotten_.data(), forgotten_.size());
            if (n > 0 || (n < 0 && errno == EINTR)) continue;
            if (n == 0) close(pipe);
            return;
        }
    }

    // The supervisor may have the same open file: closing alone would leave it watched (epoll(7), Q6).
    void close(int pipe) {
        watch(EPOLL_CTL_DEL, pipe, 0);
        ::close(pipe);
        --pipes_;
    }
    void watch(int what, int fd, std::uint32_t events) {
        epoll_event event{.events = events, .data = {.fd = fd}};
        ::epoll_ctl(poll_.get(), what, fd, &event);
    }

    Fd poll_{::epoll_create1(EPOLL_CLOEXEC)};
    int channel_, last_ = -1;
    std::size_t pipes_ = 0;
    std::array<char, 64 * 1024> forgotten_{};
};

}  // namespace

bool PipeKeeper::start() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return false;
    Fd ours{ends[0]}, theirs{ends[1]};
    pid_ = ::fork();
    if (pid_ == 0) {
        const int keep[] = {theirs.get()};
        tools::be_a_part(keeper_name, keep, tools::Stdio::leave);
        ::_exit(Keeping(theirs.get()).run());
    }
    if (pid_ < 0) return false;
    channel_ = std::move(ours);
    ::setsockopt(channel_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &channel_room, sizeof channel_room);
    return true;
}

void PipeKeeper::hold(int pipe) {
    if (!channel_ && !start()) return;
    FdMessage sent;
    cmsghdr* const header = CMSG_FIRSTHDR(&sent.message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof pipe);
    std::memcpy(CMSG_DATA(header), &pipe, sizeof pipe);
    [[maybe_unused]] const ssize_t n = ::sendmsg(channel_.get(), &sent.message, MSG_NOSIGNAL);
}

}  // namespace hb::scripts
