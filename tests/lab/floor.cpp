// floor --interface eth0 --address A [--count 1000] [--bits 16]: the least that a takeover of N addresses
// costs when it is done one by one: add an address and wait for the kernel's acknowledgement, announce it in
// both forms, and so on. Prints the time in ms; the addresses are taken away again (also one by one, measured
// too).
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <netpacket/packet.h>

#include "common.hpp"

namespace {

struct Request {
    nlmsghdr header;
    ifaddrmsg body;
    struct Attribute {
        rtattr head;
        in_addr address;
    } local, address;
};

class Kernel {
public:
    Kernel(unsigned index, unsigned char bits) : index_(index), bits_(bits) {
        fd_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        if (fd_ < 0) lab::die("netlink");
    }
    void change(std::uint16_t type, in_addr address) {
        Request request{};
        request.header.nlmsg_len = sizeof request;
        request.header.nlmsg_type = type;
        request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        if (type == RTM_NEWADDR) request.header.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
        request.body.ifa_family = AF_INET;
        request.body.ifa_prefixlen = bits_;
        request.body.ifa_index = index_;
        request.local = {{sizeof(Request::Attribute), IFA_LOCAL}, address};
        request.address = {{sizeof(Request::Attribute), IFA_ADDRESS}, address};
        if (send(fd_, &request, sizeof request, 0) < 0) lab::die("send");
        struct {
            nlmsghdr header;
            nlmsgerr error;
            char rest[512];
        } answer{};
        if (recv(fd_, &answer, sizeof answer, 0) < 0) lab::die("recv");
        if (answer.error.error != 0) {
            errno = -answer.error.error;
            lab::die("address");
        }
    }

private:
    int fd_;
    unsigned index_;
    unsigned char bits_;
};

class Announcer {
public:
    explicit Announcer(const std::string& interface) {
        fd_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        ifreq request{};
        std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
        if (fd_ < 0 || ioctl(fd_, SIOCGIFHWADDR, &request) != 0) lab::die(interface.c_str());
        std::memcpy(mac_, request.ifr_hwaddr.sa_data, sizeof mac_);
        to_.sll_family = AF_PACKET;
        to_.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    }
    /// RFC 826; operation 1 with target MAC zero, 2 with our own.
    void announce(in_addr address, unsigned char operation) {
        unsigned char frame[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
        const unsigned char fixed[] = {8, 6, 0, 1, 8, 0, 6, 4, 0, operation};
        std::memcpy(frame + 6, mac_, 6);
        std::memcpy(frame + 12, fixed, sizeof fixed);
        std::memcpy(frame + 22, mac_, 6);
        std::memcpy(frame + 28, &address, 4);
        if (operation == 2) std::memcpy(frame + 32, mac_, 6);
        std::memcpy(frame + 38, &address, 4);
        (void)!sendto(fd_, frame, sizeof frame, 0, reinterpret_cast<const sockaddr*>(&to_), sizeof to_);
    }

private:
    int fd_;
    unsigned char mac_[6]{};
    sockaddr_ll to_{};
};

}  // namespace

int main(int argc, char** argv) {
    const lab::Arguments arguments{argc, argv};
    const std::string interface = arguments.text("interface", "eth0");
    const in_addr first = lab::parse_address(arguments.text("address"));
    const auto count = static_cast<std::uint32_t>(arguments.number("count", 1000));
    Kernel kernel{if_nametoindex(interface.c_str()),
                  static_cast<unsigned char>(arguments.number("bits", 16))};
    Announcer announcer{interface};
    const std::int64_t start = lab::now_ns();
    for (std::uint32_t i = 0; i < count; ++i) {
        const in_addr address = lab::address_above(first, i);
        kernel.change(RTM_NEWADDR, address);
        announcer.announce(address, 1);
        announcer.announce(address, 2);
    }
    const std::int64_t added = lab::now_ns();
    if (!arguments.has("keep"))
        for (std::uint32_t i = 0; i < count; ++i) kernel.change(RTM_DELADDR, lab::address_above(first, i));
    const std::int64_t removed = lab::now_ns();
    std::printf("{\"count\": %u, \"add_ms\": %.3f, \"remove_ms\": %.3f}\n", count,
                static_cast<double>(added - start) / 1e6, static_cast<double>(removed - added) / 1e6);
}
