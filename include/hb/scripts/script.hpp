#pragma once
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hb/config/config.hpp"
#include "hb/core/event.hpp"
#include "hb/scripts/child.hpp"
#include "hb/scripts/child_output.hpp"
#include "hb/scripts/output.hpp"
#include "hb/scripts/script_list.hpp"

namespace hb::scripts {

/// confirm: whether it still runs after its stop has failed. look: whether it runs before anybody has started it here.
enum class Act { start, stop, monitor, confirm, look };

/// Resource scripts: one child each, its output to the log, a time limit. A start asks for `status` first; monitor, confirm and
/// look ask for nothing else: failed means that the service does not run. What says nothing of the service (no process, no
/// script, a unit that changes its state) is ok.
class Scripts {
public:
    struct End {
        ResourceId id;
        Act act = Act::start;
        core::Outcome outcome = core::Outcome::ok;
        bool missing = false;             ///< no such script was found: nothing was done
        Answer answer = Answer::unknown;  ///< of a monitor, confirm or look
    };
    using Ended = std::function<void(const End&)>;
    /// `list`: the file that names what runs; empty: none.
    Scripts(tools::Journal& journal, tools::Poller& poller, ScriptDirectories directories, std::string list,
            Ended ended)
        : journal_(journal), poller_(poller), directories_(std::move(directories)), list_(std::move(list)),
          ended_(std::move(ended)) {}

    /// What an earlier supervisor left running is killed, and said; waits for its end for a short time.
    void end_leftovers();

    void use(const config::Config& config) { environment_ = script_environment(config); }
    /// It holds what services print into for longer than their script ran.
    void keep_pipes(PipeKeeper& keeper) { lingering_.keep_with(keeper); }
    void hold_pipes_again() { lingering_.hold_again(); }
    /// `limit` for each child of it; 0: none. The answer comes by `ended`, never from within this call.
    void run(const config::Resource& resource, ResourceId id, Act act, Duration limit, Instant now);
    bool busy(ResourceId id) const;
    /// Monitors and looks hold up nothing and do not count.
    bool any_busy() const;
    std::size_t looks() const;
    /// Ends what runs for this resource (TERM, after 5 s KILL); `ended` says failed then.
    void cancel(ResourceId id, Instant now);

    /// Ends the monitors and looks of first..last by KILL, and `ended` says nothing; one that cannot be ended is not waited for.
    void abandon_monitors(ResourceId first, ResourceId last);

    bool on_readable(int fd, Instant now);
    void on_exit(pid_t pid, int wait_status, Instant now);
    void on_time(Instant now);
    Instant deadline() const;

private:
    enum class Step { status, start, stop };
    enum class Ending { none, asked, timed_out };
    struct Run {
        Run(ChildOutput output_closed, ChildOutput errors_closed)
            : output(std::move(output_closed)), errors(std::move(errors_closed)) {}
        ResourceId id;
        std::string program, script;
        std::vector<std::string> args;
        Act act = Act::start;
        Step step = Step::status;
        Duration limit{};
        pid_t pid = -1;
        ChildOutput output, errors;
        Instant deadline = never;
        Instant ask_until =
            never;  ///< a status before a start that stays unknown is asked for again up to here
        bool asks_again = false;  ///< at its deadline
        Ending ending = Ending::none;
        bool killed = false;
        std::optional<ScriptPlace> place;  ///< as soon as the child has said it
        std::string path, status_output;
        bool knows_no_status = false;  ///< its stderr shows the usage
    };
    using Position = std::list<Run>::iterator;

    void begin(Run& run, Step step, Instant now);
    void terminate(Run& run, Ending why, Instant now);
    static void kill_at_once(const Run& run);
    static bool holds_nothing_up(const Run& run) { return run.act == Act::monitor || run.act == Act::look; }
    static bool is_question(const Run& run) { return holds_nothing_up(run) || run.act == Act::confirm; }
    void open_outputs(Run& run, Child& child);
    void judge_start(Position at, Answer answer, Instant now);
    static Answer answer_of(const Run& run, int code);
    core::Outcome judge_question(Run& run, int code);
    void say_status(const Run& run, int code, const log::Kind& kind);
    void take_place(Run& run, std::string_view line);
    void finish(Position at, core::Outcome outcome, Answer answer = Answer::unknown);
    void judge(Position at, int wait_status, Instant now);

    tools::Journal& journal_;
    tools::Poller& poller_;
    ScriptDirectories directories_;
    ScriptList list_;
    Ended ended_;
    std::vector<std::string> environment_;
    std::list<Run> runs_;
    std::set<ResourceId> unknown_said_;  ///< whose newest status said nothing
    LingeringOutputs lingering_;
};

}  // namespace hb::scripts
