// Linked into every program of `make coverage`, in place of four calls (Makefile): counters are written when a process ends
// by _exit, too. The engine could write none from its empty root directory, and its table of system calls forbids to open
// files. So in the daemon, and there alone, both have no effect, and its engine writes into a directory that is open to its user.
#include <errno.h>
#include <sys/prctl.h>

#include <cstdlib>
#include <string_view>

extern "C" {

void __gcov_dump();
[[noreturn]] void __real__exit(int code);
int __real_chroot(const char* path);
int __real_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);

}  // extern "C"

namespace {

bool sealed = false;  // a test has installed the table: nothing can be written any more

bool is_daemon() { return std::string_view(::program_invocation_short_name) == "heartbeat"; }

}  // namespace

extern "C" {

[[noreturn]] void __wrap__exit(int code) {
    if (!sealed) __gcov_dump();
    __real__exit(code);
}

int __wrap_chroot(const char* path) {
    return is_daemon() ? ::setenv("GCOV_PREFIX", HB_ENGINE_COUNTERS, 1) : __real_chroot(path);
}

int __wrap_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    if (option == PR_SET_SECCOMP && is_daemon()) return 0;
    const int result = __real_prctl(option, a, b, c, d);
    sealed |= option == PR_SET_SECCOMP && result == 0;
    return result;
}

}  // extern "C"
