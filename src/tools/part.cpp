#include "hb/tools/part.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace hb::tools {

// Signals for the daemon can reach its whole group; the supervisor alone says what they mean.
void be_a_part(const char* name, std::span<const int> keep, Stdio stdio) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE})
        ::signal(signal, SIG_IGN);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_NAME, name);
    ::setpriority(PRIO_PROCESS, 0, 0);
    close_all_but(keep);
    if (stdio == Stdio::leave) leave_terminal();
}

void leave_terminal() {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return;
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
    ::close(null);
}

void close_all_but(std::span<const int> keep) {
    std::vector<int> kept(keep.begin(), keep.end());
    std::sort(kept.begin(), kept.end());
    unsigned from = STDERR_FILENO + 1;
    const auto close_run = [](unsigned first, unsigned last) {
        if (first > last || ::close_range(first, last, 0) == 0) return;
        // Kernels before 5.9.
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        const auto end = static_cast<unsigned>(std::min<rlim_t>(limit.rlim_cur, 65536));
        for (unsigned fd = first; fd <= last && fd < end; ++fd) ::close(static_cast<int>(fd));
    };
    for (const int fd : kept) {
        if (fd < 0 || static_cast<unsigned>(fd) < from) continue;
        if (static_cast<unsigned>(fd) > from) close_run(from, static_cast<unsigned>(fd) - 1);
        from = static_cast<unsigned>(fd) + 1;
    }
    close_run(from, ~0u);
}

}  // namespace hb::tools
