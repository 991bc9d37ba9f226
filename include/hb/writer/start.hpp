#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "hb/base/bounds.hpp"

namespace hb::writer {

/// The highest generation that is reserved or believed, `elapsed` after `first` was the highest on the disk. Each life takes
/// one, and there are no more lives than seconds for long. A node whose number was lost learns it from its peers: as generations
/// begin as Unix time, that is below 2^31 until 2038, and below the clock afterwards. What is above these would leave no number
/// for later lives.
constexpr std::uint32_t highest_generation(std::uint32_t first, std::chrono::seconds elapsed,
                                           std::int64_t unix_seconds) {
    constexpr std::int64_t lives_at_once = 1000, learned = bounds::learned, highest = bounds::generation;
    const std::int64_t counted = std::int64_t{first} + lives_at_once + elapsed.count();
    return static_cast<std::uint32_t>(std::min(std::max({counted, learned, unix_seconds}), highest));
}

/// What the supervisor gives to the writer process. It ends with exit code 0 when every sending end of `fd`
/// is closed and all records are written.
struct WriterStart {
    int fd = -1;  ///< receiving end of the channel of writer::Client (SOCK_SEQPACKET, one Envelope each)
    std::string logfile, debugfile, logfacility;  ///< empty: none
    bool syslogmsgfmt = true;
    std::string node_name;
    bool copy_to_stderr = false;  ///< in the foreground: each line to stderr too
    std::string generation_file;  ///< what Envelope::Kind::reserve_generation rewrites
    std::string peers_file;       ///< what Envelope::Kind::remember_peer rewrites
    std::atomic<std::uint32_t>* reserved_generation = nullptr;  ///< told when that is on disk; may be absent
};

}  // namespace hb::writer
