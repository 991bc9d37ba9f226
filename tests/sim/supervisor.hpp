#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "hb/core/core.hpp"
#include "hb/policy/holdings.hpp"
#include "hb/policy/lease.hpp"
#include "hb/policy/lifetimes.hpp"
#include "sim/kernel.hpp"
#include "sim/timeline.hpp"

namespace hb::sim {

class Host;

/// A model of the supervisor around the real Holdings, Lease and Lifetimes: carries out requests, judges hold_until, prolongs
/// addresses, restarts the engine, releases what an engine left behind. One thread: inside a netlink call it does nothing else.
class Supervisor {
public:
    explicit Supervisor(Host& host);
    void begin();                             ///< reserves generations, then the first engine
    void stop();                              ///< SIGTERM
    void reload();                            ///< SIGHUP
    void want_generation(Generation wanted);  ///< by the engine: to be reserved
    void fence(NodeId node);                  ///< by the engine: to be cut off
    void request(const core::Operate& operate);
    void engine_died();                  ///< SIGCHLD, not by its own will
    void engine_left(bool surrendered);  ///< surrendered: because we did not turn; exit code 3, else 0
    void resume();                       ///< the host goes on after a pause
    void set_stopped(bool stopped);      ///< SIGSTOP, SIGCONT
    void die();                          ///< SIGKILL; what it started ends with it
    void unhang(ResourceId resource);    ///< a script that hung ends after all
    void address_deleted(ResourceId resource);
    bool stopping() const { return stopping_; }
    bool stopped() const { return stopped_; }
    bool may_keep(ResourceId resource) const {
        return holdings_.may_keep(resource, host_now(), hold_until());
    }
    bool adopting() const { return adopting_; }  ///< has not looked yet at what the one before left
    void forget_blocked() { std::fill(blocked_.begin(), blocked_.end(), 0); }
    bool waits_to_restart() const { return restart_waits_; }
    bool releasing() const;
    bool releases_addresses() const;

private:
    using Verb = core::Operate::Verb;
    using Outcome = core::Outcome;
    struct Operation {
        core::Operate asked;    ///< the part of a request that concerns one group
        std::size_t begun = 0;  ///< resources taken up: these are not cancelled any more
        std::size_t done = 0;   ///< resources finished, in the order of the verb
        Instant limit;
        bool working = false, over = false;
        std::size_t count() const { return asked.last.index() - asked.first.index() + 1u; }
        ResourceId at(std::size_t i) const {
            return id_of<ResourceId>(asked.verb == Verb::stop ? asked.last.index() - i
                                                              : asked.first.index() + i);
        }
    };
    using OperationPtr = std::shared_ptr<Operation>;
    struct Batch {  ///< at most 64 addresses, one netlink call
        std::vector<ResourceId> addresses;
        Verb verb = Verb::start;
        OperationPtr operation;  ///< none: own release, or put back
        enum class Why : std::uint8_t { asked, expired, deleted } why = Why::asked;
    };
    struct Script {
        bool running = false, hung = false;
        Verb verb = Verb::start;
        OperationPtr operation;  ///< none: own release, or of an engine that is gone
        bool release = false;
        unsigned serial = 0;
    };

    bool asleep() const;
    Instant host_now() const;
    void later(Duration wait, std::function<void()> act);
    void run();
    void wake_at(Instant at);
    Instant next_wake() const;
    // requests (supervisor.cpp)
    void read_requests();
    void take_up(const core::Operate& asked);
    void take_question(const core::Operate& asked);
    bool moves(ResourceId resource) const;
    void cancel_starts(GroupId group);
    bool must_wait(const OperationPtr& operation) const;
    void advance(const OperationPtr& operation);
    void advance_address(const OperationPtr& operation);
    void arm_limit(const OperationPtr& operation);
    void limit_passed(const OperationPtr& operation);
    void answer(const OperationPtr& operation, std::size_t count, Outcome outcome);
    void done_upwards(OperationId operation, ResourceId a, ResourceId b, Outcome outcome);
    void gone(ResourceId resource);
    // the kernel (supervisor_kernel.cpp)
    void begin_batch();
    void begin_start(Batch& batch);
    void end_batch(const Batch& batch);
    static void carry_out(Host& host, const Batch& batch, ResourceId resource);
    void hear_kernel();
    void put_back(const std::vector<ResourceId>& resources, Batch::Why why);
    void prolong();
    // scripts (supervisor_scripts.cpp)
    void run_script(ResourceId resource, Verb verb, const OperationPtr& operation);
    void script_ended(ResourceId resource, Outcome outcome);
    Outcome effect(ResourceId resource, Verb verb);
    void run_process(ResourceId resource, Duration time);
    void kill_process(ResourceId resource);
    void kill_script(ResourceId resource);
    void release_stop(ResourceId resource);
    // cutting off (supervisor_fencing.cpp)
    struct Cutting {
        bool runs = false, asked = false, again = false;
        unsigned serial = 0;
        Moment since{};
    };
    void begin_fencing(NodeId node);
    void run_device(NodeId node, unsigned serial, Duration time);
    void fencing_ended(NodeId node, Outcome outcome);
    void forget_fencing();
    // judgement, engines, release (supervisor_lease.cpp)
    void look();
    void judged(const char* why);
    Instant hold_until() const;
    void drop_requests();
    void release(GroupId group);
    void release_all();
    void release_what_moved();
    void pursue_release();
    void tell_released(GroupId group, Outcome outcome);
    void schedule_engine();
    void spawn();
    void adopt_leftovers();
    void leave_list();
    core::Origin origin();
    core::Inherited inherit(GroupId group) const;
    void refill();
    bool idle() const;
    void pursue_reload();
    void end_if_empty();

    Host& host_;
    hb::policy::Holdings holdings_;
    hb::policy::Lease lease_;
    hb::policy::Lifetimes lifetimes_;
    std::vector<Instant> expires_;    ///< by ResourceId, as Addresses notes it
    std::set<ResourceId> unstopped_;  ///< whose last stop for the engine has failed
    std::set<ResourceId> missing_;    ///< deletions that were not looked at yet
    Instant look_at_, wake_ = never;
    unsigned wakes_ = 0;
    std::deque<core::Operate> inbox_;
    std::vector<OperationPtr> operations_;
    std::deque<Batch> batches_;
    std::vector<Script> scripts_;
    std::map<std::size_t, Cutting> cuttings_;  ///< by name
    std::vector<char> blocked_;
    std::set<GroupId>
        untold_;  ///< released for a reload; the engine, which is replaced in the end, does not know
    std::vector<std::function<void()>> deferred_;
    std::vector<Instant> deaths_;
    std::size_t pending_retries_ = 0;
    Generation next_ = 0, top_ = 0;
    bool refill_waits_ = false;  ///< for the disk
    bool in_netlink_ = false, stopping_ = false, spawning_ = false, restart_waits_ = false,
         ran_before_ = false, ending_ = false, stopped_ = false, adopting_ = true, reload_asked_ = false,
         reload_released_ = false;
    std::shared_ptr<char> life_ = std::make_shared<char>();
};

}  // namespace hb::sim
