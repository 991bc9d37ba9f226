#pragma once
#include <cstdint>

#include "hb/base/log.hpp"

namespace hb::writer {

/// What both other processes send to the writer: one datagram each (SOCK_SEQPACKET or SOCK_DGRAM pair), never waiting.
struct Envelope {
    enum class Kind : std::uint8_t { log, reserve_generation, remember_peer };
    Kind kind = Kind::log;
    std::int32_t pid = 0;
    std::int64_t realtime_ns = 0;  ///< CLOCK_REALTIME when it happened
    std::uint32_t dropped = 0;     ///< records lost by this sender before this one
    std::uint32_t generation =
        0;  ///< reserve_generation: make this the highest reserved one; remember_peer: of the node
            ///< whose name is the text of the record
    LogRecord record;
};

/// The sending end. A full channel drops the record and counts it; the next one that passes says how many.
class Client {
public:
    explicit Client(int fd) : fd_(fd) {}
    void log(const LogRecord& record);
    /// Never lost: what a full channel did not take is sent again behind the next record.
    void reserve(std::uint32_t generation);
    /// The highest generation that a peer has proven to live in. False: the channel is full, say it again.
    bool remember(std::string_view peer, std::uint32_t generation);
    /// Records lost since the last one that passed.
    std::uint32_t dropped() const { return dropped_; }

private:
    bool send(Envelope& envelope);
    int fd_;
    std::uint32_t dropped_ = 0;
    std::uint32_t unsent_generation_ = 0;  ///< 0: none
};

}  // namespace hb::writer
