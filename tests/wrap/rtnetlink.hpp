#pragma once
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "hb/net/netlink.hpp"
#include "wrap/network_calls.hpp"

/// What the kernel answers over rtnetlink, and a Netlink that asks it.
namespace hb::net {

using Octets = std::vector<std::byte>;

inline Octets operator+(Octets a, const Octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

inline Octets message(std::uint16_t type, std::uint32_t sequence, std::uint16_t flags,
                      const Octets& payload = {}) {
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + payload.size());
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    header.nlmsg_seq = sequence;
    Octets out(sizeof header);
    std::memcpy(out.data(), &header, sizeof header);
    return out + payload;
}

/// NLMSG_ERROR as with NETLINK_CAP_ACK; code 0: the acknowledgement.
inline Octets acknowledgement(std::uint32_t sequence, int code = 0, const char* text = "") {
    nlmsgerr error{};
    error.error = -code;
    error.msg.nlmsg_len = sizeof(nlmsghdr);
    Octets payload(sizeof error);
    std::memcpy(payload.data(), &error, sizeof error);
    if (*text == 0) return message(NLMSG_ERROR, sequence, NLM_F_CAPPED, payload);
    nlattr attribute{static_cast<std::uint16_t>(sizeof attribute + std::strlen(text) + 1), NLMSGERR_ATTR_MSG};
    Octets words(NLA_ALIGN(attribute.nla_len));
    std::memcpy(words.data(), &attribute, sizeof attribute);
    std::memcpy(words.data() + sizeof attribute, text, std::strlen(text));
    return message(NLMSG_ERROR, sequence, NLM_F_CAPPED | NLM_F_ACK_TLVS, payload + words);
}

/// Code 0: all was told.
inline Octets end_of_dump(std::uint32_t sequence, int code = 0) {
    const int said = -code;
    Octets payload(sizeof said);
    std::memcpy(payload.data(), &said, sizeof said);
    return message(NLMSG_DONE, sequence, NLM_F_MULTI, payload);
}

/// The kernel's next datagram.
inline auto datagram(Octets octets, std::uint32_t sender = 0, int flags = 0) {
    return [=](int, msghdr* into, int) -> ssize_t {
        std::copy(octets.begin(), octets.end(), static_cast<std::byte*>(into->msg_iov[0].iov_base));
        static_cast<sockaddr_nl*>(into->msg_name)->nl_pid = sender;
        into->msg_flags = flags;
        return static_cast<ssize_t>(octets.size());
    };
}

class OpenNetlink : public wrap::Fixture {
protected:
    OpenNetlink() {
        EXPECT_CALL(kernel, socket).WillOnce(opens()).WillOnce(opens());
        EXPECT_CALL(kernel, setsockopt).WillRepeatedly(testing::Return(0));
        EXPECT_CALL(kernel, bind).Times(2).WillRepeatedly(testing::Return(0));
        netlink = std::make_unique<Netlink>();
        EXPECT_TRUE(netlink->open());
    }
    ~OpenNetlink() override { netlink.reset(); }
    static constexpr int request_fd = 5000, monitor_fd = 5001;
    std::unique_ptr<Netlink> netlink;
};

}  // namespace hb::net
