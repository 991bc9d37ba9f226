// capture --interface br0 --write FILE.pcap: every frame that crosses the switch, once, whole, with the
// kernel's stamp. Says "ready" when the first frame would be kept. Ends by SIGTERM, after what has already
// arrived is written.
#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <poll.h>

#include <vector>

#include "common.hpp"

namespace {

constexpr std::size_t largest_frame = 65536 + 64;

int open_tap(const std::string& interface) {
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0) lab::die("socket");
    const int size = 64 << 20, on = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    packet_mreq wish{};  // a bridge that is promiscuous hears what it forwards
    wish.mr_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    wish.mr_type = PACKET_MR_PROMISC;
    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &wish, sizeof wish);
    sockaddr_ll here{};
    here.sll_family = AF_PACKET;
    here.sll_protocol = htons(ETH_P_ALL);
    here.sll_ifindex = wish.mr_ifindex;
    if (bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) lab::die(interface.c_str());
    return fd;
}

void put32(std::FILE* file, std::uint32_t value) { std::fwrite(&value, sizeof value, 1, file); }

/// Host order, microseconds, Ethernet: pcap-savefile(5).
void write_file_header(std::FILE* file) {
    put32(file, 0xa1b2c3d4);
    put32(file, 2 | 4 << 16);
    put32(file, 0);
    put32(file, 0);
    put32(file, largest_frame);
    put32(file, 1);
}

timespec stamp_of(msghdr& message) {
    timespec stamp{};
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
            std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
    return stamp;
}

/// False when nothing waits.
bool keep_one(int fd, std::FILE* file, std::vector<char>& frame) {
    char control[128];
    iovec in{frame.data(), frame.size()};
    sockaddr_ll from{};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &in;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT);
    if (size < 0) return false;
    if (from.sll_pkttype == PACKET_OUTGOING) return true;  // of the switch itself
    const timespec stamp = stamp_of(message);
    put32(file, static_cast<std::uint32_t>(stamp.tv_sec));
    put32(file, static_cast<std::uint32_t>(stamp.tv_nsec / 1000));
    put32(file, static_cast<std::uint32_t>(size));
    put32(file, static_cast<std::uint32_t>(size));
    std::fwrite(frame.data(), 1, static_cast<std::size_t>(size), file);
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    const lab::Arguments arguments{argc, argv};
    lab::stop_on_signals();
    const int fd = open_tap(arguments.text("interface", "br0"));
    std::FILE* file = std::fopen(arguments.text("write").c_str(), "wb");
    if (file == nullptr) lab::die("fopen");
    write_file_header(file);
    std::fflush(file);
    std::puts("ready");
    std::fflush(stdout);
    std::vector<char> frame(largest_frame);
    while (!lab::stop_asked) {
        pollfd waiting{fd, POLLIN, 0};
        if (poll(&waiting, 1, 500) <= 0) continue;
        while (keep_one(fd, file, frame)) {
        }
        std::fflush(file);
    }
    while (keep_one(fd, file, frame)) {
    }
    std::fclose(file);
}
