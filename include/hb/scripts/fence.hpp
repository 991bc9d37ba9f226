#pragma once
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "hb/config/config.hpp"
#include "hb/core/event.hpp"
#include "hb/scripts/child.hpp"
#include "hb/scripts/child_output.hpp"

namespace hb::scripts {

/// What a device is started with.
struct FenceCommand {
    std::vector<std::string> words;
    std::string
        input;  ///< on stdin, where nobody can read a password: parameters of stonith(8), name=value of agents
};
FenceCommand fence_command(const config::FenceDevice& device, const std::string& node);

/// Cuts nodes off: of the devices that serve one, in the order of ha.cf, one after the other until one succeeds. One child
/// each, its output to the log, a time limit.
class Fencer {
public:
    using Ended = std::function<void(NodeId, core::Outcome)>;
    static constexpr Duration limit = 60s;  ///< of one device

    Fencer(tools::Journal& journal, tools::Poller& poller, Ended ended)
        : journal_(journal), poller_(poller), ended_(std::move(ended)) {}
    /// What runs goes on with its present device, and fails if that does.
    void use(const config::Config& config);
    /// Answered once by `ended`, never from within this call. What runs for that node already is waited for, and then
    /// it is done once more: it was asked for after that had begun.
    void fence(NodeId node, Instant now);
    /// The engine is gone: nobody waits for an answer.
    void forget_requests();

    bool on_readable(int fd, Instant now);
    bool on_exit(pid_t pid, int wait_status, Instant now);
    void on_time(Instant now);
    Instant deadline() const;

private:
    struct Run {
        explicit Run(ChildOutput closed) : output(std::move(closed)) {}
        NodeId node;
        std::string name;
        std::vector<config::FenceDevice> devices;  ///< that are left, the present one first
        pid_t pid = -1;
        ChildOutput output;
        Instant deadline = never;
        bool asked = true, again = false, timed_out = false, killed = false;
        std::string last_line;
    };
    using Position = std::list<Run>::iterator;

    void begin(Run& run, Instant now);
    void next(Position at, core::Outcome outcome, const std::string& why, Instant now);
    void finish(Position at, core::Outcome outcome, Instant now);

    tools::Journal& journal_;
    tools::Poller& poller_;
    Ended ended_;
    const config::Config* config_ = nullptr;
    std::vector<std::string> environment_;
    std::list<Run> runs_;
};

}  // namespace hb::scripts
