#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "hb/base/fd.hpp"
#include "hb/base/result.hpp"
#include "hb/base/time.hpp"

struct nlmsghdr;

namespace hb::net {

/// Messages of one sendmsg: larger batches gain below a tenth, and the kernel's network lock is held 0.5 ms
/// by this one.
constexpr std::size_t netlink_batch = 64;

/// The kernel's answer to one request: 0 or an errno value, and the text it gave with it (may be empty).
struct Acknowledgement {
    int code = 0;
    bool answered = false;
    std::string text;
};

/// Up to netlink_batch requests in one buffer. The sequence numbers are given by Netlink::send.
class Batch {
public:
    /// Space for one more message; nullptr when netlink_batch are in.
    nlmsghdr* next();
    /// The message just built is complete.
    void commit(const nlmsghdr* message);
    std::size_t size() const { return offsets_.size(); }
    nlmsghdr* message(std::size_t i);
    std::span<const std::byte> bytes() const { return {buffer_.data(), used_}; }

private:
    static constexpr std::size_t largest_message = 256;  ///< an address message takes about 90 octets
    std::vector<std::byte> buffer_ = std::vector<std::byte>(netlink_batch * largest_message);
    std::vector<std::size_t> offsets_;
    std::size_t used_ = 0;
};

/// Two rtnetlink sockets: one asks, the other hears what changes (links and IPv4 addresses). Reads
/// never block.
class Netlink {
public:
    using OnMessage = std::function<void(const nlmsghdr&)>;

    Result<Done> open();
    /// From now on the monitor hears changes of the main IPv4 routing table too, but not of routes to somewhere
    /// behind a gateway: a router has a hundred thousand of them. (Everything where the kernel takes no filter;
    /// nothing where it refuses the group.)
    void hear_routes();
    int monitor_fd() const { return monitor_.get(); }

    /// Sends the batch and gathers one answer per message. Only the last asks for its acknowledgement: a
    /// message without an error that stands before an answered last one has worked. `answered` is false for
    /// what is not known after 2 s.
    std::vector<Acknowledgement> send(Batch& batch);
    /// Sends one NLM_F_DUMP request and calls back for each message of the answer. A dump that the kernel
    /// marks as inconsistent is repeated, at most `attempts` times in all: `restart` is called before each.
    Result<Done> dump(nlmsghdr& request, const std::function<void()>& restart, const OnMessage& each,
                      int attempts = 10);
    /// The same request, but only what fits into the first datagram of the answer (some hundred routes). What changes
    /// meanwhile, the notices say.
    Result<Done> dump_head(nlmsghdr& request, const OnMessage& each);
    /// Sends one request that is answered by one message. The error has the kernel's errno value.
    Result<Done> ask(nlmsghdr& request, const OnMessage& answer);

    /// quiet: nothing is left to read. more: the bound was reached. lost: notices were dropped; everything
    /// read before was handed over, the rest is thrown away, and a dump must follow.
    enum class Drained { quiet, more, lost };
    Drained drain_monitor(const OnMessage& each);

private:
    Result<std::size_t> receive(const Fd& from, Instant deadline);
    enum class DumpEnd { complete, inconsistent, failed };
    DumpEnd read_dump(const OnMessage& each, Error& error);
    static void take_acknowledgements(std::span<const std::byte> datagram, std::uint32_t first,
                                      std::vector<Acknowledgement>& out);

    Fd request_, monitor_;
    std::uint32_t sequence_ = 0;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(64 * 1024);
};

}  // namespace hb::net
