#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "hb/writer/client.hpp"
#include "hb/writer/start.hpp"
#include "log.hpp"
#include "peers.hpp"
#include "syslog.hpp"

namespace hb::writer {

/// What the writer does with each envelope; run_writer() is this behind a socket.
class Writer {
public:
    explicit Writer(const WriterStart& start);
    void handle(const Envelope& envelope);

private:
    void write(const Envelope& envelope);
    void say(const log::Kind& kind, std::initializer_list<log::Fact> facts, const Envelope& because);
    bool refuses(const Envelope& envelope);
    void to_file(LogFile& file, const Entry& entry, std::int64_t now);
    void tell_elsewhere(const LogFile& file, const Entry& entry, std::int64_t now);
    void to_syslog(const Entry& entry, std::int64_t now);
    void to_stderr(const Entry& entry);
    void reserve(const Envelope& envelope);
    void remember(const Envelope& envelope);

    const WriterStart& start_;
    LogFile logfile_, debugfile_;
    PeersFile peers_;
    Syslog syslog_;
    std::optional<int> facility_;
    struct Base {
        std::uint32_t generation;  ///< the highest one on the disk
        std::int64_t at;           ///< seconds since boot
    };
    std::optional<Base> base_;                ///< before the first reservation
    std::optional<std::int64_t> refused_at_;  ///< when a refusal was last said, seconds since boot
};

/// Takes over a forked child: gives up every capability, writes what arrives on start.fd until its end of
/// file, and returns the exit code.
int run_writer(const WriterStart& start);

}  // namespace hb::writer
