// The start order of the daemon.
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "engine/engine.hpp"
#include "hb/auth/digest.hpp"
#include "hb/base/clock.hpp"
#include "hb/base/memory.hpp"
#include "hb/kernel/open.hpp"
#include "hb/tools/file.hpp"
#include "supervisor/daemon/capabilities.hpp"
#include "supervisor/daemon/daemon.hpp"
#include "supervisor/daemon/notify.hpp"
#include "supervisor/events.hpp"

namespace hb::supervisor {
namespace {

std::string path_of(const std::string& directory, const char* name) { return directory + "/" + name; }

/// A listening stream socket that everybody may connect to; what needs root is decided by SO_PEERCRED.
Result<Fd> open_control(const std::string& path) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    if (path.size() >= sizeof at.sun_path) return Error{"control socket path is too long: " + path, 0};
    std::memcpy(at.sun_path, path.data(), path.size());
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    ::unlink(path.c_str());
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
        ::chmod(path.c_str(), 0666) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
        return Error{"cannot open control socket " + path, errno};
    return fd;
}

constexpr Duration disk_pause = 20ms;   // between two looks whether the generation is written
constexpr Duration orphan_limit = 10s;  // it holds nothing that could keep it from ending but a debugger

std::uint16_t ping_identifier() { return static_cast<std::uint16_t>(::getpid()); }

Result<Fd> open_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2}) ::sigaddset(&set, signal);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    Fd fd{::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
    if (!fd) return Error{"cannot open a signalfd", errno};
    return fd;
}

struct User {
    uid_t uid = 65534;
    gid_t gid = 65534;
    bool own = false;  ///< false: the engine shares nobody's number with other programs
};
User engine_user() {
    // The file itself: a directory service could keep us waiting, and its library in memory.
    User user;
    std::FILE* const file = std::fopen("/etc/passwd", "re");
    while (const passwd* const entry = file ? ::fgetpwent(file) : nullptr)
        if (std::string_view(entry->pw_name) == "hacluster" && entry->pw_uid != 0)
            user = {.uid = entry->pw_uid, .gid = entry->pw_gid, .own = true};
    if (file) std::fclose(file);
    return user;
}

writer::WriterStart writer_start(const config::Config& config, const Settings& settings) {
    writer::WriterStart start;
    start.logfile = config.logfile;
    start.debugfile = config.debugfile;
    start.logfacility = config.logfacility;
    start.syslogmsgfmt = config.syslogmsgfmt;
    if (config.self.exists() && config.self.index() < config.nodes.size())
        start.node_name = config.nodes[config.self.index()];
    start.copy_to_stderr = settings.foreground;
    start.generation_file = path_of(settings.state_directory, "hb_generation");
    start.peers_file = path_of(settings.state_directory, "peers");
    return start;
}

}  // namespace

Result<Done> Daemon::open_writer() {
    writer::WriterStart start = writer_start(*config_, settings_);
    start.reserved_generation = &page_->reserved_generation;
    auto opened = writer_.open(start);
    if (opened) journal_.redirect(writer_.fd());
    return opened;
}

void Daemon::say_banner() {
    journal_.say(say::banner, {});
    journal_.say(say::validated, {HB_VERSION});
    journal_.say(say::version, {HB_VERSION});
    for (const config::Problem& problem : warnings_) journal_.say(problem);
}

Result<Done> Daemon::read_state() {
    if (auto made = tools::make_directory(settings_.state_directory, 0755); !made) return made;
    const auto now = static_cast<std::uint64_t>(wall_now_ns() / 1'000'000'000);
    auto reserved = reserve_generations(path_of(settings_.state_directory, "hb_generation"), now);
    if (!reserved)
        return Error{
            "the generation cannot be kept, so a peer would shut this node out after its next start: " +
                reserved.error().what,
            reserved.error().code};
    if (reserved->missing) journal_.say(say::generation_missing, {reserved->first});
    if (reserved->damaged) journal_.say(say::generation_unreadable, {reserved->first});
    journal_.say(say::generation, {reserved->first});
    generations_.begin(reserved->first);
    page_->reserved_generation = reserved->first + 1;
    recall_peers();
    auto node = load_uuid(path_of(settings_.state_directory, "hb_uuid"));
    if (!node) return node.error();
    if (node->made) journal_.say(say::uuid_made, {});
    uuid_ = node->uuid;
    return Done{};
}

// Without it a recording of an earlier life of a peer is looked at, and proves nothing.
void Daemon::recall_peers() {
    const auto text = tools::read_file(path_of(settings_.state_directory, "peers"), 64 * 1024);
    if (text && *text) recall_lives(**text, *config_, *page_);
}

Result<Done> Daemon::open_sockets() {
    auto control = open_control(path_of(settings_.run_directory, "control"));
    if (!control) return control.error();
    control_ = std::move(*control);
    timer_.reset(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC));
    if (!timer_ || !poller_) return Error{"cannot open a timer", errno};
    if (auto opened = announcer_.open(); !opened) return opened;
    if (auto opened = addresses_->open(); !opened) return opened;
    for (const int fd : {signals_.get(), timer_.get(), addresses_->monitor_fd()}) poller_.watch(fd);
    fifo_.open(path_of(settings_.state_directory, "fifo"), now_);
    return Done{};
}

void Daemon::open_udp() {
    if (auto udp = kernel::open_udp_port(config_->udpport))
        udp_ = std::move(*udp);
    else
        journal_.say(say::udp_failed, {to_text(udp.error())});
}

// The engine of a supervisor that was killed goes on beating, so that no peer claims what is still being released here.
Result<Done> Daemon::end_orphan() {
    if (engine_lock_->take()) return Done{};
    journal_.say(say::orphan, {});
    if (engine_lock_->end_orphan(orphan_limit)) return Done{};
    return Error{"the engine of an earlier heartbeat does not end", 0};
}

void Daemon::open_ping() {
    if (config_->witnesses.empty() || ping_) return;
    if (auto ping = kernel::open_ping_socket(ping_identifier()))
        ping_ = std::move(*ping);
    else
        journal_.say(say::ping_failed, {to_text(ping.error())});
    if (ping_) journal_.say(say::ping_started, {});
}

void Daemon::choose_user() {
    const User user = engine_user();
    uid_ = user.uid;
    gid_ = user.gid;
    if (!user.own) journal_.say(say::user_missing, {});
}

void Daemon::make_fencer() {
    fencer_ =
        std::make_unique<scripts::Fencer>(journal_, poller_, [this](NodeId node, core::Outcome outcome) {
            ipc::Notice notice;
            notice.kind = ipc::Notice::Kind::fenced;
            notice.node = node;
            notice.outcome = static_cast<std::uint8_t>(outcome);
            engine_.tell(notice);
        });
    fencer_->use(*config_);
}

Result<Done> Daemon::set_up() {
    ::umask(022);  // for scripts, too: whoever starts us by hand may have another one
    auto signals = open_signals();
    if (!signals) return signals.error();
    signals_ = std::move(*signals);
    if (auto made = tools::make_directory(settings_.run_directory, 0755); !made) return made;
    if (auto made = tools::make_directory(path_of(settings_.run_directory, "empty"), 0755); !made)
        return made;
    auto pid_file = PidFile::take(settings_.pid_file);
    if (!pid_file) return pid_file.error();
    pid_file_ = std::move(*pid_file);
    auto lock = EngineLock::open(path_of(settings_.run_directory, "engine"));
    if (!lock) return lock.error();
    engine_lock_ = std::move(*lock);
    auto page = make_page();
    if (!page) return page.error();
    page_ = *page;
    scripts::raise_descriptor_limit();
    if (auto opened = open_writer(); !opened) return opened;
    say_banner();
    if (const std::string missing = missing_capabilities(effective_capabilities()); !missing.empty())
        return Error{missing, 0};
    if (auto state = read_state(); !state) return state;
    holdings_ = std::make_unique<policy::Holdings>(*config_);
    const kernel::Sink sink = [this](const log::Kind& kind, std::initializer_list<log::Fact> facts) {
        journal_.say(kind, facts);
    };
    addresses_ = std::make_unique<kernel::Addresses>(
        *config_, announcer_, sink,
        kernel::Addresses::Files{.loopback = path_of(settings_.run_directory, "loopback")});
    const auto ended = [this](const scripts::Scripts::End& end) { server_->script_ended(end, now_); };
    scripts_ = std::make_unique<scripts::Scripts>(journal_, poller_, scripts::ScriptDirectories{},
                                                  path_of(settings_.run_directory, "scripts"), ended);
    scripts_->keep_pipes(keeper_);
    hooks_.keep_pipes(keeper_);
    make_fencer();
    const Server::Reports reports{[this](const ipc::Notice& notice) { engine_.tell(notice); },
                                  [this](GroupId group, core::Outcome outcome) { released(group, outcome); }};
    server_ = std::make_unique<Server>(*addresses_, *scripts_, journal_,
                                       path_of(settings_.run_directory, "holdings"), reports);
    media_ = std::make_unique<Media>(
        journal_, [this](const ipc::Notice& notice, Fd lent) { engine_.tell(notice, std::move(lent)); });
    service_links_ = std::make_unique<ServiceLinks>(
        journal_, [this](const ipc::Notice& notice, Fd lent) { engine_.tell(notice, std::move(lent)); });
    if (auto opened = open_sockets(); !opened) return opened;
    choose_user();
    server_->use(*config_, *holdings_);
    page_->hold_until_ms = ipc::page_ms(now_);  // nothing lasts yet
    feeder_.use(config_->watchdog, config_->deadtime, now_);
    release_leftovers();
    if (auto alone = end_orphan(); !alone) return alone;
    open_udp();
    hooks_.use(*config_);
    media_->use(*config_, *addresses_);
    service_links_->use(*config_, *addresses_);
    expect_hosts();
    server_->look_for_strangers();
    return Done{};
}

// What an earlier daemon held when it was killed is released before anybody claims anything here: its addresses at once. The
// scripts of what is configured still stop beside the first engine, which tells the peers to wait for them; those of other
// groups, which no peer knows, are waited for.
void Daemon::release_leftovers() {
    const auto text = tools::read_file(path_of(settings_.run_directory, "holdings"), 16 * 1024 * 1024);
    if (!text || !*text || (*text)->empty()) return;
    const auto leftovers = parse_holdings(**text);
    scripts_->end_leftovers();
    journal_.say(say::leftovers, {leftovers.size()});
    auto old = config_of(leftovers, config_->nodes[config_->self.index()]);
    if (!old.ok()) return journal_.say(say::leftover_unknown, {});
    const Mapping mapping = map_configurations(old.config, *config_);
    const std::vector<ResourceId> left = resources_of(leftovers, old.config);
    if (std::all_of(mapping.groups.begin(), mapping.groups.end(),
                    [](GroupId group) { return group.exists(); })) {
        for (const ResourceId resource : left)
            hold_again(mapping.resources[resource.index()], *config_, *holdings_);
        server_->release_all();
        return server_->pump(now_ = boot_now());
    }
    policy::Holdings held(old.config);
    addresses_->reconfigure(old.config, {});
    server_->use(old.config, held);
    for (const ResourceId resource : left) hold_again(resource, old.config, held);
    server_->release_all();
    server_->pump(now_ = boot_now());
    while (!server_->idle()) turn();
    // Whose stop has failed may still run here: the first engine says so.
    for (std::size_t r = 0; r < mapping.resources.size(); ++r)
        if (mapping.resources[r].exists() && held.may_hold(id_of<ResourceId>(r)))
            holdings_->starting(mapping.resources[r]);
    remap_page(*page_, mapping);
    addresses_->reconfigure(*config_, {});
    server_->use(*config_, *holdings_);
}

void Daemon::hold_again(ResourceId resource, const config::Config& config, policy::Holdings& holdings) {
    if (config.resources[resource.index()].kind == config::Resource::Kind::address)
        addresses_->adopt(resource);
    holdings.starting(resource);
}

// A number that no node can have reached by now is not believed.
bool Daemon::next_generation_is_reserved() {
    const Generation used = page_->generation;
    const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(now_ - started_);
    if (used < writer::highest_generation(generations_.first(), elapsed, wall_now_ns() / 1'000'000'000))
        generations_.used(used);
    const auto look = generations_.look(now_, page_->reserved_generation);
    if (look.is_news) journal_.say(say::engine_waits, {generations_.next()});
    if (look.ask) journal_.reserve(generations_.next());
    return look.reserved;
}

void Daemon::start_engine(bool restarted) {
    if (!next_generation_is_reserved()) {
        restart_at_ = now_ + disk_pause;
        look_at_ = now_;
        return;
    }
    reload_.engine_starts();
    engine::EngineStart start;
    start.config = config_.get();
    start.origin.digest = auth::sha256_head;
    start.origin.generation = generations_.take();
    start.origin.uuid = uuid_;
    if (::getrandom(&start.origin.seed, sizeof start.origin.seed, GRND_NONBLOCK) < 0)
        start.origin.seed = static_cast<std::uint64_t>(wall_now_ns());  // it only spreads retransmissions
    start.origin.restarted = restarted;
    start.origin.groups = inherit(*config_, *page_, *holdings_);
    start.origin.peers = known_lives(*config_, *page_);
    if (restarted) {
        journal_.reserve(generations_.next());
        start.origin.hold_until = hold_until();
        page_->hold_until_ms =
            ipc::page_ms(start.origin.hold_until);  // what was not believed is gone with its engine
        start.origin.peer_was_dead = peers_dead(*config_, *page_);
        journal_.say(say::generation, {start.origin.generation});
    }
    start.writer_fd = writer_.fd();
    start.control_listen_fd = control_.get();
    start.udp_fd = udp_.get();
    open_ping();
    start.witness_fd = ping_.get();
    start.witness_identifier = ping_identifier();
    start.lock_fd = engine_lock_->fd();
    start.page = page_;
    start.media = media_->lend();
    start.uid = uid_;
    start.gid = gid_;
    start.empty_dir = path_of(settings_.run_directory, "empty");
    start.realtime = config_->realtime && settings_.realtime;
    start.daemon_started = started_;
    ending_.engine_starts();
    restart_at_ = never;
    engine_started_ = now_;
    look_at_ = now_;
    const auto quiet = settings_.foreground ? tools::Stdio::keep : tools::Stdio::leave;
    page_->supervisor_turn_ms.store(ipc::page_ms(now_), std::memory_order_relaxed);
    auto started = engine_.start(std::move(start), engine_entry_, quiet);
    if (!started) {
        journal_.say(say::engine_not_started, {to_text(started.error())});
        restart_at_ = now_ + 1s;
        return;
    }
    engine_lock_->note(engine_.pid());
    channel_full_ = false;
    poller_.watch(engine_.channel());
    service_links_->begin();
}

int Daemon::fail(const Error& error) {
    feeder_.disarm();
    const std::string text = to_text(error);
    if (!settings_.foreground || writer_.fd() < 0)
        std::fprintf(stderr, "heartbeat: ERROR: %s\n", text.c_str());
    if (writer_.fd() >= 0) journal_.say(say::not_started, {text});
    if (writer_.fd() >= 0) writer_.close(2s);
    if (pid_file_) pid_file_->remove();
    readiness_.tell(exit_code::failed);
    return exit_code::failed;
}

// An engine that loops for ever does so at nice -20: whoever takes its addresses away must not wait behind it.
void Daemon::run_ahead() {
    if (config_->realtime && settings_.realtime) ::setpriority(PRIO_PROCESS, 0, -20);
}

// The page cache keeps what is given back; what is used again comes back from it.
void Daemon::settle_memory() {
    trim_memory();
    journal_.say(say::all_media_up, {});
    lock_memory();
    hold_code();
}

}  // namespace hb::supervisor
