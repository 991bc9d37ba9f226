#pragma once
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "hb/ipc/message.hpp"
#include "hb/kernel/addresses.hpp"
#include "hb/policy/holdings.hpp"
#include "hb/scripts/script.hpp"
#include "hb/tools/journal.hpp"

namespace hb::supervisor {

using scripts::Act;

/// Carries out what the engine asks for, and the supervisor's own releases. Addresses are changed in batches
/// over all groups; of a group one resource after the other is started (left to right) or stopped (right to
/// left). All work is done in pump().
class Server {
public:
    struct Reports {
        std::function<void(const ipc::Notice&)> done;          ///< answers for the engine
        std::function<void(GroupId, core::Outcome)> released;  ///< a release of our own has ended
    };
    Server(kernel::Addresses& addresses, scripts::Scripts& scripts, tools::Journal& journal,
           std::string holdings_file, Reports reports);
    /// Both must live until the next call; only when idle().
    void use(const config::Config& config, policy::Holdings& holdings);

    /// start, stop, announce or monitor (answered ok if there is more to do for that group). The engine hears the network, so
    /// it is not believed: what names no resources, or is more than any engine has under way, is refused, with one log line.
    void accept(const ipc::Request& request);
    /// Ends the starts of these resources that run or wait: each is answered failed.
    void cancel(const ipc::Request& request, Instant now);
    /// A release of our own: what is running for this group is ended first.
    void release(GroupId group);
    void release_all();
    /// Says which scripts run here although nobody has started them: at the start, while nothing is held.
    void look_for_strangers();
    /// The engine is gone: nobody waits for answers, and what has not begun never begins.
    void forget_requests();

    void script_ended(const scripts::Scripts::End& end, Instant now);
    /// Everything that can be done now.
    void pump(Instant now);
    Instant deadline() const;
    /// Nothing is under way.
    bool idle() const;
    bool releasing() const { return open_releases_ > 0; }
    /// A script of a group that must not run twice may still run here.
    bool holds_exclusive() const;

private:
    /// What is left of one request for one group: resources first..last.
    struct Task {
        OperationId operation = 0;
        Act act = Act::start;
        GroupId group;
        std::size_t first = 0, last = 0;
        Duration limit{};
        bool busy = false;  ///< a script runs for next()
        bool over = false;
        bool failed = false;      ///< an address of it
        std::size_t batched = 0;  ///< addresses in the present batch
        std::size_t next() const { return act == Act::start ? first : last; }
    };
    struct Answer {
        OperationId operation;
        std::size_t resource;
        core::Outcome outcome;
    };
    struct Question {
        OperationId operation;
        ResourceId resource;
        Duration limit{};
        bool asked = false;
    };
    struct FailedStop {
        Instant again;
        ResourceId resource;
    };

    bool refuses(const ipc::Request& request);
    void add_task(const ipc::Request& request, GroupId group, std::size_t first, std::size_t last);
    void cancel_starts(GroupId group);
    bool runnable(std::size_t task) const;
    void step(Task& task, core::Outcome outcome);
    void fail(Task& task, core::Outcome outcome);
    bool is_address(std::size_t resource) const;

    bool pump_addresses(Act act);
    void take_answers(Act act, std::span<const kernel::Addresses::Answer> answers);
    void pass_batched(Act act);
    void pump_scripts(Instant now);
    void pump_monitors(Instant now);
    void monitor_ended(const scripts::Scripts::End& end);
    void drop_monitors(GroupId group);
    void drop_all_monitors();
    bool pump_releases(Instant now);
    void release_addresses(std::span<const ResourceId> stops, Instant now);
    void release_script(ResourceId stop, Instant now);
    void own_stop_ended(ResourceId resource, core::Outcome outcome, Instant now);
    void own_stop_confirmed(const scripts::Scripts::End& end);
    void begin_own_stops(Instant now);
    void look_ended(const scripts::Scripts::End& end);
    void pump_looks(Instant now);
    void retry_stops(Instant now);
    void tell_answers();
    void tell_released();
    void say_releases();

    void mark_starting(std::span<const ResourceId> resources);
    void write_holdings();
    void say_groups(Act act, std::size_t first, std::size_t last);
    void say_address(Act act, const kernel::Addresses::Answer& answer);
    void say_addresses(Act act, std::span<const kernel::Addresses::Answer> answers);

    kernel::Addresses& addresses_;
    scripts::Scripts& scripts_;
    tools::Journal& journal_;
    std::string holdings_file_;
    Reports reports_;
    const config::Config* config_ = nullptr;
    policy::Holdings* holdings_ = nullptr;
    std::vector<Task> tasks_;
    std::vector<std::size_t> task_of_;  ///< by resource, while a batch of addresses is changed
    std::vector<Answer> answers_;
    std::vector<Question> questions_;  ///< monitors
    std::size_t announced_ = 0;        ///< addresses, since the last pump()
    bool refusal_said_ = false;        ///< of this engine
    std::vector<kernel::Addresses::Answer>
        said_later_;                       ///< log lines wait until the last address is announced
    std::vector<ResourceId> own_waiting_;  ///< to be stopped by us as soon as what runs for it has ended
    std::vector<ResourceId> own_running_;  ///< their stop runs, or the status that decides after it
    std::deque<ResourceId> own_later_;     ///< while too many of them run
    std::vector<ResourceId>
        looks_;  ///< scripts to be asked whether they run although nobody has started them here
    std::set<ResourceId> unstopped_;  ///< whose last stop for the engine has failed
    std::vector<FailedStop> failed_stops_;
    std::map<ResourceId, unsigned> own_failures_;  ///< of one release
    std::vector<GroupId> begun_releases_;          ///< said when the addresses are gone
    std::size_t open_releases_ = 0;
    bool holdings_changed_ = false, holdings_fault_said_ = false;
    std::string holdings_on_disk_;
};

}  // namespace hb::supervisor
