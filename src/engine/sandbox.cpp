#include "sandbox.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "hb/base/memory.hpp"

namespace hb::engine {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#elif defined(__arm__)
constexpr std::uint32_t architecture = AUDIT_ARCH_ARM;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr std::uint32_t architecture = AUDIT_ARCH_RISCV64;
#else
constexpr std::uint32_t architecture = 0;  // no table was written for it
#endif

// Every call of the engine's turn. No open, no socket, no memory, no process.
constexpr std::uint32_t allowed[] = {
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
    SYS_epoll_pwait,
    SYS_epoll_ctl,
    SYS_recvmsg,
    SYS_sendmsg,
    SYS_recvfrom,
    SYS_sendto,
#ifdef SYS_recv
    SYS_recv,
#endif
#ifdef SYS_send
    SYS_send,
#endif
    SYS_read,
    SYS_write,
    SYS_pread64,
    SYS_close,
    SYS_accept4,
    SYS_getsockopt,
    SYS_timerfd_settime,
#ifdef SYS_timerfd_settime64
    SYS_timerfd_settime64,
#endif
    // No vDSO: some virtual machines, and the boot clock on some architectures.
    SYS_clock_gettime,
#ifdef SYS_clock_gettime64
    SYS_clock_gettime64,
#endif
    SYS_getpid,           // log records
    SYS_rt_sigreturn,     // back from a handler
    SYS_restart_syscall,  // after SIGSTOP and SIGCONT
    SYS_exit_group,
};
constexpr std::size_t allowed_count = sizeof allowed / sizeof allowed[0];

constexpr sock_filter statement(unsigned code, std::uint32_t k) {
    return {static_cast<std::uint16_t>(code), 0, 0, k};
}
constexpr sock_filter jump_if_equal(std::uint32_t k, std::size_t yes, std::size_t no) {
    return {BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no), k};
}

// Layout: architecture | number | one test per allowed call | kill | allow
constexpr auto make_table() {
    std::array<sock_filter, allowed_count + 6> table{};
    std::size_t n = 0;
    table[n++] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
    table[n++] = jump_if_equal(architecture, 1, 0);
    table[n++] = statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    table[n++] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    for (std::size_t i = 0; i < allowed_count; ++i)
        table[n++] = jump_if_equal(allowed[i], allowed_count - i, 0);
    table[n++] = statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    table[n++] = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return table;
}
static_assert(allowed_count < 255, "the distance of a jump is one octet");

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
