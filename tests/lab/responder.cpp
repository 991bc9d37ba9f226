// responder [--port 7777]: answers each UDP probe with its first word (a sequence number) and the name of
// this host.
#include "common.hpp"

namespace {

/// Answers from the address that was asked, whichever the host's first address is.
void answer(int fd, const std::string& host) {
    char data[256];
    char control[CMSG_SPACE(sizeof(in_pktinfo))];
    sockaddr_in from{};
    iovec in{data, sizeof data - 1};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &in;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = recvmsg(fd, &message, 0);
    if (size < 0) return;
    data[size] = 0;
    cmsghdr* info = CMSG_FIRSTHDR(&message);
    if (info == nullptr || info->cmsg_type != IP_PKTINFO) return;
    auto* packet = reinterpret_cast<in_pktinfo*>(CMSG_DATA(info));
    packet->ipi_spec_dst = packet->ipi_addr;
    packet->ipi_ifindex = 0;
    char reply[320];
    const int length = std::snprintf(reply, sizeof reply, "%.*s %s",
                                     static_cast<int>(std::strcspn(data, " \n")), data, host.c_str());
    iovec out{reply, static_cast<std::size_t>(length)};
    message.msg_iov = &out;
    sendmsg(fd, &message, 0);
}

}  // namespace

int main(int argc, char** argv) {
    const lab::Arguments arguments{argc, argv};
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    const sockaddr_in here = lab::endpoint({INADDR_ANY}, arguments.number("port", 7777));
    if (bind(fd, lab::generic(here), sizeof here) != 0) lab::die("bind");
    std::puts("ready");
    std::fflush(stdout);
    while (true) answer(fd, host);
}
