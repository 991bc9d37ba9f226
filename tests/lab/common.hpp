#pragma once
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

/// What the small programs of the lab share: clocks, `--name value` arguments, an end by signal.
namespace lab {

constexpr std::int64_t ns_per_s = 1'000'000'000;

inline std::int64_t now_ns(clockid_t clock = CLOCK_MONOTONIC) {
    timespec t{};
    clock_gettime(clock, &t);
    return t.tv_sec * ns_per_s + t.tv_nsec;
}

/// Wall clock minus monotonic clock: what is recorded is compared with stamps of a capture.
inline std::int64_t wall_offset_ns() { return now_ns(CLOCK_REALTIME) - now_ns(); }

inline void sleep_until_ns(std::int64_t at) {
    const timespec t{.tv_sec = at / ns_per_s, .tv_nsec = at % ns_per_s};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr);
}

inline volatile std::sig_atomic_t stop_asked = 0;

inline void stop_on_signals() {
    struct sigaction act {};
    act.sa_handler = [](int) { stop_asked = 1; };
    sigaction(SIGTERM, &act, nullptr);
    sigaction(SIGINT, &act, nullptr);
}

[[noreturn]] inline void die(const char* what) {
    std::perror(what);
    std::exit(1);
}

/// `--name value` and `--flag` (value "1"), in any order. A name that nobody reads is not noticed.
class Arguments {
public:
    Arguments(int count, char** words) {
        for (int i = 1; i < count; ++i) {
            std::string name = words[i];
            const bool has_value = i + 1 < count && std::strncmp(words[i + 1], "--", 2) != 0;
            values_[name] = has_value ? words[++i] : "1";
        }
    }
    bool has(const std::string& name) const { return values_.count("--" + name) != 0; }
    std::string text(const std::string& name, const std::string& fallback = "") const {
        const auto at = values_.find("--" + name);
        return at == values_.end() ? fallback : at->second;
    }
    std::int64_t number(const std::string& name, std::int64_t fallback) const {
        return has(name) ? std::strtoll(text(name).c_str(), nullptr, 10) : fallback;
    }

private:
    std::map<std::string, std::string> values_;
};

inline in_addr parse_address(const std::string& text) {
    in_addr address{};
    if (inet_pton(AF_INET, text.c_str(), &address) != 1) {
        std::fprintf(stderr, "not an IPv4 address: %s\n", text.c_str());
        std::exit(2);
    }
    return address;
}

/// The address `by` places above `base`.
inline in_addr address_above(in_addr base, std::uint32_t by) { return {htonl(ntohl(base.s_addr) + by)}; }

inline sockaddr_in endpoint(in_addr address, std::int64_t port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr = address;
    return to;
}

inline const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace lab
