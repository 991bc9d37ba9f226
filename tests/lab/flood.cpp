// flood: sends datagrams that no node should act on.
//
//   flood --to A [--port 694] [--count 20000] [--rate 10000] [--kind noise|garbage|mutated|replay|mix]
//         [--size 1400] [--samples FILE] [--seed 1]
//   flood --to A --protocol 112 ...    the same as payload of an IP protocol of its own instead of UDP
//
// A may be a broadcast address. With rate 0 it sends as fast as one processor can. "noise" begins as no message
// does, "garbage" does so in two of three; both have fewer than `size` random octets. FILE holds datagrams that
// were heard, each after its size (16 bits, network order); "mutated" changes some octets of one or cuts it,
// "replay" sends it as it is, "mix" does all but noise in turn.
#include <array>
#include <random>
#include <vector>

#include "common.hpp"

namespace {

using Datagram = std::vector<unsigned char>;

std::vector<Datagram> read_samples(const std::string& path) {
    std::vector<Datagram> samples;
    std::FILE* file = path.empty() ? nullptr : std::fopen(path.c_str(), "rb");
    if (file == nullptr) return samples;
    unsigned char head[2];
    while (std::fread(head, 1, 2, file) == 2) {
        Datagram sample(static_cast<std::size_t>(head[0] << 8 | head[1]));
        if (std::fread(sample.data(), 1, sample.size(), file) != sample.size()) break;
        samples.push_back(sample);
    }
    std::fclose(file);
    return samples;
}

class Source {
public:
    Source(std::vector<Datagram> samples, std::size_t size, unsigned seed)
        : samples_(std::move(samples)), size_(size), random_(seed) {}

    Datagram next(const std::string& kind, long number) {
        if (kind == "noise") return noise();
        const long turn = kind == "mix" ? number % 3 : kind == "mutated" ? 1 : kind == "replay" ? 2 : 0;
        if (turn == 0 || samples_.empty()) return garbage();
        Datagram datagram = samples_[below(samples_.size())];
        if (turn == 1) mutate(datagram);
        return datagram;
    }

private:
    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_);
    }

    Datagram noise() {
        Datagram datagram(below(size_));
        for (auto& octet : datagram) octet = static_cast<unsigned char>(below(256));
        return datagram;
    }

    /// Two of three begin as a message would.
    Datagram garbage() {
        Datagram datagram = noise();
        const char* starts[] = {"###\n14:(0)t=status,", ">>>\nt=status\n", ""};
        const char* start = starts[below(3)];
        datagram.insert(datagram.begin(), start, start + std::strlen(start));
        return datagram;
    }

    void mutate(Datagram& datagram) {
        if (datagram.empty()) return;
        const std::size_t changes = 1 + below(8);
        for (std::size_t i = 0; i < changes; ++i)
            datagram[below(datagram.size())] = static_cast<unsigned char>(below(256));
        if (below(4) == 0) datagram.resize(below(datagram.size()));
    }

    std::vector<Datagram> samples_;
    std::size_t size_;
    std::mt19937 random_;
};

/// Sends some datagrams over and over: to make one costs more than to send it.
class Torrent {
public:
    Torrent(Source& source, const std::string& kind, const sockaddr_in& to) : to_(to) {
        for (std::size_t i = 0; i < kinds; ++i) datagrams_.push_back(source.next(kind, static_cast<long>(i)));
        for (std::size_t i = 0; i < kinds; ++i) {
            parts_[i] = {datagrams_[i].data(), datagrams_[i].size()};
            messages_[i].msg_hdr.msg_name = &to_;
            messages_[i].msg_hdr.msg_namelen = sizeof to_;
            messages_[i].msg_hdr.msg_iov = &parts_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
    }
    /// All of them once. How many were sent.
    long send(int fd) {
        const int sent = sendmmsg(fd, messages_.data(), kinds, 0);
        return sent < 0 ? 0 : sent;
    }

private:
    static constexpr std::size_t kinds = 256;
    sockaddr_in to_;
    std::vector<Datagram> datagrams_;
    std::array<iovec, kinds> parts_{};
    std::array<mmsghdr, kinds> messages_{};
};

long send_at(std::int64_t rate, long count, Source& source, const std::string& kind, const sockaddr_in& to,
             int fd) {
    const std::int64_t start = lab::now_ns();
    long sent = 0;
    for (long i = 0; i < count && !lab::stop_asked; ++i) {
        const Datagram datagram = source.next(kind, i);
        if (sendto(fd, datagram.data(), datagram.size(), 0, lab::generic(to), sizeof to) >= 0) ++sent;
        const std::int64_t due = start + (i + 1) * lab::ns_per_s / rate;
        if (due > lab::now_ns() + 1'000'000) lab::sleep_until_ns(due);
    }
    return sent;
}

}  // namespace

int main(int argc, char** argv) {
    const lab::Arguments arguments{argc, argv};
    lab::stop_on_signals();
    const long count = arguments.number("count", 20000);
    const std::int64_t rate = arguments.number("rate", 10000);
    const std::string kind = arguments.text("kind", "mix");
    Source source{read_samples(arguments.text("samples")),
                  static_cast<std::size_t>(arguments.number("size", 1400)),
                  static_cast<unsigned>(arguments.number("seed", 1))};
    const int protocol = static_cast<int>(arguments.number("protocol", 0));
    const int fd = socket(AF_INET, (protocol == 0 ? SOCK_DGRAM : SOCK_RAW) | SOCK_CLOEXEC, protocol);
    const int on = 1, ttl = 255;
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    if (protocol != 0) setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl);
    const sockaddr_in to =
        lab::endpoint(lab::parse_address(arguments.text("to")), arguments.number("port", 694));
    const std::int64_t start = lab::now_ns();
    long sent = 0;
    if (rate > 0) {
        sent = send_at(rate, count, source, kind, to, fd);
    } else {
        Torrent torrent{source, kind, to};
        while (sent < count && !lab::stop_asked) sent += torrent.send(fd);
    }
    std::printf("{\"sent\": %ld, \"seconds\": %.3f}\n", sent,
                static_cast<double>(lab::now_ns() - start) / 1e9);
}
