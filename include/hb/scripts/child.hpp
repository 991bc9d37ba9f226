#pragma once
#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hb/base/fd.hpp"
#include "hb/base/result.hpp"
#include "hb/config/config.hpp"
#include "hb/config/load.hpp"

namespace hb::scripts {

/// Where scripts are looked for, in this order; a unit NAME.service comes last.
struct ScriptDirectories {
    std::string resource_d = HB_SYSCONFDIR "/ha.d/resource.d";
    std::string init_d = HB_SYSCONFDIR "/init.d";
    std::span<const std::string_view> units = config::unit_directories;
    std::string systemctl = "/bin/systemctl";
};

/// Environment of scripts: HA_ of every directive, what 3.0.6's shellfuncs set, PATH, and root's HOME, USER, LOGNAME and SHELL.
std::vector<std::string> script_environment(const config::Config& config);

struct Child {
    pid_t pid = -1;
    Fd output;  ///< stdout of the child, non-blocking; its stderr too, where that has no pipe of its own
    Fd errors;  ///< stderr of the child, where it was asked for
};
/// apart: stdout and stderr have a pipe each. Each pipe counts its writers as readers: writing after our end is closed raises
/// no SIGPIPE (keeper.hpp).
enum class Outputs { together, apart };

/// RLIMIT_NOFILE rises to its hard limit in this process; children have the one that it was started with, for a service that
/// uses select(2) must not get more.
void raise_descriptor_limit();

/// The first line a child prints, before the script itself: this mark, a letter (r: resource.d, i: init.d, u: unit,
/// o: one of Type=oneshot, p: of start_hook, -: found nowhere), the path.
constexpr char place_mark = '\x01';

/// Starts SCRIPT ARG... ACTION in a child of its own session, which looks for it: nothing here waits for a
/// file system. stdin /dev/null, directory /, normal priority, default signals, no other descriptor.
Result<Child> start_script(const ScriptDirectories& directories, const std::string& script,
                           std::span<const std::string> args, const char* action,
                           std::span<const std::string> environment, Outputs outputs);

/// Starts WORDS (the first one looked for in config::fence_directories, unless it is a path) in the same way, but
/// with `input`, of at most a pipe's 4096 octets, on stdin. Exit code 127: there is no such program.
Result<Child> start_program(std::span<const std::string> words, std::string_view input,
                            std::span<const std::string> environment);
/// Starts the program PATH with one argument, as start_script does. What it says first is the mark, and whether there
/// is one.
Result<Child> start_hook(const std::string& path, const std::string& argument,
                         std::span<const std::string> environment);
constexpr char hook_found = 'p';

}  // namespace hb::scripts
