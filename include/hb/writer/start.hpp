#pragma once
#include <atomic>
#include <cstdint>
#include <string>

namespace hb::writer {

/// What the supervisor gives to the writer process. It ends with exit code 0 when every sending end of `fd`
/// is closed and all records are written.
struct WriterStart {
    int fd = -1;  ///< receiving end of the channel of writer::Client (SOCK_SEQPACKET, one Envelope each)
    std::string logfile, debugfile, logfacility;  ///< empty: none
    bool syslogmsgfmt = true;
    std::string node_name;
    bool copy_to_stderr = false;  ///< in the foreground: each line to stderr too
    std::string generation_file;  ///< what Envelope::Kind::reserve_generation rewrites
    std::atomic<std::uint32_t>* reserved_generation = nullptr;  ///< told when that is on disk; may be absent
};

}  // namespace hb::writer
