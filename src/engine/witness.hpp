#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hb/base/bytes.hpp"
#include "hb/base/fd.hpp"
#include "hb/config/config.hpp"
#include "hb/core/event.hpp"
#include "medium.hpp"

namespace hb::engine {

/// ICMP echo requests to the ping nodes, and their answers (RFC 792). The socket is not watched: answers wait, stamped by the
/// kernel, for the next turn, so that a ping node costs no wake-up.
class Witnesses {
public:
    /// `socket`: raw ICMP, filtered to echo replies with this identifier; may be empty. `token`: what only our requests hold;
    /// the index of the ping node is added to it.
    Witnesses(int socket, std::uint16_t identifier, std::uint64_t token,
              const std::vector<config::Witness>& witnesses)
        : socket_(socket), identifier_(identifier), token_(token), witnesses_(witnesses) {}

    /// One request to each address. What cannot leave at once never does.
    void ask(std::uint8_t witness);
    /// The next answer to one of the newest requests, if there is one. Of each request the first counts, and none that is older
    /// than one that was answered.
    std::optional<core::WitnessHeard> hear(const Clocks& clocks, std::span<std::byte> buffer);

private:
    std::optional<std::uint8_t> answerer(Bytes packet, Ipv4 source);
    Fd socket_;
    std::uint16_t identifier_;
    std::uint64_t token_;
    const std::vector<config::Witness>& witnesses_;
    std::array<std::uint16_t, limits::witnesses> sequence_{};  ///< of the newest request to each
    std::array<std::uint16_t, limits::witnesses> answered_{};  ///< of the newest that was answered
    bool asked_ = false;
};

/// The layout: type u8 | code u8 | checksum u16 | identifier u16 | sequence u16 | token u64, network order.
constexpr std::size_t echo_size = 16;
std::array<std::byte, echo_size> echo_request(std::uint16_t identifier, std::uint16_t sequence,
                                              std::uint64_t token);

/// Whether any frame at all comes in: the counters of the media's interfaces (sysfs), which also count what no filter of ours
/// lets through. Opened before the sandbox is entered.
class IncomingFrames {
public:
    explicit IncomingFrames(const std::vector<config::Medium>& media);
    /// To be called once a keepalive.
    void look(Instant now);
    /// No frame came in between then and the last look; never: not known.
    Instant newest() const { return newest_; }

private:
    struct Counter {
        Fd fd;
        FixedString<24> text;
    };
    std::vector<Counter> counters_;
    Instant newest_ = never, looked_;
};

}  // namespace hb::engine
