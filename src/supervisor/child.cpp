#include "supervisor/child.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "hb/config/load.hpp"

namespace hb::supervisor {
namespace {

std::vector<char*> pointers(std::span<const std::string> words) {
    std::vector<char*> list;
    for (const std::string& word : words) list.push_back(const_cast<char*>(word.c_str()));
    list.push_back(nullptr);
    return list;
}

bool is_program(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

void say_place(char letter, const std::string& path) {
    const std::string line = std::string{place_mark, letter} + path + "\n";
    [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, line.data(), line.size());
}

struct Command {
    char letter = '-';
    std::vector<std::string> words;
};

Command find_command(const ScriptDirectories& directories, const std::string& script,
                     std::span<const std::string> args, const std::string& action) {
    Command command;
    for (const auto& [letter, directory] :
         {std::pair{'r', &directories.resource_d}, {'i', &directories.init_d}}) {
        const std::string path = *directory + "/" + script;
        if (!is_program(path)) continue;
        command.letter = letter;
        command.words.push_back(path);
        command.words.insert(command.words.end(), args.begin(), args.end());
        command.words.push_back(action);
        return command;
    }
    if (!config::is_unit(script)) return command;
    command.letter = 'u';
    command.words = {"/bin/systemctl", action == "status" ? "is-active" : action, script + ".service"};
    return command;
}

void become_ordinary() {
    ::setsid();
    sigset_t none;
    ::sigemptyset(&none);
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const sched_param ordinary{};
    ::sched_setscheduler(0, SCHED_OTHER, &ordinary);
    ::setpriority(PRIO_PROCESS, 0, 0);
    ::umask(022);
    if (::chdir("/") != 0) ::_exit(126);
}

void take_descriptors(int input, int output) {
    if (input < 0 || ::dup2(input, STDIN_FILENO) < 0) ::_exit(126);
    if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0) ::_exit(126);
    close_all_but({});
}

std::string value_of(std::span<const std::string> environment, std::string_view name) {
    for (const std::string& entry : environment)
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
            return entry.substr(name.size() + 1);
    return {};
}

/// `find` runs in the child.
template <class Find>
Result<Child> start_child(const std::string& name, std::span<const std::string> environment, Find&& find) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error{"cannot make a pipe for " + name, errno};
    Child child{-1, Fd{ends[0]}};
    Fd theirs{ends[1]};
    ::fcntl(child.output.get(), F_SETFL, O_NONBLOCK);
    child.pid = ::fork();
    if (child.pid < 0) return Error{"cannot start a process for " + name, errno};
    if (child.pid > 0) return child;

    become_ordinary();
    take_descriptors(::open("/dev/null", O_RDONLY), theirs.get());
    const Command command = find();
    say_place(command.letter, command.words.empty() ? name : command.words.front());
    if (command.words.empty()) ::_exit(127);
    const auto argv = pointers(command.words);
    const auto envp = pointers(environment);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(errno == ENOENT ? 127 : 126);
}

}  // namespace

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

std::vector<std::string> script_environment(const config::Config& config) {
    std::vector<std::string> all = config.environment;
    const auto put = [&all](std::string_view name, std::string_view value) {
        if (value_of(all, name).empty()) all.push_back(std::string(name) + "=" + std::string(value));
    };
    put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    put("LC_ALL", "C");
    put("HA_CURHOST", config.nodes[config.self.index()]);
    put("HA_DIR", HB_SYSCONFDIR "/ha.d");
    put("HA_FUNCS", HB_SYSCONFDIR "/ha.d/shellfuncs");
    put("HA_RCDIR", HB_SYSCONFDIR "/ha.d/rc.d");
    put("HA_RESOURCEDIR", HB_SYSCONFDIR "/ha.d/resource.d");
    put("HA_DATEFMT", "%Y/%m/%d_%T ");
    put("HA_RSCTMP", "/run/heartbeat/rsctmp");
    put("OCF_ROOT", "/usr/lib/ocf");
    put("HA_LOGD", config.use_logd ? "yes" : "no");
    if (!config.logfile.empty()) put("HA_LOGFILE", config.logfile);
    if (!config.debugfile.empty()) put("HA_DEBUGLOG", config.debugfile);
    if (!config.logfacility.empty()) put("HA_LOGFACILITY", config.logfacility);
    if (config.auto_failback != config::AutoFailback::legacy) put("HA_NICEFAILBACK", "yes");
    return all;
}

Result<Child> start_script(const ScriptDirectories& directories, const std::string& script,
                           std::span<const std::string> args, const char* action,
                           std::span<const std::string> environment) {
    return start_child(script, environment, [&] { return find_command(directories, script, args, action); });
}

Result<Child> start_hook(const std::string& path, const std::string& argument,
                         std::span<const std::string> environment) {
    return start_child(path, environment, [&] {
        return is_program(path) ? Command{hook_found, {path, argument}} : Command{};
    });
}

Result<Child> start_program(std::span<const std::string> words, std::string_view input,
                            std::span<const std::string> environment) {
    int ends[2], question[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error{"cannot make a pipe for " + words[0], errno};
    Child child{-1, Fd{ends[0]}};
    Fd theirs{ends[1]};
    if (::pipe2(question, O_CLOEXEC) != 0) return Error{"cannot make a pipe for " + words[0], errno};
    Fd to_read{question[0]}, to_write{question[1]};
    ::fcntl(child.output.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(to_write.get(), F_SETFL, O_NONBLOCK);
    if (::write(to_write.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
        return Error{"cannot tell " + words[0] + " what to do", errno};
    child.pid = ::fork();
    if (child.pid < 0) return Error{"cannot start a process for " + words[0], errno};
    if (child.pid > 0) return child;

    become_ordinary();
    take_descriptors(to_read.get(), theirs.get());
    const auto argv = pointers(words);
    const auto envp = pointers(environment);
    if (words[0].starts_with('/')) ::execve(argv[0], argv.data(), envp.data());
    for (const std::string_view directory : config::fence_directories)
        ::execve((std::string(directory) + "/" + words[0]).c_str(), argv.data(), envp.data());
    ::_exit(errno == ENOENT ? 127 : 126);
}

}  // namespace hb::supervisor
