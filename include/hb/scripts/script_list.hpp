#pragma once
#include <string>
#include <utility>
#include <vector>

#include "hb/base/time.hpp"
#include "hb/scripts/named_process.hpp"

namespace hb::scripts {

/// The scripts that run, in a file in /run: what the next supervisor has to end before it stops their resources, if this one
/// is killed. A start that ended after that stop would leave running what nobody knows of. Each is the leader of its own
/// session and process group.
class ScriptList {
public:
    /// An empty path: none is kept.
    explicit ScriptList(std::string path) : path_(std::move(path)) {}
    void began(pid_t script);
    void ended(pid_t script);
    /// SIGKILL to the groups of those that an earlier supervisor left; waits for their end, but not beyond `limit`. How many
    /// there were.
    std::size_t end_leftovers(Duration limit);

private:
    void write() const;
    std::string path_;
    std::vector<NamedProcess> running_;
};

}  // namespace hb::scripts
