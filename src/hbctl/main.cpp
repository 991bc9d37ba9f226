#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "hbctl/run.hpp"

namespace {

using hb::hbctl::Outcome;
using hb::hbctl::Words;

/// 0, or an errno value.
int write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return 0;
}

/// The exit code: what nobody could read was no success.
int print(const Outcome& outcome) {
    const int fault = write_all(STDOUT_FILENO, outcome.out);
    write_all(STDERR_FILENO, outcome.err);
    if (fault == 0) return outcome.code;
    write_all(STDERR_FILENO, std::string{"hbctl: cannot write the output: "} + std::strerror(fault) + "\n");
    return outcome.code == hb::hbctl::code::ok ? hb::hbctl::code::failed : outcome.code;
}

/// Each second until a signal ends it, or nobody reads any more. On a terminal the picture stays in place.
int watch(Words options, const hb::hbctl::Surroundings& surroundings) {
    std::vector<std::string_view> status{"status"};
    status.insert(status.end(), options.begin(), options.end());
    const char* clear = ::isatty(STDOUT_FILENO) ? "\033[H\033[J" : "";
    for (;;) {
        const Outcome outcome = hb::hbctl::run("hbctl", status, surroundings);
        if (outcome.code == hb::hbctl::code::usage) return print(outcome);
        const std::string picture = clear + outcome.out + outcome.err + (*clear ? "" : "\n");
        if (const int code = print({hb::hbctl::code::ok, picture, {}})) return code;
        constexpr timespec second{1, 0};
        ::nanosleep(&second, nullptr);
    }
}

}  // namespace

int main(int argc, char** argv) {
    hb::hbctl::Surroundings surroundings;
    utsname name{};
    if (::uname(&name) == 0) surroundings.node = name.nodename;
    if (const char* const hook = std::getenv("HA_t")) surroundings.hook = hook;
    if (std::array<char, 64> login{}; ::getlogin_r(login.data(), login.size()) == 0 && login[0])
        surroundings.user = login.data();
    const char* slash = argc > 0 ? std::strrchr(argv[0], '/') : nullptr;
    const std::string_view program = slash ? slash + 1 : argc > 0 ? argv[0] : "hbctl";
    const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    const bool is_watch =
        !words.empty() && words[0] == "watch" && program == "hbctl" && !hb::hbctl::asks_for_help(words);
    if (is_watch) return watch(Words{words}.subspan(1), surroundings);
    return print(hb::hbctl::run(program, words, surroundings));
}
