#include "hb/net/netlink.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <optional>

#include "hb/base/invariant.hpp"
#include "net/attribute.hpp"

namespace hb::net {
namespace {

constexpr Duration patience = 2s;
constexpr int receive_buffer = 4 << 20;    // 5000 notices; the default holds 256
constexpr std::size_t drain_bound = 8192;  // datagrams of one drain, a few milliseconds

Instant boot_now() {
    timespec ts{};
    ::clock_gettime(CLOCK_BOOTTIME, &ts);
    return Instant{std::chrono::seconds{ts.tv_sec} + std::chrono::nanoseconds{ts.tv_nsec}};
}

/// True: something may be there to read.
bool wait_readable(int fd, Instant deadline) {
    pollfd waiting{fd, POLLIN, 0};
    for (;;) {
        const std::int64_t left = to_ms_up(deadline - boot_now());
        if (left <= 0) return false;
        const int ready = ::poll(&waiting, 1, static_cast<int>(left));
        if (ready >= 0 || errno != EINTR) return ready > 0;
    }
}

void set(const Fd& fd, int level, int name, int value) {
    // Each of these makes a good thing better: a kernel that refuses it still serves.
    (void)::setsockopt(fd.get(), level, name, &value, sizeof value);
}

Result<Fd> open_rtnetlink(unsigned groups) {
    Fd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE)};
    if (!fd) return Error{"cannot open rtnetlink", errno};
    set(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer);
    sockaddr_nl at{};
    at.nl_family = AF_NETLINK;
    at.nl_groups = groups;
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
        return Error{"cannot bind rtnetlink", errno};
    return fd;
}

/// 0 or an errno value.
int send_all(int fd, const void* bytes, std::size_t size) {
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    iovec part{const_cast<void*>(bytes), size};
    msghdr message{};
    message.msg_name = &kernel;
    message.msg_namelen = sizeof kernel;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    for (;;) {
        if (::sendmsg(fd, &message, 0) >= 0) return 0;
        if (errno != EINTR) return errno;
    }
}

/// Octets read; 0: nothing is there, or it did not come from the kernel (`from_other` tells). Error code:
/// ENOBUFS, or whatever recvmsg says.
struct Reading {
    std::size_t size = 0;
    int code = 0;
    bool from_other = false;
};
Reading read_datagram(int fd, std::span<std::byte> buffer) {
    sockaddr_nl from{};
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t size = ::recvmsg(fd, &message, MSG_DONTWAIT);
    if (size < 0) return {.size = 0, .code = errno, .from_other = false};
    if (from.nl_pid != 0) return {.size = 0, .code = 0, .from_other = true};
    if ((message.msg_flags & MSG_TRUNC) != 0) return {.size = 0, .code = ENOBUFS, .from_other = false};
    return {.size = static_cast<std::size_t>(size), .code = 0, .from_other = false};
}

void for_each(std::span<const std::byte> datagram, const Netlink::OnMessage& each) {
    int left = static_cast<int>(datagram.size());
    const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) each(*message);
}

/// The kernel's own words behind an error (NETLINK_EXT_ACK), or nothing.
std::string kernel_text(const nlmsghdr& message, const nlmsgerr& error) {
    if ((message.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
    std::size_t offset = sizeof error;
    if ((message.nlmsg_flags & NLM_F_CAPPED) == 0)
        offset += MNL_ALIGN(error.msg.nlmsg_len) - sizeof(nlmsghdr);
    if (offset > mnl_nlmsg_get_payload_len(&message)) return {};
    std::string text;
    for_each_attribute(message, offset, [&text](const nlattr& attribute) {
        if (mnl_attr_get_type(&attribute) != NLMSGERR_ATTR_MSG) return;
        text.assign(static_cast<const char*>(mnl_attr_get_payload(&attribute)),
                    mnl_attr_get_payload_len(&attribute));
    });
    return text.substr(0, text.find('\0'));
}

/// nullptr: not an acknowledgement, or not whole.
const nlmsgerr* error_of(const nlmsghdr& message) {
    if (message.nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(&message) < sizeof(nlmsgerr))
        return nullptr;
    return static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(&message));
}

/// With which errno value an answer ends, or 0; nothing: it goes on. A dump that fails on its way says so in its NLMSG_DONE.
std::optional<int> end_of(const nlmsghdr& message) {
    if (const nlmsgerr* error = error_of(message)) return -error->error;
    if (message.nlmsg_type != NLMSG_DONE) return std::nullopt;
    int code = 0;
    if (mnl_nlmsg_get_payload_len(&message) >= sizeof code)
        std::memcpy(&code, mnl_nlmsg_get_payload(&message), sizeof code);
    return -code;
}

/// NLMSG_ERROR that is not whole, or what no answer has.
bool is_rubbish(const nlmsghdr& message) {
    return message.nlmsg_type < NLMSG_MIN_TYPE && message.nlmsg_type != NLMSG_DONE &&
           error_of(message) == nullptr;
}

}  // namespace

nlmsghdr* Batch::next() {
    if (offsets_.size() == netlink_batch) return nullptr;
    return reinterpret_cast<nlmsghdr*>(buffer_.data() + used_);
}

void Batch::commit(const nlmsghdr* message) {
    invariant(message->nlmsg_len <= largest_message);
    offsets_.push_back(used_);
    used_ += MNL_ALIGN(message->nlmsg_len);
}

nlmsghdr* Batch::message(std::size_t i) { return reinterpret_cast<nlmsghdr*>(buffer_.data() + offsets_[i]); }

Result<Done> Netlink::open() {
    auto request = open_rtnetlink(0);
    if (!request) return request.error();
    auto monitor = open_rtnetlink(RTMGRP_LINK | RTMGRP_IPV4_IFADDR);
    if (!monitor) return monitor.error();
    set(*request, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    set(*request, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    set(*request, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    request_ = std::move(*request);
    monitor_ = std::move(*monitor);
    return Done{};
}

void Netlink::hear_routes() {
    // Each new address makes two routes in the local table: those are not worth a wake-up, nor are those of a routing
    // daemon.
    constexpr std::uint32_t type_at = 4, route_at = sizeof(nlmsghdr);
    constexpr std::uint32_t table_at = route_at + offsetof(rtmsg, rtm_table);
    constexpr std::uint32_t bits_at = route_at + offsetof(rtmsg, rtm_dst_len);
    constexpr auto find_attribute = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_NLATTR);
    sock_filter program[] = {
        /* 0 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, type_at),
        /* 1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
        /* 2 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 8),
        /* 3: a route */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, table_at),
        /* 4 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RT_TABLE_MAIN, 0, 7),
        /* 5 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, bits_at),
        /* 6: a default route */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0),
        /* 7: its attributes */ BPF_STMT(BPF_LD | BPF_IMM, route_at + NLMSG_ALIGN(sizeof(rtmsg))),
        /* 8 */ BPF_STMT(BPF_LDX | BPF_IMM, RTA_GATEWAY),
        /* 9 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, find_attribute),
        /* 10: no gateway */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        /* 11 */ BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        /* 12 */ BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const sock_fprog all{static_cast<unsigned short>(std::size(program)), program};
    (void)::setsockopt(monitor_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all);
    set(monitor_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, RTNLGRP_IPV4_ROUTE);
}

Result<std::size_t> Netlink::receive(const Fd& from, Instant deadline) {
    for (;;) {
        const Reading reading = read_datagram(from.get(), buffer_);
        if (reading.size > 0) return reading.size;
        if (reading.from_other || reading.code == EINTR) continue;
        if (reading.code != EAGAIN)
            return Error{"cannot read rtnetlink", reading.code == 0 ? EPROTO : reading.code};
        if (!wait_readable(from.get(), deadline))
            return Error{"the kernel has not answered within 2 s", ETIMEDOUT};
    }
}

std::vector<Acknowledgement> Netlink::send(Batch& batch) {
    std::vector<Acknowledgement> out(batch.size());
    if (out.empty()) return out;
    const std::uint32_t first = sequence_ + 1;
    for (std::size_t i = 0; i < out.size(); ++i) batch.message(i)->nlmsg_seq = ++sequence_;
    batch.message(out.size() - 1)->nlmsg_flags |= NLM_F_ACK;
    const int code = send_all(request_.get(), batch.bytes().data(), batch.bytes().size());
    if (code != 0) {  // the kernel works inside sendmsg: nothing was done
        std::fill(out.begin(), out.end(), Acknowledgement{.code = code, .answered = true, .text = {}});
        return out;
    }
    const Instant deadline = boot_now() + patience;
    while (!out.back().answered) {
        const auto size = receive(request_, deadline);
        // What has not come by now was queued and lost, or the kernel is not well: the caller looks at what
        // is there.
        if (!size) return out;
        take_acknowledgements(std::span{buffer_}.first(*size), first, out);
    }
    for (Acknowledgement& acknowledgement : out) acknowledgement.answered = true;
    return out;
}

void Netlink::take_acknowledgements(std::span<const std::byte> datagram, std::uint32_t first,
                                    std::vector<Acknowledgement>& out) {
    for_each(datagram, [&](const nlmsghdr& message) {
        const nlmsgerr* error = error_of(message);
        const std::uint32_t i = message.nlmsg_seq - first;  // wraps for those of a former batch
        if (error == nullptr || i >= out.size()) return;
        out[i] = {.code = -error->error, .answered = true, .text = kernel_text(message, *error)};
    });
}

Result<Done> Netlink::dump(nlmsghdr& request, const std::function<void()>& restart, const OnMessage& each,
                           int attempts) {
    for (int attempt = 1;; ++attempt) {
        restart();
        request.nlmsg_seq = ++sequence_;
        if (const int code = send_all(request_.get(), &request, request.nlmsg_len); code != 0)
            return Error{"cannot ask the kernel for its network state", code};
        Error error;
        const DumpEnd end = read_dump(each, error);
        if (end == DumpEnd::failed) return error;
        // Changes never rest: what the notices say afterwards mends it.
        if (end == DumpEnd::complete || attempt >= attempts) return Done{};
    }
}

// A socket of its own: what is left of the answer ends with it.
Result<Done> Netlink::dump_head(nlmsghdr& request, const OnMessage& each) {
    auto socket = open_rtnetlink(0);
    if (!socket) return socket.error();
    set(*socket, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    request.nlmsg_seq = ++sequence_;
    if (const int code = send_all(socket->get(), &request, request.nlmsg_len); code != 0)
        return Error{"cannot ask the kernel for its network state", code};
    const Instant deadline = boot_now() + patience;
    int refused = 0;
    for (bool answered = false; !answered;) {
        const auto size = receive(*socket, deadline);
        if (!size) return size.error();
        for_each(std::span{buffer_}.first(*size), [&](const nlmsghdr& message) {
            if (message.nlmsg_seq != sequence_ || is_rubbish(message)) return;
            answered = true;
            if (const auto code = end_of(message))
                refused = *code;
            else
                each(message);
        });
    }
    if (refused != 0) return Error{"the kernel refuses to tell its network state", refused};
    return Done{};
}

Result<Done> Netlink::ask(nlmsghdr& request, const OnMessage& answer) {
    request.nlmsg_seq = ++sequence_;
    if (const int code = send_all(request_.get(), &request, request.nlmsg_len); code != 0)
        return Error{"cannot ask the kernel", code};
    const Instant deadline = boot_now() + patience;
    bool answered = false;
    int refused = 0;
    while (!answered) {
        const auto size = receive(request_, deadline);
        if (!size) return size.error();
        for_each(std::span{buffer_}.first(*size), [&](const nlmsghdr& message) {
            if (message.nlmsg_seq != sequence_ || answered || is_rubbish(message)) return;
            answered = true;
            if (const nlmsgerr* error = error_of(message))
                refused = -error->error;
            else
                answer(message);
        });
    }
    if (refused != 0) return Error{"the kernel refuses the question", refused};
    return Done{};
}

Netlink::DumpEnd Netlink::read_dump(const OnMessage& each, Error& error) {
    const Instant deadline = boot_now() + patience;
    bool consistent = true;
    std::optional<int> end;
    while (!end) {
        const auto size = receive(request_, deadline);
        if (!size) {
            error = size.error();
            return DumpEnd::failed;
        }
        for_each(std::span{buffer_}.first(*size), [&](const nlmsghdr& message) {
            if (message.nlmsg_seq != sequence_ || end || is_rubbish(message)) return;
            if ((message.nlmsg_flags & NLM_F_DUMP_INTR) != 0) consistent = false;
            end = end_of(message);
            if (!end) each(message);
        });
    }
    if (*end != 0) {
        error = Error{"the kernel refuses to tell its network state", *end};
        return DumpEnd::failed;
    }
    return consistent ? DumpEnd::complete : DumpEnd::inconsistent;
}

Netlink::Drained Netlink::drain_monitor(const OnMessage& each) {
    bool lost = false;
    for (std::size_t i = 0; i < drain_bound; ++i) {
        const Reading reading = read_datagram(monitor_.get(), buffer_);
        if (reading.code == ENOBUFS) {
            lost = true;
        } else if (reading.code != 0 && reading.code != EINTR) {
            return lost ? Drained::lost : Drained::quiet;
        } else if (reading.size > 0 && !lost) {
            for_each(std::span{buffer_}.first(reading.size), each);
        }
    }
    return lost ? Drained::lost : Drained::more;
}

}  // namespace hb::net
