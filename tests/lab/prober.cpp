// prober: asks a service address again and again who serves it, and tells at the end what a client saw.
//
//   prober --address A [--port 7777] [--interval-us 1000] [--duration-ms 0] [--gap-ms 0] [--live]
//   prober --arp eth0 --address A ...         ARP requests instead of UDP: also sees two owners at once
//   prober --sweep N --address A              one probe to each of N addresses from A on, repeated for up to
//   2 s
//
// UDP answers are "SEQUENCE HOST" (see responder.cpp); ARP answers name the host by its MAC. Ends at
// --duration-ms or by SIGTERM and prints one JSON object; all times are nanoseconds of the wall clock. --live
// prints a line at each change of who answers and after each gap, at once. --brief leaves the runs out, and the
// gaps in which no question was lost: two owners make thousands of them; it says "answered" at the first answer.
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <poll.h>

#include <algorithm>
#include <set>
#include <vector>

#include "common.hpp"

namespace {

using lab::now_ns;

/// Consecutive answers of one host.
struct Run {
    std::string host;
    std::int64_t first = 0, last = 0;
    long answers = 0;
};

/// No answer for longer than the limit; at a change of owner recorded however short it was.
struct Gap {
    std::int64_t from = 0, to = 0;
    std::string before, after;
    long lost = 0;             ///< questions in it without an answer
    std::int64_t silence = 0;  ///< ns; what was not asked for, because the machine paused, does not count
};

/// Collects answers; the story of one address.
class Story {
public:
    Story(std::int64_t gap_limit, bool live, bool brief)
        : gap_limit_(gap_limit), live_(live), brief_(brief), offset_(lab::wall_offset_ns()) {}

    void asked(std::int64_t at) {
        ++open_;
        silence_ += std::min(at - last_asked_, longest_step);
        last_asked_ = at;
    }

    void answered(const std::string& host, std::int64_t at) {
        ++answers_;
        note_double(host, at);
        if (runs_.empty() || runs_.back().host != host || at - runs_.back().last > gap_limit_)
            begin_run(host, at);
        runs_.back().last = at;
        ++runs_.back().answers;
        open_ = 0;
        silence_ = 0;
    }

    void print(long sent) const {
        std::printf("{\"sent\": %ld, \"answered\": %ld, \"runs\": [", sent, answers_);
        const char* between = "";
        for (const Run& run : runs_) {
            if (brief_) break;
            std::printf("%s{\"host\": \"%s\", \"first_ns\": %lld, \"last_ns\": %lld, \"answers\": %ld}",
                        between, run.host.c_str(), wall(run.first), wall(run.last), run.answers);
            between = ", ";
        }
        std::printf("], \"gaps\": [");
        between = "";
        for (const Gap& gap : gaps_) {
            if (brief_ && gap.lost == 0) continue;
            std::printf(
                "%s{\"from_ns\": %lld, \"to_ns\": %lld, \"ms\": %.3f, \"lost\": %ld, \"silent_ms\": %.3f, "
                "\"before\": \"%s\", \"after\": \"%s\"}",
                between, wall(gap.from), wall(gap.to), static_cast<double>(gap.to - gap.from) / 1e6, gap.lost,
                static_cast<double>(gap.silence) / 1e6, gap.before.c_str(), gap.after.c_str());
            between = ", ";
        }
        std::printf("], \"double_ms\": [");
        between = "";
        for (const std::int64_t ms : doubles_) {
            std::printf("%s%lld", between, wall(ms * 1'000'000));
            between = ", ";
        }
        // What was asked after the last answer.
        std::printf("], \"open\": %ld, \"open_ms\": %.3f}\n", open_, static_cast<double>(silence_) / 1e6);
    }

private:
    long long wall(std::int64_t monotonic) const { return monotonic + offset_; }

    void begin_run(const std::string& host, std::int64_t at) {
        // The last of the open questions is the one that this answers.
        if (!runs_.empty())
            gaps_.push_back(
                {runs_.back().last, at, runs_.back().host, host, std::max(open_ - 1, 0L), silence_});
        if (brief_ && runs_.empty()) {
            std::puts("answered");
            std::fflush(stdout);
        }
        if (live_) {
            const double gap_ms = runs_.empty() ? 0 : static_cast<double>(at - runs_.back().last) / 1e6;
            std::printf("%lld %s %.3f\n", wall(at), host.c_str(), gap_ms);
            std::fflush(stdout);
        }
        runs_.push_back({host, at, at, 0});
    }

    /// Two owners: the answers of two hosts lie closer together than any hand-over can be, or a host answers
    /// again after another one had begun to. One change of who answers is no fault, however quick: a hand-over
    /// takes less than a millisecond.
    void note_double(const std::string& host, std::int64_t at) {
        if (runs_.empty() || host == runs_.back().host) return;
        const bool together = at - runs_.back().last < shortest_hand_over;
        const bool back_again = runs_.size() > 1 && runs_[runs_.size() - 2].host == host &&
                                at - runs_[runs_.size() - 2].last < shortest_stay;
        const std::int64_t ms = at / 1'000'000;
        if ((together || back_again) && (doubles_.empty() || doubles_.back() != ms)) doubles_.push_back(ms);
    }

    std::int64_t gap_limit_;
    bool live_, brief_;
    std::int64_t offset_;
    long answers_ = 0, open_ = 0;
    std::int64_t last_asked_ = now_ns(), silence_ = 0;
    std::vector<Run> runs_;
    std::vector<Gap> gaps_;
    std::vector<std::int64_t> doubles_;
    static constexpr std::int64_t shortest_hand_over = 100'000, shortest_stay = 10'000'000,
                                  longest_step = 10'000'000;
};

class Asker {
public:
    virtual ~Asker() = default;
    virtual void ask(long sequence) = 0;
    /// One waiting answer, and when the kernel received it: whoever reads late must not judge by his own clock.
    virtual bool hear(std::string& host, std::int64_t& at) = 0;
    int fd = -1;

protected:
    void want_stamps() const {
        const int on = 1;
        if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) lab::die("SO_TIMESTAMPNS");
    }
    /// -1: nothing waits.
    ssize_t receive(void* data, std::size_t size, sockaddr_ll* from, std::int64_t& at) const {
        iovec part{data, size};
        alignas(cmsghdr) char control[128];
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        header.msg_name = from;
        header.msg_namelen = from == nullptr ? 0 : sizeof *from;
        const ssize_t got = recvmsg(fd, &header, MSG_DONTWAIT);
        at = now_ns();
        for (cmsghdr* c = CMSG_FIRSTHDR(&header); got >= 0 && c != nullptr; c = CMSG_NXTHDR(&header, c)) {
            if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
            timespec stamp{};
            std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
            at = stamp.tv_sec * lab::ns_per_s + stamp.tv_nsec - lab::wall_offset_ns();
        }
        return got;
    }
};

class UdpAsker : public Asker {
public:
    UdpAsker(in_addr address, std::int64_t port) : to_(lab::endpoint(address, port)) {
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) lab::die("socket");
        want_stamps();
    }
    void ask(long sequence) override {
        char text[32];
        const int size = std::snprintf(text, sizeof text, "%ld", sequence);
        // An unreachable neighbour is an answer too: none.
        (void)!sendto(fd, text, static_cast<std::size_t>(size), MSG_DONTWAIT, lab::generic(to_), sizeof to_);
    }
    bool hear(std::string& host, std::int64_t& at) override {
        char data[320];
        const ssize_t size = receive(data, sizeof data - 1, nullptr, at);
        if (size <= 0) return false;
        data[size] = 0;
        const char* blank = std::strchr(data, ' ');
        host = blank == nullptr ? "?" : blank + 1;
        return true;
    }

private:
    sockaddr_in to_;
};

class ArpAsker : public Asker {
public:
    ArpAsker(const std::string& interface, in_addr address) : address_(address) {
        fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ARP));
        ifreq request{};
        std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
        if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) != 0) lab::die(interface.c_str());
        std::memcpy(mac_, request.ifr_hwaddr.sa_data, sizeof mac_);
        if (ioctl(fd, SIOCGIFADDR, &request) == 0)
            own_ = reinterpret_cast<const sockaddr_in*>(&request.ifr_addr)->sin_addr;
        to_.sll_family = AF_PACKET;
        to_.sll_protocol = htons(ETH_P_ARP);
        to_.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
        to_.sll_halen = 6;
        std::memset(to_.sll_addr, 0xff, 6);
        if (bind(fd, reinterpret_cast<const sockaddr*>(&to_), sizeof to_) != 0) lab::die("bind");
        want_stamps();
    }
    void ask(long) override {
        // RFC 826: hardware 1, protocol 0x0800, lengths 6 and 4, operation 1.
        unsigned char frame[28] = {0, 1, 8, 0, 6, 4, 0, 1};
        std::memcpy(frame + 8, mac_, 6);
        std::memcpy(frame + 14, &own_, 4);
        std::memcpy(frame + 24, &address_, 4);
        (void)!sendto(fd, frame, sizeof frame, MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to_),
                      sizeof to_);
    }
    bool hear(std::string& host, std::int64_t& at) override {
        unsigned char frame[128];
        while (true) {
            sockaddr_ll from{};
            const ssize_t size = receive(frame, sizeof frame, &from, at);
            if (size < 0) return false;
            // Answers to us alone: gratuitous replies are for everybody.
            if (size < 28 || from.sll_pkttype != PACKET_HOST || frame[7] != 2 ||
                std::memcmp(frame + 14, &address_, 4) != 0)
                continue;
            char text[18];
            std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", frame[8], frame[9], frame[10],
                          frame[11], frame[12], frame[13]);
            host = text;
            return true;
        }
    }

private:
    in_addr address_, own_{};
    unsigned char mac_[6]{};
    sockaddr_ll to_{};
};

void hear_all(Asker& asker, Story& story) {
    std::string host;
    std::int64_t at = 0;
    while (asker.hear(host, at)) story.answered(host, at);
}

void hear_until(Asker& asker, std::int64_t until, Story& story) {
    while (!lab::stop_asked) {
        const std::int64_t left = until - now_ns();
        if (left <= 0) return;
        pollfd waiting{asker.fd, POLLIN, 0};
        const timespec timeout{.tv_sec = left / lab::ns_per_s, .tv_nsec = left % lab::ns_per_s};
        if (ppoll(&waiting, 1, &timeout, nullptr) <= 0) continue;
        hear_all(asker, story);
        if ((waiting.revents & POLLERR) != 0) {  // takes an unreachable neighbour's error off the socket
            int error = 0;
            socklen_t size = sizeof error;
            getsockopt(asker.fd, SOL_SOCKET, SO_ERROR, &error, &size);
        }
    }
}

int probe(Asker& asker, const lab::Arguments& arguments) {
    const std::int64_t interval = arguments.number("interval-us", 1000) * 1000;
    const std::int64_t gap_ms = arguments.number("gap-ms", 0);
    const std::int64_t duration = arguments.number("duration-ms", 0) * 1'000'000;
    Story story{gap_ms > 0 ? gap_ms * 1'000'000 : std::max<std::int64_t>(4 * interval, 5'000'000),
                arguments.has("live"), arguments.has("brief")};
    const std::int64_t start = now_ns();
    long sent = 0;
    for (std::int64_t next = start; !lab::stop_asked && (duration == 0 || next - start < duration);
         next += interval) {
        if (now_ns() - next > interval) {  // we slept: no burst, and first what came meanwhile
            next = now_ns();
            hear_all(asker, story);
        }
        asker.ask(++sent);
        story.asked(now_ns());
        hear_until(asker, next + interval, story);
    }
    story.print(sent);
    return 0;
}

/// One socket asks every address; the answer comes from the address that was asked.
int sweep(in_addr first, std::int64_t count, std::int64_t port) {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int size = 8 << 20;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    std::map<std::uint32_t, std::string> owners;
    const std::int64_t end = now_ns() + 2 * lab::ns_per_s;
    while (static_cast<std::int64_t>(owners.size()) < count && now_ns() < end && !lab::stop_asked) {
        for (std::uint32_t i = 0; i < count; ++i) {
            if (owners.count(i) != 0) continue;
            const sockaddr_in to = lab::endpoint(lab::address_above(first, i), port);
            (void)!sendto(fd, "0", 1, MSG_DONTWAIT, lab::generic(to), sizeof to);
        }
        const std::int64_t round_end = now_ns() + 200'000'000;
        while (now_ns() < round_end && static_cast<std::int64_t>(owners.size()) < count) {
            pollfd waiting{fd, POLLIN, 0};
            if (poll(&waiting, 1, 20) <= 0) continue;
            char data[320];
            sockaddr_in from{};
            socklen_t length = sizeof from;
            const ssize_t got = recvfrom(fd, data, sizeof data - 1, MSG_DONTWAIT,
                                         reinterpret_cast<sockaddr*>(&from), &length);
            if (got <= 0) continue;
            data[got] = 0;
            const char* blank = std::strchr(data, ' ');
            owners[ntohl(from.sin_addr.s_addr) - ntohl(first.s_addr)] = blank == nullptr ? "?" : blank + 1;
        }
    }
    std::map<std::string, long> per_host;
    for (const auto& owner : owners) ++per_host[owner.second];
    std::printf("{\"asked\": %lld, \"answered\": %zu, \"hosts\": {", static_cast<long long>(count),
                owners.size());
    const char* between = "";
    for (const auto& [host, number] : per_host) {
        std::printf("%s\"%s\": %ld", between, host.c_str(), number);
        between = ", ";
    }
    std::puts("}}");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const lab::Arguments arguments{argc, argv};
    lab::stop_on_signals();
    const in_addr address = lab::parse_address(arguments.text("address"));
    const std::int64_t port = arguments.number("port", 7777);
    if (arguments.has("sweep")) return sweep(address, arguments.number("sweep", 1), port);
    if (arguments.has("arp")) {
        ArpAsker asker{arguments.text("arp"), address};
        return probe(asker, arguments);
    }
    UdpAsker asker{address, port};
    return probe(asker, arguments);
}
