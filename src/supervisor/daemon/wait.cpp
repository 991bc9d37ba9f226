#include "supervisor/daemon/wait.hpp"

#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "hb/tools/part.hpp"
#include "supervisor/daemon/notify.hpp"
#include "supervisor/engines/process.hpp"
#include "supervisor/events.hpp"
#include "supervisor/state/pidfile.hpp"

namespace hb::supervisor {
namespace {

std::string name_of_this_host() {
    utsname name{};
    return ::uname(&name) == 0 ? name.nodename : "";
}

const log::Kind& waiting(const config::Parsed& parsed) {
    return parsed.ok() ? say::name_waited_for : say::name_waited_for_beside_errors;
}

void be_taken_for_running(Settings& settings) {
    notify("READY=1\nSTATUS=Waiting until this host has the name of a node in ha.cf");
    if (!settings.foreground) tools::leave_terminal();
    if (settings.ready_fd < 0) return;
    const char octet = exit_code::ok;
    [[maybe_unused]] const ssize_t n = ::write(settings.ready_fd, &octet, 1);
    ::close(settings.ready_fd);
    settings.ready_fd = -1;
}

/// 0: none came within a second.
int next_signal(const sigset_t& set) {
    const timespec second{.tv_sec = 1, .tv_nsec = 0};
    const int signal = ::sigtimedwait(&set, nullptr, &second);
    return signal > 0 ? signal : 0;
}

}  // namespace

std::optional<config::Parsed> wait_for_the_name(const config::Parsed& parsed, Settings& settings,
                                                const std::function<config::Parsed()>& load, int& code) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGHUP, SIGINT}) ::sigaddset(&set, signal);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    auto pid_file = PidFile::take(settings.pid_file);
    if (!pid_file) {
        std::fprintf(stderr, "heartbeat: ERROR: %s\n", to_text(pid_file.error()).c_str());
        code = exit_code::failed;
        return std::nullopt;
    }
    log_problems(parsed, waiting(parsed));
    be_taken_for_running(settings);
    std::string seen = name_of_this_host();
    for (;;) {
        const int signal = next_signal(set);
        if (signal == SIGTERM) {
            pid_file->remove();
            code = exit_code::ok;
            return std::nullopt;
        }
        const std::string name = name_of_this_host();
        if (signal != SIGHUP && name == seen) continue;
        seen = name;
        config::Parsed now = load();
        if (now.ok() && now.config.self.exists()) {
            pid_file->remove();
            return now;
        }
        log_problems(now, waiting(now));
    }
}

}  // namespace hb::supervisor
