#pragma once
#include <map>
#include <memory>
#include <optional>

#include "hb/kernel/addresses.hpp"
#include "hb/kernel/announcer.hpp"
#include "hb/policy/deaths.hpp"
#include "hb/policy/generations.hpp"
#include "hb/policy/lease.hpp"
#include "hb/policy/put_backs.hpp"
#include "hb/scripts/fence.hpp"
#include "hb/scripts/hooks.hpp"
#include "hb/scripts/keeper.hpp"
#include "hb/scripts/script.hpp"
#include "hb/tools/journal.hpp"
#include "hb/tools/poller.hpp"
#include "supervisor/daemon/ending.hpp"
#include "supervisor/daemon/readiness.hpp"
#include "supervisor/daemon/reload.hpp"
#include "supervisor/engines/engine_lock.hpp"
#include "supervisor/engines/feeder.hpp"
#include "supervisor/engines/process.hpp"
#include "supervisor/links/media.hpp"
#include "supervisor/links/service_links.hpp"
#include "supervisor/serve/server.hpp"
#include "supervisor/state/page.hpp"
#include "supervisor/state/pidfile.hpp"
#include "supervisor/state/right.hpp"
#include "supervisor/state/state.hpp"
#include "supervisor/supervisor.hpp"
#include "supervisor/users/fifo.hpp"

namespace hb::supervisor {

/// Of the files there are.
FileMarks read_marks(const std::string& directory);

/// One daemon, from its start to its end.
class Daemon {
public:
    Daemon(config::Parsed parsed, const Settings& settings);
    int run();

private:
    // start.cpp: the start order
    Result<Done> set_up();
    Result<Done> open_writer();
    Result<Done> open_sockets();
    Result<Done> read_state();
    void recall_peers();
    void choose_user();
    void open_ping();
    Result<Done> end_orphan();
    void open_udp();
    void say_banner();
    void release_leftovers();
    void hold_again(ResourceId resource, const config::Config& config, policy::Holdings& holdings);
    bool next_generation_is_reserved();
    void start_engine(bool restarted);
    void hold_pipes_again();
    void make_fencer();
    int fail(const Error& error);
    void run_ahead();
    void settle_memory();

    // daemon.cpp: the turn
    void turn();
    void arm(Instant at);
    Instant next_wake() const;
    void dispatch(const epoll_event& event);
    void on_signals();
    void on_child(pid_t pid, int status);
    void on_requests();
    void on_kernel_news();
    void restore(std::span<const ResourceId> resources);
    void tell_gone(ResourceId resource, bool restored);
    void put_back_expired();
    void prolong();
    Instant hold_until() const;
    void look();
    void check_ready();
    void obey(const policy::FifoDecision& decision);
    void take_hooks();
    void feed_watchdog();
    void watch_engine();
    bool at_end();
    void finish();

    // restart.cpp: engines that end, the lease, reload
    void engine_ended(int status);
    void begin_stop();
    void tell_to_stop();
    void start_last_engine();
    void end_without_engine();
    void drop_engine();
    void judged(const log::Kind& why);
    void released(GroupId group, core::Outcome outcome);
    void tell_released(GroupId group, core::Outcome outcome);
    void release_what_moved();
    void begin_reload();
    void apply_reload();
    void release_what_is_dropped();
    bool given_up_for_what_runs_on();
    void swap_configuration();
    void expect_hosts();
    void look_for_hosts();
    void refuse_reload(const config::Parsed& parsed);

    const Settings& settings_;
    std::unique_ptr<config::Config> config_;
    std::vector<config::Problem> warnings_;
    WriterProcess writer_;
    tools::Journal journal_{-1};
    tools::Poller poller_;
    Fd signals_, timer_, control_, udp_, ping_;
    std::optional<PidFile> pid_file_;
    std::optional<EngineLock> engine_lock_;
    ipc::Page* page_ = nullptr;
    core::Uuid uuid_{};
    policy::Generations generations_;
    Fifo fifo_{journal_, poller_, [this](const policy::FifoDecision& decision) { obey(decision); }};
    scripts::Hooks hooks_{journal_, poller_, HB_SYSCONFDIR "/ha.d//rc.d"};  ///< as 3.0.6 writes it in the log
    kernel::Announcer announcer_;
    std::unique_ptr<policy::Holdings> holdings_;
    std::unique_ptr<kernel::Addresses> addresses_;
    scripts::PipeKeeper keeper_;
    std::unique_ptr<scripts::Scripts> scripts_;
    std::unique_ptr<scripts::Fencer> fencer_;
    Feeder feeder_{journal_};
    Instant hosts_look_at_ = never;  ///< for ping nodes without an address
    std::unique_ptr<Server> server_;
    std::unique_ptr<Media> media_;
    std::unique_ptr<ServiceLinks> service_links_;
    EngineProcess engine_;
    EngineProcess::Entry engine_entry_;

    Instant started_, now_, engine_started_;
    Ending ending_;
    Instant armed_ = never, look_at_ = never, restart_at_ = never, writer_restart_at_ = never,
            keeper_restart_at_ = never;
    policy::Lease lease_;
    policy::Deaths deaths_;
    Readiness readiness_;
    bool channel_full_ = false;  ///< the channel is watched for writing too
    int debug_ = 0;
    uid_t uid_ = 0;  ///< of the engine
    gid_t gid_ = 0;
    Reload reload_;
    std::map<ResourceId, policy::PutBacks> put_backs_;
};

}  // namespace hb::supervisor
