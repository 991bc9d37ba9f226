#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "sim/disk.hpp"
#include "sim/engine.hpp"
#include "sim/kernel.hpp"
#include "sim/supervisor.hpp"

namespace hb::sim {

/// What engine and supervisor share; see ipc::Page.
struct Page {
    std::uint32_t hold_until_ms = 0;
    Instant engine_turn, supervisor_turn;
    std::vector<core::Inherited> groups;
    std::vector<bool> peers_dead;
    std::vector<core::KnownLife> known;  ///< by name
    Generation generation = 0;           ///< of the engine's newest turn
};

/// One machine: power, clock, disk, kernel, and the daemon as supervisor and engine.
class Host {
public:
    Host(World& world, std::size_t node, config::Config config);

    // What happens to it.
    void power_on();  ///< init starts the daemon at once
    void power_cut();
    void restore_generation(Generation value);  ///< of another disk
    void start_daemon();
    void stop_daemon();  ///< SIGTERM: hands over and ends
    void crash_engine();
    void freeze_engine();
    void thaw_engine();
    void crash_supervisor();       ///< init starts the next one; the engine lives on
    void step_clock(Duration by);  ///< somebody sets the wall clock: no fault
    void freeze_supervisor();
    void thaw_supervisor();
    void pause();  ///< engine, supervisor and scripts stand still; the kernel does not
    void resume();
    void edit(std::uint32_t changed);  ///< other lines in haresources
    void edit_times(int percent);      ///< another deadtime and warntime in ha.cf: of what the others have
    void reload();                     ///< SIGHUP
    void ask(core::OperatorAsked::Verb verb, core::OperatorAsked::Set set);
    void ask_fenced(
        std::size_t
            name);  ///< an operator says that this node is off, and has seen to it if nobody can see it
    void send_user_message();  ///< a script of the administrator tells the cluster something
    void set_interface(std::size_t medium, bool up);
    void set_cable(bool in);   ///< of eth0
    void set_deaf(bool deaf);  ///< its receive side fails, while it sends
    void set_conduct(ResourceId resource, Conduct conduct);
    void end_service(ResourceId resource);
    void clean_up_blocked();                   ///< the operator stops by hand what is blocked, then says so
    void delete_address(ResourceId resource);  ///< by somebody else

    // What network, engine and supervisor do.
    /// Groups whose line is another one now.
    std::vector<GroupId> changed_lines() const;
    void take_new_text();
    bool found_old_lines() const {
        return found_old_lines_;
    }  ///< left by the daemon before, and configured no more
    void arrive(const FramePtr& frame);
    void request(const core::Operate& operate);
    void fence(NodeId node);
    void engine_left(bool surrendered);
    void start_engine(const core::Origin& origin);
    void kill_engine();
    void daemon_ended();
    void remember_peers();  ///< a generation in the page that is not on the disk goes there
    void in_kernel(Duration after, std::function<void()> act);
    void set_address(ResourceId resource);
    void remove_address(ResourceId resource);
    void say(const char* format, ...) __attribute__((format(printf, 2, 3)));

    World& world() const { return world_; }
    const config::Config& config() const { return config_; }
    const config::Group& group_of(ResourceId r) const {
        return config_.groups[config_.resources[r.index()].group.index()];
    }
    std::size_t node() const { return node_; }  ///< its number in the world; Config::self is its name
    Instant now() const;
    std::int64_t wall_ns() const { return (now().time_since_epoch() + wall_offset_).count(); }
    const BootClockModel& clock() const { return clock_; }
    bool powered() const { return powered_; }
    bool paused() const { return paused_; }
    bool daemon_running() const { return supervisor_ != nullptr; }
    bool helpless() const;
    /// Its last engine said when it left that it could not stop this: only an operator may ask for it.
    bool left_blocked(GroupId group) const { return left_blocked_[group.index()]; }
    bool interface_up(std::size_t medium) const {
        return powered_ && kernel.interfaces[medium] && (medium != 0 || kernel.cable);
    }
    bool hears(std::size_t medium) const { return interface_up(medium) && !kernel.deaf; }
    void frame_came();  ///< of whatever kind: the counters of the interface count it
    /// Until when nothing at all came in for half a deadtime, but for a keepalive; the beginning of time if never.
    Instant deaf_until() const;
    Instant frame_seen() const { return frame_seen_; }
    void answered(std::uint8_t witness);   ///< by a ping node
    core::CarrierChanged carrier() const;  ///< as the supervisor tells it
    Engine* engine() const { return engine_.get(); }
    /// Not one whose supervisor is gone.
    Engine* own_engine() const { return engine_ && !engine_->orphan() ? engine_.get() : nullptr; }
    Supervisor* supervisor() const { return supervisor_.get(); }
    Page& page() { return page_; }
    core::GroupStatus group(std::size_t g) const;  ///< foreign where no engine runs
    bool stands_aside() const;                     ///< for another host of its name
    bool holds_anything() const;                   ///< in the kernel

    Kernel kernel;
    Disk disk;
    std::vector<char> leftovers;  ///< by ResourceId: the list of holdings in /run, written before each act

private:
    static constexpr Duration init_waits = 100ms;
    void lose_address(ResourceId resource);
    bool seen_dead(std::size_t name) const;
    void restart_by_init();
    World& world_;
    std::size_t node_;
    config::Config config_;
    bool found_old_lines_ = false;
    std::uint32_t text_ = 0;  ///< of haresources; see Settings::config
    int percent_ = 100;       ///< of the times in ha.cf
    BootClockModel clock_;
    Duration wall_offset_ = std::chrono::hours{24 * 365 * 53};
    Page page_;
    bool powered_ = false, paused_ = false;
    Instant frame_seen_, deaf_until_;
    std::vector<bool> left_blocked_;
    std::unique_ptr<Supervisor> supervisor_;
    std::unique_ptr<Engine> engine_;
    std::vector<std::unique_ptr<Engine>> graves_;  ///< engines that ended inside their own turn
    unsigned boots_ = 0;
    bool remembering_ = false;
};

}  // namespace hb::sim
