#pragma once
#include <linux/audit.h>
#include <linux/net.h>
#include <sys/syscall.h>

#include <cstdint>

// What the engine may ask of the kernel, and by which number: facts of each processor.
namespace hb::engine {

/// What seccomp calls this processor and its calling convention; 0: not known, so there is no table.
#if defined(__x86_64__)  // x32 as well: its numbers have a bit of their own
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__i386__)
constexpr std::uint32_t architecture = AUDIT_ARCH_I386;
#elif defined(__aarch64__) && defined(__AARCH64EL__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#elif defined(__arm__) && defined(__ARMEL__)
constexpr std::uint32_t architecture = AUDIT_ARCH_ARM;
#elif defined(__arm__)
constexpr std::uint32_t architecture = AUDIT_ARCH_ARMEB;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr std::uint32_t architecture = AUDIT_ARCH_RISCV64;
#elif defined(__riscv)
constexpr std::uint32_t architecture = AUDIT_ARCH_RISCV32;
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
constexpr std::uint32_t architecture = AUDIT_ARCH_PPC64LE;
#elif defined(__powerpc64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_PPC64;
#elif defined(__powerpc__)
constexpr std::uint32_t architecture = AUDIT_ARCH_PPC;
#elif defined(__s390x__)
constexpr std::uint32_t architecture = AUDIT_ARCH_S390X;
#elif defined(__s390__)
constexpr std::uint32_t architecture = AUDIT_ARCH_S390;
#elif defined(__mips__) && _MIPS_SIM == _ABI64 && defined(__MIPSEL__)
constexpr std::uint32_t architecture = AUDIT_ARCH_MIPSEL64;
#elif defined(__mips__) && _MIPS_SIM == _ABI64
constexpr std::uint32_t architecture = AUDIT_ARCH_MIPS64;
#elif defined(__mips__) && _MIPS_SIM == _ABIN32 && defined(__MIPSEL__)
constexpr std::uint32_t architecture = AUDIT_ARCH_MIPSEL64N32;
#elif defined(__mips__) && _MIPS_SIM == _ABIN32
constexpr std::uint32_t architecture = AUDIT_ARCH_MIPS64N32;
#elif defined(__mips__) && defined(__MIPSEL__)
constexpr std::uint32_t architecture = AUDIT_ARCH_MIPSEL;
#elif defined(__mips__)
constexpr std::uint32_t architecture = AUDIT_ARCH_MIPS;
#elif defined(__hppa__)
constexpr std::uint32_t architecture = AUDIT_ARCH_PARISC;
#elif defined(__loongarch64) && defined(AUDIT_ARCH_LOONGARCH64)
constexpr std::uint32_t architecture = AUDIT_ARCH_LOONGARCH64;
#else
constexpr std::uint32_t architecture = 0;
#endif

/// Every call of the engine's turn. No open, no socket, no memory, no process.
constexpr std::uint32_t allowed_calls[] = {
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
    SYS_epoll_pwait,
    SYS_epoll_ctl,
#ifdef SYS_recvmsg
    SYS_recvmsg,
    SYS_sendmsg,
    SYS_recvfrom,
    SYS_sendto,
    SYS_accept4,
    SYS_getsockopt,
#endif
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
#ifdef SYS_timerfd_settime
    SYS_timerfd_settime,
#endif
#ifdef SYS_timerfd_settime64
    SYS_timerfd_settime64,
#endif
// No vDSO: some virtual machines, and the boot clock on some architectures.
#ifdef SYS_clock_gettime
    SYS_clock_gettime,
#endif
#ifdef SYS_clock_gettime64
    SYS_clock_gettime64,
#endif
    SYS_getpid,  // log records
// Back from a handler.
#ifdef SYS_sigreturn
    SYS_sigreturn,
#endif
    SYS_rt_sigreturn,
    SYS_restart_syscall,  // after SIGSTOP and SIGCONT
    SYS_exit_group,
#ifdef __SANITIZE_ADDRESS__
    SYS_sigaltstack,  // of the sanitizer, before each function that does not return
#endif
};

/// The one call that stands for all of sockets where the C library still uses it (i386, s390x, m68k); 0: none.
/// Its first argument says which is meant: those of the list above, as <linux/net.h> numbers them.
#ifdef SYS_socketcall
constexpr std::uint32_t socket_call = SYS_socketcall;
#else
constexpr std::uint32_t socket_call = 0;
#endif
constexpr std::uint32_t allowed_socket_calls[] = {
    SYS_RECVMSG, SYS_SENDMSG, SYS_RECVFROM, SYS_SENDTO, SYS_RECV, SYS_SEND, SYS_ACCEPT4, SYS_GETSOCKOPT,
};

}  // namespace hb::engine
