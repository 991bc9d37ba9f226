#include "hb/scripts/named_process.hpp"

#include <charconv>

#include "hb/tools/file.hpp"

namespace hb::scripts {
namespace {

/// Field 22 of /proc/PID/stat, counted behind the name, which may hold anything. Empty: there is no such process.
std::string start_time(pid_t pid) {
    const auto stat = tools::read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
    if (!stat || !*stat) return {};
    std::size_t at = (*stat)->rfind(')');
    for (int field = 2; field < 22 && at != std::string::npos; ++field) at = (*stat)->find(' ', at + 1);
    if (at == std::string::npos) return {};
    return (*stat)->substr(at + 1, (*stat)->find(' ', at + 1) - at - 1);
}

}  // namespace

NamedProcess NamedProcess::of(pid_t pid) { return {pid, start_time(pid)}; }

NamedProcess NamedProcess::parse(std::string_view line) {
    if (!line.ends_with('\n')) return {};
    line.remove_suffix(1);
    pid_t pid = 0;
    const char* const last = line.data() + line.size();
    const auto [end, fault] = std::from_chars(line.data(), last, pid);
    if (fault != std::errc{} || pid <= 1 || end == last || *end != ' ') return {};
    const std::string_view started(end + 1, static_cast<std::size_t>(last - end - 1));
    if (started.empty() || started.find_first_not_of("0123456789") != started.npos) return {};
    return {pid, std::string(started)};
}

bool NamedProcess::exists() const { return pid > 0 && !started.empty() && start_time(pid) == started; }

}  // namespace hb::scripts
