#include "hb/scripts/child.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "hb/base/text.hpp"
#include "hb/config/unit.hpp"
#include "hb/tools/part.hpp"

namespace hb::scripts {
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
    if (!config::is_unit(script, directories.units)) return command;
    command.letter = config::is_oneshot(script, directories.units) ? 'o' : 'u';
    command.words = {directories.systemctl, action == "status" ? "is-active" : action, script + ".service"};
    return command;
}

/// Read once, before anybody raises it.
const rlimit& descriptor_limit_at_start() {
    static const rlimit first = [] {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        return limit;
    }();
    return first;
}

struct Pipe {
    Fd ours, theirs;
};

/// `theirs` is open for reading as well: a pipe whose last reader has gone ends its writers with SIGPIPE, and a service may keep
/// its script's stdout for all its life.
Result<Pipe> make_pipe(const std::string& name) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error{"cannot make a pipe for " + name, errno};
    Pipe pipe{Fd{ends[0]}, Fd{ends[1]}};
    Fd both{::open(concat("/proc/self/fd/", ends[1]).c_str(), O_RDWR | O_CLOEXEC)};
    if (both) pipe.theirs = std::move(both);
    ::fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK);
    return pipe;
}

void become_ordinary() {
    ::setsid();
    ::setrlimit(RLIMIT_NOFILE, &descriptor_limit_at_start());
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

void take_descriptors(int input, int output, int errors) {
    if (input < 0 || ::dup2(input, STDIN_FILENO) < 0) ::_exit(126);
    if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(errors, STDERR_FILENO) < 0) ::_exit(126);
    tools::close_all_but({});
}

std::string value_of(std::span<const std::string> environment, std::string_view name) {
    for (const std::string& entry : environment)
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
            return entry.substr(name.size() + 1);
    return {};
}

/// `find` runs in the child.
template <class Find>
Result<Child> start_child(const std::string& name, std::span<const std::string> environment, Outputs outputs,
                          Find&& find) {
    auto output = make_pipe(name);
    if (!output) return output.error();
    Result<Pipe> errors = Pipe{};
    if (outputs == Outputs::apart) errors = make_pipe(name);
    if (!errors) return errors.error();
    Child child{-1, std::move(output->ours), std::move(errors->ours)};
    child.pid = ::fork();
    if (child.pid < 0) return Error{"cannot start a process for " + name, errno};
    if (child.pid > 0) return child;

    become_ordinary();
    const int out = output->theirs.get(), err = errors->theirs.get();
    take_descriptors(::open("/dev/null", O_RDONLY), out, outputs == Outputs::apart ? err : out);
    const Command command = find();
    say_place(command.letter, command.words.empty() ? name : command.words.front());
    if (command.words.empty()) ::_exit(127);
    const auto argv = pointers(command.words);
    const auto envp = pointers(environment);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(errno == ENOENT ? 127 : 126);
}

}  // namespace

void raise_descriptor_limit() {
    rlimit limit = descriptor_limit_at_start();
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

namespace {

struct Root {
    std::string name = "root", home = "/root", shell = "/bin/sh";
};
/// The file itself: a directory service could keep us waiting.
Root root_of_this_host() {
    Root root;
    std::FILE* const file = std::fopen("/etc/passwd", "re");
    bool found = false;
    while (const passwd* const entry = file && !found ? ::fgetpwent(file) : nullptr) {
        found = entry->pw_uid == 0;
        if (found) root = {entry->pw_name, entry->pw_dir, entry->pw_shell};
    }
    if (file) std::fclose(file);
    return root;
}

}  // namespace

std::vector<std::string> script_environment(const config::Config& config) {
    std::vector<std::string> all = config.environment;
    const auto put = [&all](std::string_view name, std::string_view value) {
        if (value_of(all, name).empty()) all.push_back(std::string(name) + "=" + std::string(value));
    };
    put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    put("LC_ALL", "C");
    const Root root = root_of_this_host();
    put("HOME", root.home);
    put("USER", root.name);
    put("LOGNAME", root.name);
    put("SHELL", root.shell);
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
                           std::span<const std::string> environment, Outputs outputs) {
    return start_child(script, environment, outputs,
                       [&] { return find_command(directories, script, args, action); });
}

Result<Child> start_hook(const std::string& path, const std::string& argument,
                         std::span<const std::string> environment) {
    return start_child(path, environment, Outputs::together, [&] {
        return is_program(path) ? Command{hook_found, {path, argument}} : Command{};
    });
}

Result<Child> start_program(std::span<const std::string> words, std::string_view input,
                            std::span<const std::string> environment) {
    auto output = make_pipe(words[0]);
    if (!output) return output.error();
    Child child{-1, std::move(output->ours), Fd{}};
    int question[2];
    if (::pipe2(question, O_CLOEXEC) != 0) return Error{"cannot make a pipe for " + words[0], errno};
    Fd to_read{question[0]}, to_write{question[1]};
    ::fcntl(to_write.get(), F_SETFL, O_NONBLOCK);
    if (::write(to_write.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
        return Error{"cannot tell " + words[0] + " what to do", errno};
    child.pid = ::fork();
    if (child.pid < 0) return Error{"cannot start a process for " + words[0], errno};
    if (child.pid > 0) return child;

    become_ordinary();
    take_descriptors(to_read.get(), output->theirs.get(), output->theirs.get());
    const auto argv = pointers(words);
    const auto envp = pointers(environment);
    if (words[0].starts_with('/')) ::execve(argv[0], argv.data(), envp.data());
    for (const std::string_view directory : config::fence_directories)
        ::execve((std::string(directory) + "/" + words[0]).c_str(), argv.data(), envp.data());
    ::_exit(errno == ENOENT ? 127 : 126);
}

}  // namespace hb::scripts
