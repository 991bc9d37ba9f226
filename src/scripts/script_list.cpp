#include "hb/scripts/script_list.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "hb/base/clock.hpp"
#include "hb/tools/file.hpp"

namespace hb::scripts {
namespace {

constexpr std::size_t longest_list = 1024 * 1024;

/// A process group lives as long as any of its members, and its number is given to no process meanwhile: it is the same group
/// if its leader is the same, or gone.
bool is_leftover(const NamedProcess& script) {
    const NamedProcess now = NamedProcess::of(script.pid);
    return (now.started.empty() || now.started == script.started) && ::kill(-script.pid, 0) == 0;
}

}  // namespace

void ScriptList::began(pid_t script) {
    if (path_.empty()) return;
    running_.push_back(NamedProcess::of(script));
    write();
}

void ScriptList::ended(pid_t script) {
    if (path_.empty()) return;
    if (std::erase_if(running_, [script](const NamedProcess& one) { return one.pid == script; }) > 0) write();
}

// What cannot be written is not known to the next supervisor, as before its first line.
void ScriptList::write() const {
    std::string text;
    for (const NamedProcess& script : running_) text += script.to_text();
    (void)tools::replace_file(path_, text, 0600, tools::Durability::until_reboot);
}

std::size_t ScriptList::end_leftovers(Duration limit) {
    if (path_.empty()) return 0;
    const auto text = tools::read_file(path_, longest_list);
    if (!text || !*text) return 0;
    std::vector<NamedProcess> left;
    std::string_view rest = **text;
    for (std::size_t end = 0; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
        NamedProcess script = NamedProcess::parse(rest.substr(0, end + 1));
        if (script.pid > 0 && is_leftover(script)) left.push_back(std::move(script));
    }
    const std::size_t count = left.size();
    for (const NamedProcess& script : left) ::kill(-script.pid, SIGKILL);
    const Instant deadline = boot_now() + limit;
    while (!left.empty() && boot_now() < deadline) {
        std::erase_if(
            left, [](const NamedProcess& script) { return ::kill(-script.pid, 0) != 0 && errno == ESRCH; });
        if (!left.empty()) ::poll(nullptr, 0, 1);
    }
    return count;
}

}  // namespace hb::scripts
