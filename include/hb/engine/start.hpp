#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "hb/base/address.hpp"
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"
#include "hb/config/config.hpp"
#include "hb/core/core.hpp"
#include "hb/ipc/page.hpp"

namespace hb::engine {

/// One medium lent by the supervisor. `fd` is a bound, filtered, non-blocking packet socket, or -1 while the
/// interface cannot be used (a Notice of kind medium brings it later).
struct MediumStart {
    MediumId medium;
    int fd = -1;
    int ifindex = 0;
    Mac mac;
    std::uint32_t address = 0;    ///< of the interface, host order; 0: none
    std::uint32_t broadcast = 0;  ///< host order; 255.255.255.255 where none is set
};

/// Exit code of an engine that left because its supervisor did not turn any more.
constexpr int exit_without_supervisor = 3;

/// What the supervisor gives to a new engine process. The engine owns every descriptor in it. It ends with
/// exit code 0 after Leave, and with another when the supervisor is silent or gone, or a promise is broken.
struct EngineStart {
    const config::Config* config = nullptr;  ///< outlives the engine
    core::Origin origin;
    int channel_fd = -1;         ///< SOCK_SEQPACKET to the supervisor, non-blocking
    int writer_fd = -1;          ///< for writer::Client, non-blocking
    int control_listen_fd = -1;  ///< listening AF_UNIX stream socket, non-blocking
    int udp_fd = -1;             ///< bound to udpport, non-blocking: the second ear; -1: none
    int witness_fd = -1;         ///< raw ICMP, filtered to echo replies with `witness_identifier`; -1: none
    std::uint16_t witness_identifier = 0;
    int lock_fd = -1;  ///< kept open for as long as the engine lives: its lock tells that it does
    ipc::Page* page = nullptr;
    std::vector<MediumStart> media;  ///< one per Config::media, in that order
    bool sandbox = true;
    uid_t uid = 65534;
    gid_t gid = 65534;
    std::string empty_dir;  ///< to chroot into
    bool realtime = true;
    Instant daemon_started;  ///< for the uptime that `hbctl status` shows
};

}  // namespace hb::engine
