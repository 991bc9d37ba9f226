#pragma once
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "hb/config/config.hpp"
#include "hb/policy/hook_text.hpp"
#include "hb/scripts/child.hpp"
#include "hb/scripts/child_output.hpp"

namespace hb::scripts {

/// The administrator's own scripts in rc.d, run when a node changes its status and for messages of their type: one
/// at a time, in order, each with a time limit. Nothing in the cluster waits for them.
class Hooks {
public:
    static constexpr std::size_t most_waiting = 64;
    static constexpr Duration limit = 120s;
    /// Between a message and its script. What is told is often the beginning of a hand-over, and that comes first: a
    /// new process would take CPU time from it.
    static constexpr Duration pause = 250ms;
    Hooks(tools::Journal& journal, tools::Poller& poller, std::string directory)
        : journal_(journal), poller_(poller), directory_(std::move(directory)) {}

    void use(const config::Config& config) { environment_ = script_environment(config); }
    /// Both as in Scripts.
    void keep_pipes(PipeKeeper& keeper) { lingering_.keep_with(keeper); }
    void hold_pipes_again() { lingering_.hold_again(); }
    /// The fields of a message, see parse_hook.
    void add(std::string_view text, Instant now);
    /// So many more could not be handed over.
    void lost(std::size_t count, Instant now);
    /// Begins the next one if none runs and its pause is over.
    void pump(Instant now);
    bool on_readable(int fd, Instant now);
    void on_exit(pid_t pid, int wait_status, Instant now);
    void on_time(Instant now);
    Instant deadline() const;
    /// The daemon ends: what runs is told to end too, what waits is forgotten.
    void end();

private:
    struct Run {
        explicit Run(ChildOutput closed) : output(std::move(closed)) {}
        std::string type;
        pid_t pid = -1;
        ChildOutput output;
        Instant deadline = never;
        bool found = false, told = false;
    };
    void begin(policy::Hook hook, Instant now);
    void take_place(std::string_view line);
    void say_lost(Instant now);

    tools::Journal& journal_;
    tools::Poller& poller_;
    std::string directory_;
    std::vector<std::string> environment_;
    struct Waiting {
        Instant from;
        std::string text;
    };
    std::deque<Waiting> waiting_;
    std::optional<Run> run_;
    LingeringOutputs lingering_;
    std::size_t lost_ = 0;
    Instant quiet_until_;
};

}  // namespace hb::scripts
