// Engines that end, the right to hold, and reading the configuration again.
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "hb/auth/digest.hpp"
#include "hb/base/clock.hpp"
#include "hb/base/limits.hpp"
#include "hb/config/load.hpp"
#include "hb/kernel/open.hpp"
#include "hb/tools/file.hpp"
#include "supervisor/daemon/daemon.hpp"
#include "supervisor/daemon/notify.hpp"
#include "supervisor/events.hpp"

namespace hb::supervisor {
namespace {

constexpr Duration host_interval = 10s;

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit code " + std::to_string(WEXITSTATUS(status));
}

std::string mark_of(const std::string& path) {
    const auto text = tools::read_file(path, limits::config_file);
    if (!text || !*text) return {};
    const auto digest = auth::sha256(bytes_of(**text));
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

FileMarks read_marks(const std::string& directory) {
    return {mark_of(directory + "/ha.cf"), mark_of(directory + "/authkeys"),
            mark_of(directory + "/haresources")};
}

void Daemon::begin_stop() {
    if (!ending_.ask(now_)) return;
    notify("STOPPING=1\nSTATUS=Giving up resources");
    journal_.say(say::shutdown_begins, {::getpid()});
    reload_.forget();
    if (engine_.running()) {
        look_at_ = std::min(look_at_, ending_.heard_until(config_->keepalive));
        return tell_to_stop();
    }
    if (engine_started_ != Instant{} && !ending_.is_ending()) return start_last_engine();
    end_without_engine();
}

void Daemon::tell_to_stop() {
    ipc::Notice notice;
    notice.kind = ipc::Notice::Kind::stop;
    engine_.tell(notice);
}

// Told to stop while the engine is dead or hung: one more tells the peers that they may take over, so that they need not
// wait for a deadtime. If that one fails as well, they must.
void Daemon::start_last_engine() {
    if (!ending_.begin_last_engine()) return end_without_engine();
    journal_.say(say::engine_for_stop, {});
    start_engine(true);
    if (!engine_.running()) return end_without_engine();
    tell_to_stop();
}

void Daemon::end_without_engine() {
    restart_at_ = never;
    ending_.end();
    server_->release_all();
}

void Daemon::drop_engine() {
    if (engine_.running()) poller_.forget(engine_.channel());
    engine_.abandon();
    server_->forget_requests();
    fencer_->forget_requests();
}

void Daemon::engine_ended(int status) {
    const bool orderly = ending_.may_leave() && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    poller_.forget(engine_.channel());
    engine_.reaped();
    server_->forget_requests();
    fencer_->forget_requests();
    if (!orderly) journal_.say(say::engine_died, {how_it_ended(status)});
    if (orderly || ending_.is_ending()) return end_without_engine();
    if (ending_.is_asked()) {
        release_what_moved();
        return start_last_engine();
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == engine::exit_without_supervisor) {
        // We stood still for so long that it gave everything away.
        server_->release_all();
        return start_engine(true);
    }
    const policy::Restart restart = deaths_.died(now_);
    switch (restart.kind) {
        case policy::Restart::Kind::at_once: release_what_moved(); return start_engine(true);
        case policy::Restart::Kind::after_release:
            journal_.say(say::engine_restarted, {to_ms(restart.pause)});
            server_->release_all();
            restart_at_ = now_ + restart.pause;
            return;
        case policy::Restart::Kind::give_up:
            journal_.say(say::engine_gave_up, {});
            server_->release_all();
            ending_.end_in_failure();
            return;
    }
}

// A group that was being started or stopped when the engine died is in nobody's hands.
void Daemon::release_what_moved() {
    const auto groups = inherit(*config_, *page_, *holdings_);
    for (std::size_t g = 0; g < groups.size(); ++g)
        if (groups[g].state == core::GroupState::releasing) server_->release(id_of<GroupId>(g));
}

void Daemon::judged(const log::Kind& why) {
    drop_engine();
    feeder_.judged();
    journal_.say(why, {});
    server_->release_all();
    server_->pump(now_);
    if (ending_.is_asked()) return start_last_engine();
    start_engine(true);
}

void Daemon::released(GroupId group, core::Outcome outcome) {
    if (group.index() >= config_->groups.size() || !page_) return;
    const bool blocked = outcome != core::Outcome::ok;
    if (!engine_.running()) {
        page_->groups[group.index()].state =
            static_cast<std::uint8_t>(blocked ? core::GroupState::blocked : core::GroupState::foreign);
        return;
    }
    // The engine would start it again before the others have stopped.
    if (!blocked && reload_.keeps_back(group)) return;
    tell_released(group, outcome);
}

void Daemon::tell_released(GroupId group, core::Outcome outcome) {
    const config::Group& of = config_->groups[group.index()];
    ipc::Notice notice;
    notice.kind = ipc::Notice::Kind::done;
    notice.first = of.first;
    notice.last = id_of<ResourceId>(of.first.index() + of.count - 1);
    notice.outcome = static_cast<std::uint8_t>(outcome);
    engine_.tell(notice);
}

// SIGHUP. A faulty text changes nothing.
void Daemon::begin_reload() {
    reload_.take_up();
    if (ending_.is_asked() || ending_.is_ending()) return;
    FileMarks marks = read_marks(settings_.config_directory);
    if (marks == reload_.marks()) return journal_.say(say::config_unchanged, {});
    notify_reloading();
    auto parsed = config::load(settings_.config_directory);
    if (parsed.config.self.exists()) config::wait_for_the_host(parsed);
    drop_expected_warnings(parsed);
    if (!parsed.ok()) {
        refuse_reload(parsed);
        return notify("READY=1\nSTATUS=Running; the changed configuration has errors and is not used");
    }
    const bool keys_alone =
        marks.ha_cf == reload_.marks().ha_cf && marks.haresources == reload_.marks().haresources;
    journal_.say(keys_alone ? say::keys_reread : say::config_reread, {});
    for (const config::Problem& problem : parsed.problems) journal_.say(problem);
    config::seal(parsed.config);
    reload_.begin(std::make_unique<config::Config>(std::move(parsed.config)), std::move(marks));
}

// A look at /etc/hosts now and then, after initdead: a reload before that would shorten it.
void Daemon::expect_hosts() {
    hosts_look_at_ =
        config_->unknown_hosts.empty() ? never : std::max(now_, started_ + config_->initdead) + host_interval;
}

void Daemon::look_for_hosts() {
    if (now_ < hosts_look_at_) return;
    hosts_look_at_ = now_ + host_interval;
    if (!config::any_is_known(config_->unknown_hosts)) return;
    hosts_look_at_ = never;
    if (read_marks(settings_.config_directory) != reload_.marks())
        return journal_.say(say::host_and_files_changed, {settings_.config_directory});
    journal_.say(say::host_known, {});
    reload_.ask_for_the_same();
}

void Daemon::refuse_reload(const config::Parsed& parsed) {
    for (const config::Problem& problem : parsed.problems) journal_.say(problem);
    journal_.say(say::config_refused, {});
}

// Waits until nothing is under way; then what is no longer configured is released, then the engine is
// replaced.
void Daemon::apply_reload() {
    if (!server_->idle() || !engine_.running() || !next_generation_is_reserved()) return;
    release_what_is_dropped();
    if (server_->idle() && !given_up_for_what_runs_on()) swap_configuration();
}

// Once more where the engine, which does not know, has gone on to start a group behind its release.
void Daemon::release_what_is_dropped() {
    const bool again = !reload_.begin_release();
    const Mapping mapping = map_configurations(*config_, reload_.next());
    for (std::size_t g = 0; g < mapping.groups.size(); ++g) {
        const auto id = id_of<GroupId>(g);
        if (mapping.groups[g].exists() || !holdings_->may_hold_any(id) ||
            (again && holdings_->is_blocked(id)))
            continue;
        journal_.say(say::group_removed, {config_->groups[g].line});
        server_->release(id);
    }
    server_->pump(now_);
}

/// What is configured no more, and did not stop: forgotten, it would be started elsewhere as another line beside itself.
bool Daemon::given_up_for_what_runs_on() {
    const Mapping mapping = map_configurations(*config_, reload_.next());
    for (std::size_t g = 0; g < mapping.groups.size(); ++g) {
        if (mapping.groups[g].exists() || !holdings_->may_hold_any(id_of<GroupId>(g))) continue;
        journal_.say(say::reload_given_up, {config_->groups[g].line});
        for (const GroupId released : reload_.give_up()) tell_released(released, core::Outcome::ok);
        notify(
            "READY=1\nSTATUS=Running; the changed configuration is not used, because a group of the old one does not stop");
        return true;
    }
    return false;
}

void Daemon::swap_configuration() {
    const Mapping mapping = map_configurations(*config_, reload_.next());
    drop_engine();
    const Instant until = hold_until();
    std::unique_ptr<config::Config> old = std::move(config_);
    config_ = reload_.finish();
    page_->hold_until_ms = ipc::page_ms(std::min(until, now_ + core::lease_of(config_->deadtime)));
    auto held = std::make_unique<policy::Holdings>(*config_);
    for (std::size_t r = 0; r < mapping.resources.size(); ++r)
        if (mapping.resources[r].exists() && holdings_->may_hold(id_of<ResourceId>(r)))
            held->starting(mapping.resources[r]);
    addresses_->reconfigure(*config_, mapping.resources);
    holdings_ = std::move(held);
    put_backs_.clear();
    remap_page(*page_, mapping);
    server_->use(*config_, *holdings_);
    fencer_->use(*config_);
    hooks_.use(*config_);
    if (old->watchdog != config_->watchdog || old->deadtime != config_->deadtime)
        feeder_.use(config_->watchdog, config_->deadtime, now_);
    if (old->udpport != config_->udpport) {
        udp_.reset();
        if (auto udp = kernel::open_udp_port(config_->udpport)) udp_ = std::move(*udp);
    }
    const bool other_log = old->logfile != config_->logfile || old->debugfile != config_->debugfile ||
                           old->logfacility != config_->logfacility ||
                           old->syslogmsgfmt != config_->syslogmsgfmt;
    if (other_log) {
        // The old writer ends by itself when the old engine's end is closed too.
        if (auto opened = open_writer(); !opened)
            journal_.say(say::writer_not_started, {to_text(opened.error())});
    }
    media_->use(*config_, *addresses_);
    service_links_->use(*config_, *addresses_);
    expect_hosts();
    release_what_moved();
    start_engine(true);
    notify("READY=1\nSTATUS=Running");
}

void drop_expected_warnings(config::Parsed& parsed) {
    std::erase_if(parsed.problems, [](const config::Problem& problem) {
        return problem.level == config::Problem::Level::warning &&
               problem.text.find("is already an address of this host") != std::string::npos;
    });
}

void log_problems(const config::Parsed& parsed, const log::Kind& what_follows) {
    WriterProcess writer;
    writer::WriterStart start;
    start.logfile = parsed.config.logfile;
    start.debugfile = parsed.config.debugfile;
    start.logfacility = parsed.config.logfacility;
    start.syslogmsgfmt = parsed.config.syslogmsgfmt;
    if (parsed.config.self.index() < parsed.config.nodes.size())
        start.node_name = parsed.config.nodes[parsed.config.self.index()];
    if (!writer.open(std::move(start))) return;
    tools::Journal journal(writer.fd());
    for (const config::Problem& problem : parsed.problems) journal.say(problem);
    journal.say(what_follows, {});
    writer.close(2s);
}

}  // namespace hb::supervisor
