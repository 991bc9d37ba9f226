#include "supervisor/daemon/capabilities.hpp"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hb::supervisor {
namespace {

struct Needed {
    unsigned number;
    const char* name;
    const char* what_for;
};
constexpr Needed needed[] = {
    {CAP_NET_ADMIN, "CAP_NET_ADMIN", "add and delete addresses"},
    {CAP_NET_RAW, "CAP_NET_RAW", "send and hear heartbeats"},
    {CAP_SETUID, "CAP_SETUID", "run the engine as a user of its own"},
    {CAP_SETGID, "CAP_SETGID", "run the engine in a group of its own"},
    {CAP_SYS_CHROOT, "CAP_SYS_CHROOT", "keep the engine in an empty directory"},
    {CAP_KILL, "CAP_KILL", "end the engine"},
};

}  // namespace

std::string missing_capabilities(std::uint64_t effective) {
    std::string out;
    for (const Needed& one : needed) {
        if (effective >> one.number & 1) continue;
        out += (out.empty() ? "heartbeat cannot run without " : ", ") + std::string(one.name) + " (to " +
               one.what_for + ")";
    }
    if (!out.empty()) out += ": add it to the container, or to CapabilityBoundingSet= of the unit";
    return out;
}

std::uint64_t effective_capabilities() {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct data[2]{};
    if (::syscall(SYS_capget, &header, data) != 0) return ~std::uint64_t{0};
    return std::uint64_t{data[1].effective} << 32 | data[0].effective;
}

}  // namespace hb::supervisor
