#include "sandbox.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "hb/base/memory.hpp"
#include "system_calls.hpp"

namespace hb::engine {
namespace {

constexpr std::size_t call_count = std::size(allowed_calls);
constexpr std::size_t socket_call_count = std::size(allowed_socket_calls);

constexpr sock_filter statement(unsigned code, std::uint32_t k) {
    return {static_cast<std::uint16_t>(code), 0, 0, k};
}
constexpr sock_filter jump_if_equal(std::uint32_t k, std::size_t yes, std::size_t no) {
    return {BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no), k};
}

// The half of an argument that holds a small number.
constexpr std::size_t low_half = std::endian::native == std::endian::big ? 4 : 0;

// Layout: architecture | number | one test per allowed call | is it socketcall | kill | which one | one test per allowed
// socket call | kill | allow
constexpr auto make_table() {
    std::array<sock_filter, call_count + socket_call_count + 9> table{};
    const std::size_t allow = table.size() - 1;
    std::size_t n = 0;
    const auto to_allow = [&] { return allow - n - 1; };
    table[n++] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
    table[n++] = jump_if_equal(architecture, 1, 0);
    table[n++] = statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    table[n++] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    for (const std::uint32_t call : allowed_calls) {
        table[n] = jump_if_equal(call, to_allow(), 0);
        ++n;
    }
    table[n++] = jump_if_equal(socket_call, socket_call == 0 ? 0 : 1, 0);
    table[n++] = statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    table[n++] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + low_half);
    for (const std::uint32_t call : allowed_socket_calls) {
        table[n] = jump_if_equal(call, to_allow(), 0);
        ++n;
    }
    table[n++] = statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    table[n++] = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return table;
}
static_assert(call_count + socket_call_count + 4 < 255, "the distance of a jump is one octet");

Result<Done> install_table() {
    static constexpr auto table = make_table();
    sock_fprog program{.len = static_cast<unsigned short>(table.size()),
                       .filter = const_cast<sock_filter*>(table.data())};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        return Error{"cannot install the table of system calls", errno};
    return Done{};
}

void remark(Remarks& remarks, const char* what, int code) {
    FixedString<120> text{what};
    if (code != 0) {
        text.append(": ");
        text.append(std::strerror(code));
    }
    (void)remarks.try_push(text);
}

Result<Done> drop_rights(const SandboxOptions& options) {
    if (::chroot(options.empty_dir.c_str()) != 0 || ::chdir("/") != 0)
        return Error{"cannot make " + options.empty_dir + " the engine's root directory", errno};
    if (::syscall(SYS_setgroups, 0, nullptr) != 0) return Error{"cannot drop the engine's groups", errno};
    if (::setresgid(options.gid, options.gid, options.gid) != 0)
        return Error{"cannot change the engine's group", errno};
    if (::setresuid(options.uid, options.uid, options.uid) != 0)
        return Error{"cannot change the engine's user", errno};
    return Done{};
}

}  // namespace

Fd open_load_average() { return Fd{::open("/proc/loadavg", O_RDONLY | O_CLOEXEC)}; }

Fd open_network_counters() { return Fd{::open("/proc/net/netstat", O_RDONLY | O_CLOEXEC)}; }

Fd open_frame_counter(const std::string& interface) {
    const std::string path = "/sys/class/net/" + interface + "/statistics/rx_packets";
    return Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
}

void raise_priority(Remarks& remarks) {
    if (::setpriority(PRIO_PROCESS, 0, -20) != 0)
        remark(remarks, "the engine runs without priority, as with `realtime off`", errno);
}

void settle_memory(Remarks& remarks) {
    constexpr int reserve = 128 * 1024;
    ::mallopt(M_TRIM_THRESHOLD, INT32_MAX);
    ::mallopt(M_MMAP_MAX, 0);
    ::mallopt(M_TOP_PAD, reserve);
    // Asked for and given back untouched: the heap now ends that much later.
    std::free(std::malloc(reserve));
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_MEMLOCK, &none);
    if (!lock_memory()) remark(remarks, "the engine's memory is not locked", errno);
}

Result<Done> enter_sandbox(const SandboxOptions& options, Remarks& remarks) {
    if (auto dropped = drop_rights(options); !dropped) return dropped;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Error{"cannot forbid new privileges", errno};
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (architecture == 0) {
        remark(remarks, "no table of system calls for this processor: the engine runs without one", 0);
        return Done{};
    }
    if (auto installed = install_table(); !installed) {
        // EINVAL: a kernel built without seccomp.
        if (installed.error().code != EINVAL) return installed;
        remark(remarks, "this kernel has no seccomp: the engine runs without a table of system calls", 0);
    }
    return Done{};
}

}  // namespace hb::engine
