#pragma once
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "hb/config/config.hpp"
#include "hb/core/event.hpp"
#include "supervisor/child.hpp"
#include "supervisor/child_output.hpp"
#include "supervisor/script_list.hpp"

namespace hb::supervisor {

enum class Act { start, stop, monitor };

/// Resource scripts: one child each, its output to the log, a time limit. A start asks for `status` first; a monitor asks for
/// nothing else, and what says nothing of the service (no process, no script) counts as well.
class Scripts {
public:
    struct End {
        ResourceId id;
        Act act = Act::start;
        core::Outcome outcome = core::Outcome::ok;
        bool missing = false;  ///< no such script was found: nothing was done
    };
    using Ended = std::function<void(const End&)>;
    /// `list`: the file that names what runs; empty: none.
    Scripts(Journal& journal, Poller& poller, ScriptDirectories directories, std::string list, Ended ended)
        : journal_(journal),
          poller_(poller),
          directories_(std::move(directories)),
          list_(std::move(list)),
          ended_(std::move(ended)) {}

    /// What an earlier supervisor left running is killed, and said; waits for its end for a short time.
    void end_leftovers();

    void use(const config::Config& config) { environment_ = script_environment(config); }
    /// `limit` for each child of it; 0: none. The answer comes by `ended`, never from within this call.
    void run(const config::Resource& resource, ResourceId id, Act act, Duration limit, Instant now);
    bool busy(ResourceId id) const;
    /// Monitors hold up nothing and do not count.
    bool any_busy() const;
    /// Ends what runs for this resource (TERM, after 5 s KILL); `ended` says failed then.
    void cancel(ResourceId id, Instant now);

    /// Ends the monitors of first..last by KILL, and `ended` says nothing; one that cannot be ended is not waited for.
    void abandon_monitors(ResourceId first, ResourceId last);

    bool on_readable(int fd, Instant now);
    void on_exit(pid_t pid, int wait_status, Instant now);
    void on_time(Instant now);
    Instant deadline() const;

private:
    enum class Step { status, start, stop };
    enum class Ending { none, asked, timed_out };
    struct Run {
        explicit Run(ChildOutput closed) : output(std::move(closed)) {}
        ResourceId id;
        std::string program, script;
        std::vector<std::string> args;
        Act act = Act::start;
        Step step = Step::status;
        Duration limit{};
        pid_t pid = -1;
        ChildOutput output;
        Instant deadline = never;
        Ending ending = Ending::none;
        bool killed = false;
        std::optional<ScriptPlace> place;  ///< as soon as the child has said it
        std::string path, status_output;
    };
    using Position = std::list<Run>::iterator;

    void begin(Run& run, Step step, Instant now);
    void terminate(Run& run, Ending why, Instant now);
    static void kill_at_once(const Run& run);
    core::Outcome judge_monitor(const Run& run, int code);
    void take_place(Run& run, std::string_view line);
    void finish(Position at, core::Outcome outcome);
    void judge(Position at, int wait_status, Instant now);

    Journal& journal_;
    Poller& poller_;
    ScriptDirectories directories_;
    ScriptList list_;
    Ended ended_;
    std::vector<std::string> environment_;
    std::list<Run> runs_;
    LingeringOutputs lingering_{64};
};

}  // namespace hb::supervisor
