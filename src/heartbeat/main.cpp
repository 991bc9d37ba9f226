// The daemon's command line: what 3.0.6's heartbeat(8) takes, with its texts and exit codes.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "hb/config/load.hpp"
#include "options.hpp"
#include "supervisor/daemon/wait.hpp"
#include "supervisor/engines/process.hpp"
#include "supervisor/state/pidfile.hpp"
#include "supervisor/supervisor.hpp"

namespace {

using namespace hb;
using heartbeat::Options;
namespace exit_code = supervisor::exit_code;

int say_status(const supervisor::Settings& settings) {
    const bool is_readable = ::access(settings.pid_file.c_str(), R_OK) == 0 || errno == ENOENT;
    const pid_t pid = is_readable ? supervisor::running_pid(settings.pid_file)
                                  : supervisor::listening_pid(settings.run_directory + "/control");
    if (pid == 0) {
        std::puts("heartbeat is stopped. No process");
        return exit_code::failed;
    }
    const std::string node = config::node_name(settings.config_directory);
    std::printf("heartbeat OK [pid %ld et al] is running on %s [%s]...\n", static_cast<long>(pid),
                node.c_str(), node.c_str());
    return exit_code::ok;
}

int stop(const supervisor::Settings& settings) {
    const pid_t pid = supervisor::running_pid(settings.pid_file);
    if (pid == 0) {
        std::fputs("INFO: Heartbeat already stopped.\n", stderr);
        return exit_code::ok;
    }
    if (::kill(pid, SIGTERM) != 0 && errno != ESRCH) {
        std::fprintf(stderr, "ERROR: cannot signal heartbeat pid %ld: %s\n", static_cast<long>(pid),
                     std::strerror(errno));
        return errno == EPERM ? exit_code::no_permission : exit_code::failed;
    }
    while (supervisor::is_heartbeat(pid)) ::usleep(20'000);
    return exit_code::ok;
}

void print_problems(const config::Parsed& parsed) {
    for (const config::Problem& problem : parsed.problems)
        std::fputs(config::to_text(problem).c_str(), stderr);
}

config::Parsed read(const supervisor::Settings& settings, const Options& options) {
    config::Parsed parsed = config::load(settings.config_directory);
    const bool runs = supervisor::running_pid(settings.pid_file) != 0;
    if (!runs || parsed.config.self.exists())
        config::wait_for_the_host(parsed);  // a daemon that runs goes on with its name
    if (options.verb == Options::Verb::reload) supervisor::drop_expected_warnings(parsed);
    if (!options.manage_resources) {
        parsed.config.groups.clear();
        parsed.config.resources.clear();
    }
    if (options.debug > parsed.config.debug) parsed.config.debug = options.debug;
    if (parsed.ok()) config::seal(parsed.config);
    return parsed;
}

/// False: refused; everything is said, on stderr and in the log.
bool load(const supervisor::Settings& settings, const Options& options, config::Parsed& parsed) {
    parsed = read(settings, options);
    print_problems(parsed);
    if (parsed.ok()) return true;
    supervisor::log_problems(parsed, supervisor::say::config_unusable);
    std::fputs("Configuration error, heartbeat not started.\n", stderr);
    return false;
}

int reload(pid_t pid, const supervisor::Settings& settings, const Options& options) {
    config::Parsed parsed;
    if (!load(settings, options, parsed)) return exit_code::configuration;
    std::fprintf(stderr, "info: Signalling heartbeat pid %ld to reread config files\n",
                 static_cast<long>(pid));
    if (::kill(pid, SIGHUP) == 0) return exit_code::ok;
    std::fprintf(stderr, "ERROR: cannot signal heartbeat pid %ld: %s\n", static_cast<long>(pid),
                 std::strerror(errno));
    return errno == EPERM ? exit_code::no_permission : exit_code::failed;
}

/// The parent's exit code: what the daemon says when it runs, or that it ended before.
int wait_until_ready(int fd) {
    char octet = 0;
    ssize_t n = 0;
    do {
        n = ::read(fd, &octet, 1);
    } while (n < 0 && errno == EINTR);
    return n == 1 ? octet : exit_code::failed;
}

int serve(config::Parsed parsed, supervisor::Settings settings, const Options& options) {
    if (!parsed.config.self.exists()) {
        int code = exit_code::failed;
        auto named = supervisor::wait_for_the_name(
            parsed, settings, [&] { return read(settings, options); }, code);
        if (!named) return code;
        parsed = std::move(*named);
    }
    return supervisor::run_supervisor(std::move(parsed), settings);
}

int run_daemon(config::Parsed parsed, supervisor::Settings settings, const Options& options) {
    ::umask(022);
    if (::chdir("/") != 0) return exit_code::failed;
    if (settings.foreground) return serve(std::move(parsed), std::move(settings), options);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return exit_code::failed;
    const pid_t child = ::fork();
    if (child < 0) {
        std::fprintf(stderr, "ERROR: cannot start a process: %s\n", std::strerror(errno));
        return exit_code::failed;
    }
    if (child > 0) {
        ::close(ends[1]);
        return wait_until_ready(ends[0]);
    }
    ::close(ends[0]);
    ::setsid();
    settings.ready_fd = ends[1];
    return serve(std::move(parsed), std::move(settings), options);
}

int start(supervisor::Settings settings, const Options& options) {
    if (const pid_t pid = supervisor::running_pid(settings.pid_file)) {
        std::fprintf(stderr, "info: heartbeat: already running [pid %ld].\n", static_cast<long>(pid));
        return exit_code::ok;
    }
    config::Parsed parsed;
    if (!load(settings, options, parsed)) return exit_code::configuration;
    settings.foreground = options.foreground;
    settings.realtime = options.realtime;
    return run_daemon(std::move(parsed), std::move(settings), options);
}

void print_defaults() {
    const config::Config defaults;
    std::printf(
        "keepalive %lldms\nwarntime %lldms\ndeadtime %lldms\ninitdead %lldms\ndeadping %lldms\nudpport "
        "%u\nhopfudge %u\n"
        "auto_failback legacy\naddress_lifetime auto\nsyslogmsgfmt on\nrealtime on\n",
        static_cast<long long>(to_ms(defaults.keepalive)), static_cast<long long>(to_ms(defaults.warntime)),
        static_cast<long long>(to_ms(defaults.deadtime)), static_cast<long long>(to_ms(defaults.initdead)),
        static_cast<long long>(to_ms(defaults.deadping)), unsigned{defaults.udpport}, defaults.hopfudge);
}

int print_configuration(const supervisor::Settings& settings) {
    const config::Parsed parsed = config::load(settings.config_directory);
    print_problems(parsed);
    if (!parsed.ok()) return exit_code::configuration;
    for (const std::string& entry : parsed.config.environment)
        std::printf("%s\n", entry.c_str() + (entry.starts_with("HA_") ? 3 : 0));
    for (const std::string& node : parsed.config.nodes) std::printf("node=%s\n", node.c_str());
    for (const config::Medium& medium : parsed.config.media)
        std::printf("medium=bcast %s\n", medium.interface.c_str());
    for (const config::Group& group : parsed.config.groups) std::printf("resources=%s\n", group.line.c_str());
    return exit_code::ok;
}

int run(const Options& options) {
    const supervisor::Settings settings;
    const auto needs_root = [&options] {
        return options.verb == Options::Verb::start || options.verb == Options::Verb::stop ||
               options.verb == Options::Verb::reload;
    };
    if (needs_root() && ::geteuid() != 0) {
        std::fputs("ERROR: heartbeat must be run as root\n", stderr);
        return exit_code::no_permission;
    }
    switch (options.verb) {
        case Options::Verb::status: return say_status(settings);
        case Options::Verb::version: std::puts(HB_VERSION); return exit_code::ok;
        case Options::Verb::help: std::fputs(heartbeat::usage().c_str(), stdout); return exit_code::ok;
        case Options::Verb::defaults: print_defaults(); return exit_code::ok;
        case Options::Verb::configuration: return print_configuration(settings);
        case Options::Verb::stop: return stop(settings);
        case Options::Verb::reload:
            if (const pid_t pid = supervisor::running_pid(settings.pid_file))
                return reload(pid, settings, options);
            return start(settings, options);
        case Options::Verb::start: return start(settings, options);
    }
    return exit_code::failed;
}

}  // namespace

int main(int argc, char** argv) {
    const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
    const auto options = heartbeat::parse_options(arguments.subspan(argc > 0 ? 1 : 0));
    if (!options) {
        std::fputs(heartbeat::usage().c_str(), stderr);
        return exit_code::usage;
    }
    const int code = run(*options);
    if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return code;
    std::fprintf(stderr, "ERROR: cannot write the output: %s\n", std::strerror(errno));
    return code == exit_code::ok ? exit_code::failed : code;
}
