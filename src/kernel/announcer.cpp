#include "hb/kernel/announcer.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "hb/wire/arp.hpp"

namespace hb::kernel {
namespace {

constexpr std::size_t claims_at_once = 64;
constexpr int send_buffer = 4 << 20;

/// The frames of up to 64 claims, in the form of sendmmsg(2).
class Flight {
public:
    void add(const Announcer::Claim& claim) {
        put(claim, wire::gratuitous_arp_request(claim.mac, claim.address));
        put(claim, wire::gratuitous_arp_reply(claim.mac, claim.address));
    }
    void add(const Announcer::Question& question) {
        put(question.claim, wire::arp_request(question.claim.mac, question.claim.address, question.target));
    }
    std::size_t size() const { return size_; }
    mmsghdr* from(std::size_t i) { return &messages_[i]; }

private:
    static constexpr std::size_t most = 2 * claims_at_once;
    void put(const Announcer::Claim& claim, const wire::ArpFrame& frame) {
        const std::size_t i = size_++;
        frames_[i] = frame;
        to_[i] = {};
        to_[i].sll_family = AF_PACKET;
        to_[i].sll_protocol = htons(ETH_P_ARP);
        to_[i].sll_ifindex = claim.ifindex;
        to_[i].sll_halen = ETH_ALEN;
        std::memset(to_[i].sll_addr, 0xff, ETH_ALEN);
        parts_[i] = {frames_[i].data(), frames_[i].size()};
        messages_[i] = {};
        messages_[i].msg_hdr.msg_name = &to_[i];
        messages_[i].msg_hdr.msg_namelen = sizeof to_[i];
        messages_[i].msg_hdr.msg_iov = &parts_[i];
        messages_[i].msg_hdr.msg_iovlen = 1;
    }
    std::array<wire::ArpFrame, most> frames_;
    std::array<sockaddr_ll, most> to_;
    std::array<iovec, most> parts_;
    std::array<mmsghdr, most> messages_;
    std::size_t size_ = 0;
};

/// Whether the next frame would fare no better.
bool is_full(int error) { return error == EAGAIN || error == ENOBUFS || error == ENOMEM; }

}  // namespace

Result<Done> Announcer::open() {
    // Protocol 0: it receives nothing.
    Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return Error{"cannot open the packet socket for gratuitous ARP", errno};
    // A smaller buffer only means more frames dropped in a burst.
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer, sizeof send_buffer);
    socket_ = std::move(fd);
    return Done{};
}

void Announcer::announce(std::span<const Claim> claims) {
    while (!claims.empty()) {
        Flight flight;
        const std::size_t n = std::min(claims.size(), claims_at_once);
        for (const Claim& claim : claims.first(n)) flight.add(claim);
        send(flight.from(0), flight.size());
        claims = claims.subspan(n);
    }
}

void Announcer::ask(std::span<const Question> questions) {
    while (!questions.empty()) {
        Flight flight;
        const std::size_t n = std::min(questions.size(), claims_at_once);
        for (const Question& question : questions.first(n)) flight.add(question);
        send(flight.from(0), flight.size());
        questions = questions.subspan(n);
    }
}

void Announcer::send(mmsghdr* frames, std::size_t count) {
    while (count > 0) {
        const int taken = ::sendmmsg(socket_.get(), frames, static_cast<unsigned>(count), MSG_DONTWAIT);
        if (taken < 0 && errno == EINTR) continue;
        if (taken <= 0 && (taken == 0 || is_full(errno))) {
            dropped_ += count;
            return;
        }
        const std::size_t passed = taken < 0 ? 1 : static_cast<std::size_t>(taken);
        (taken < 0 ? dropped_ : sent_) += passed;  // the first one was refused: a dead interface, say
        frames += passed;
        count -= passed;
    }
}

}  // namespace hb::kernel
