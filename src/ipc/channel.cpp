#include "hb/ipc/channel.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace hb::ipc {
namespace {

Result<Ends> make_pair(int flags, const char* what) {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0, fds) != 0) return Error{what, errno};
    return Ends{.supervisor = Fd{fds[0]}, .other = Fd{fds[1]}};
}

/// One message and room for one descriptor, in the form sendmsg and recvmsg want.
class Packet {
public:
    Packet(void* bytes, std::size_t size) : part_{.iov_base = bytes, .iov_len = size} {
        header_.msg_iov = &part_;
        header_.msg_iovlen = 1;
    }
    msghdr* header() { return &header_; }
    void make_room() {
        header_.msg_control = control_;
        header_.msg_controllen = sizeof control_;
    }
    void attach(int fd) {
        make_room();
        cmsghdr* const item = CMSG_FIRSTHDR(&header_);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(sizeof fd);
        std::memcpy(CMSG_DATA(item), &fd, sizeof fd);
    }
    Fd detach() {
        for (cmsghdr* item = CMSG_FIRSTHDR(&header_); item; item = CMSG_NXTHDR(&header_, item)) {
            if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(item), sizeof fd);
            return Fd{fd};
        }
        return Fd{};
    }

private:
    iovec part_;
    msghdr header_{};
    alignas(cmsghdr) char control_[CMSG_SPACE(sizeof(int))]{};
};

Sent send_packet(int channel, Packet& packet) {
    for (;;) {
        if (::sendmsg(channel, packet.header(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return Sent::ok;
        if (errno == EINTR) continue;
        // ETOOMANYREFS: too many lent descriptors under way; ENOMEM, ENOBUFS: short of memory. All of them
        // pass.
        const bool passes = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM ||
                            errno == ETOOMANYREFS;
        return passes ? Sent::full : Sent::closed;
    }
}

template <class T>
Got receive_packet(int channel, T& message, Fd* lent) {
    for (;;) {
        T incoming;
        Packet packet{&incoming, sizeof incoming};
        if (lent) packet.make_room();  // without room the kernel closes what an engine should not have sent
        const ssize_t n = ::recvmsg(channel, packet.header(), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOMEM ? Got::empty : Got::closed;
        if (n == 0) return Got::closed;
        Fd fd = lent ? packet.detach() : Fd{};
        if (static_cast<std::size_t>(n) != sizeof incoming || (packet.header()->msg_flags & MSG_TRUNC))
            continue;
        message = incoming;
        if (lent) *lent = std::move(fd);
        return Got::message;
    }
}

}  // namespace

Result<Ends> make_channel() { return make_pair(SOCK_NONBLOCK, "cannot make the channel to the engine"); }

Result<Ends> make_record_channel() { return make_pair(0, "cannot make the channel to the writer"); }

Sent send(int channel, const Request& request) {
    Request copy = request;
    Packet packet{&copy, sizeof copy};
    return send_packet(channel, packet);
}

Sent send(int channel, const Notice& notice, int lent) {
    Notice copy = notice;
    Packet packet{&copy, sizeof copy};
    if (lent >= 0) packet.attach(lent);
    return send_packet(channel, packet);
}

Got receive(int channel, Request& request) { return receive_packet(channel, request, nullptr); }

Got receive(int channel, Notice& notice, Fd& lent) {
    lent.reset();
    return receive_packet(channel, notice, &lent);
}

}  // namespace hb::ipc
