#include "supervisor/daemon/daemon.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "engine/engine.hpp"
#include "hb/base/clock.hpp"
#include "hb/tools/part.hpp"
#include "supervisor/daemon/notify.hpp"
#include "supervisor/events.hpp"

namespace hb::supervisor {
namespace {

constexpr Duration readiness_poll = 5ms;
constexpr unsigned requests_a_turn = 512;

}  // namespace

Daemon::Daemon(config::Parsed parsed, const Settings& settings)
    : settings_(settings), config_(std::make_unique<config::Config>(std::move(parsed.config))),
      warnings_(std::move(parsed.problems)), engine_entry_(engine::run_engine), started_(boot_now()),
      now_(started_), readiness_(settings.ready_fd) {}

int Daemon::run() {
    reload_.begin_with(read_marks(settings_.config_directory));
    if (auto up = set_up(); !up) return fail(up.error());
    now_ = boot_now();
    page_->hold_until_ms = ipc::page_ms(now_);
    if (!ending_.is_asked()) start_engine(false);
    while (!at_end()) turn();
    finish();
    return ending_.exit_code();
}

bool Daemon::at_end() { return ending_.is_ending() && !engine_.running() && server_->idle(); }

void Daemon::finish() {
    // What nobody hears of any more and may still run must not survive us for long.
    if (ending_.exit_code() == exit_code::ok || !server_->holds_exclusive())
        feeder_.disarm();
    else
        feeder_.abandon();
    notify("STOPPING=1");
    hooks_.end();
    // An ending that was not asked for is told to the one who started us.
    if (!readiness_.is_reached())
        std::fprintf(stderr, "heartbeat: ERROR: the engine did not start; the log says why\n");
    if (ending_.exit_code() == exit_code::ok)
        journal_.say(say::shutdown_complete, {config_->nodes[config_->self.index()]});
    writer_.close(2s);
    ::unlink((settings_.run_directory + "/control").c_str());
    pid_file_->remove();
    readiness_.tell(ending_.exit_code() == exit_code::ok ? exit_code::failed : ending_.exit_code());
}

void Daemon::turn() {
    arm(next_wake());
    const auto events = poller_.wait();
    now_ = boot_now();
    // A right to hold that has passed comes before everything else.
    if (now_ >= look_at_) look();
    for (const epoll_event& event : events) dispatch(event);
    scripts_->on_time(now_);
    fifo_.on_time(now_);
    fencer_->on_time(now_);
    hooks_.on_time(now_);
    server_->pump(now_);
    prolong();
    if (addresses_->has_news()) on_kernel_news();  // heard between two acts of our own
    addresses_->announce_again(now_);
    put_back_expired();
    if (now_ >= restart_at_ && !server_->releasing()) start_engine(true);
    if (now_ >= writer_restart_at_) {
        writer_restart_at_ = never;
        if (!writer_.fork()) writer_restart_at_ = now_ + 10s;
    }
    look_for_hosts();
    if (now_ >= keeper_restart_at_) hold_pipes_again();
    if (reload_.is_due()) begin_reload();
    if (reload_.is_under_way()) apply_reload();
    if (!readiness_.is_reached()) check_ready();
    watch_engine();
    feed_watchdog();
    page_->supervisor_turn_ms.store(ipc::page_ms(boot_now()), std::memory_order_relaxed);
    hooks_.pump(now_);  // behind everything that serves
}

Instant Daemon::next_wake() const {
    Instant first = std::min({look_at_, scripts_->deadline(), server_->deadline(), writer_restart_at_,
                              fifo_.deadline(), hooks_.deadline(), keeper_restart_at_});
    first = std::min({first, fencer_->deadline(), addresses_->prolong_at(), addresses_->announce_at(),
                      feeder_.deadline(), hosts_look_at_});
    if (!server_->releasing()) first = std::min(first, restart_at_);
    if (engine_.running() && !readiness_.is_reached()) first = std::min(first, now_ + readiness_poll);
    return first;
}

void Daemon::arm(Instant at) {
    if (at == armed_) return;
    armed_ = at;
    itimerspec when{};
    // A time of zero would disarm it.
    if (at != never) when.it_value = to_timespec(std::max<Duration>(at.time_since_epoch(), 1ns));
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Daemon::feed_watchdog() {
    feeder_.try_again(now_);
    if (!feeder_.is_due(now_)) return;
    feeder_.feed_or_starve(now_, {.right_lasts = now_ <= hold_until(),
                                  .releasing = server_->releasing(),
                                  .holds_exclusive = server_->holds_exclusive()});
}

void Daemon::watch_engine() {
    if (!engine_.running()) return;
    const bool full = !engine_.flush();
    if (full == channel_full_) return;
    channel_full_ = full;
    poller_.watch(engine_.channel(), full ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void Daemon::dispatch(const epoll_event& event) {
    const int fd = event.data.fd;
    if (fd == timer_.get()) {
        std::uint64_t expirations = 0;
        [[maybe_unused]] const ssize_t n = ::read(fd, &expirations, sizeof expirations);
        armed_ = never;
    } else if (fd == signals_.get()) {
        on_signals();
    } else if (fd == addresses_->monitor_fd()) {
        on_kernel_news();
    } else if (engine_.running() && fd == engine_.channel()) {
        on_requests();
    } else if (!scripts_->on_readable(fd, now_) && !fencer_->on_readable(fd, now_) &&
               !fifo_.on_readable(fd, now_) && !hooks_.on_readable(fd, now_)) {
        poller_.forget(fd);
    }
}

void Daemon::on_requests() {
    ipc::Request request;
    for (unsigned n = 0; n < requests_a_turn; ++n) {
        switch (engine_.receive(request)) {
            case ipc::Got::empty: return;
            case ipc::Got::closed:
                poller_.forget(engine_.channel());  // its end follows as SIGCHLD
                return;
            case ipc::Got::message:
                if (request.kind == ipc::Request::Kind::leave)
                    ending_.engine_leaves();
                else if (request.kind == ipc::Request::Kind::hook)
                    take_hooks();
                else if (request.kind == ipc::Request::Kind::cancel)
                    server_->cancel(request, now_);
                else if (request.kind == ipc::Request::Kind::fence)
                    fencer_->fence(request.node, now_);
                else
                    server_->accept(request);
        }
    }
}

void Daemon::on_signals() {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        switch (info.ssi_signo) {
            case SIGTERM: begin_stop(); break;
            case SIGHUP: reload_.ask(); break;
            case SIGUSR1:
            case SIGUSR2:
                debug_ = std::max(0, debug_ + (info.ssi_signo == SIGUSR1 ? 1 : -1));
                journal_.say(say::debug_level, {debug_});
                break;
            default:  // SIGINT is ignored, as 3.0.6 does; SIGCHLD is looked after below
                break;
        }
    }
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) on_child(pid, status);
}

void Daemon::hold_pipes_again() {
    keeper_restart_at_ = never;
    scripts_->hold_pipes_again();
    hooks_.hold_pipes_again();
}

void Daemon::on_child(pid_t pid, int status) {
    if (pid == engine_.pid()) {
        on_requests();  // what it said last
        engine_ended(status);
    } else if (pid == writer_.pid()) {
        writer_.ended();
        journal_.say(say::writer_died, {});
        writer_restart_at_ = now_ + 1s;
    } else if (pid == keeper_.pid()) {
        keeper_.ended();
        journal_.say(say::keeper_died, {});
        keeper_restart_at_ = now_ + 1s;
    } else if (!fencer_->on_exit(pid, status, now_)) {
        scripts_->on_exit(pid, status, now_);
        hooks_.on_exit(pid, status, now_);
    }
}

void Daemon::on_kernel_news() {
    const kernel::Addresses::Heard heard = addresses_->drain_monitor();
    media_->heard(heard);
    service_links_->look();
    for (const ResourceId resource : heard.expired) holdings_->expired(resource);
    restore(heard.removed_by_others);
}

Instant Daemon::hold_until() const {
    return hold_until_of(*page_, config_->deadtime).value_or(now_ - config_->deadtime);
}

// Nobody held them against us: this process stood still for longer than they live. An engine that woke beside it may have
// given everything up; a right that it has written since is in the page behind what it asked for.
void Daemon::put_back_expired() {
    if (!holdings_->any_expired()) return;
    const Instant until = hold_until();
    if (engine_.running()) on_requests();
    server_->pump(now_);
    const std::vector<ResourceId> again = holdings_->take_expired(boot_now(), until);
    if (again.empty()) return;
    std::vector<ResourceId> failed;
    addresses_->add(again, [&](std::span<const kernel::Addresses::Answer> answers) {
        for (const kernel::Addresses::Answer& answer : answers)
            if (answer.outcome != core::Outcome::ok) failed.push_back(answer.resource);
    });
    restore(failed);  // tells the engine
    journal_.say(say::address_expired, {again.size()});
}

// The addresses that may be held live on for one more lifetime, a batch of them in each turn. What is not prolonged
// ends by itself.
void Daemon::prolong() {
    if (now_ < addresses_->prolong_at()) return;
    addresses_->prolong({.to_hold = [this] { return has_right_to_hold(*page_, config_->deadtime); },
                         .to_hold_this =
                             [this](ResourceId resource) {
                                 return holdings_->may_keep(resource, boot_now(), hold_until());
                             }});
}

// At once: before anybody else on the network misses it.
void Daemon::restore(std::span<const ResourceId> resources) {
    std::vector<ResourceId> again;
    for (const ResourceId resource : resources) {
        if (!holdings_->may_keep(resource, Instant{}, never)) continue;
        if (put_backs_[resource].is_one_more_allowed(now_)) {
            again.push_back(resource);
            continue;
        }
        journal_.say(say::address_given_up, {to_text(config_->resources[resource.index()].address.address)});
        tell_gone(resource, false);
    }
    if (again.empty()) return;
    addresses_->add(again, [this](std::span<const kernel::Addresses::Answer> answers) {
        for (const kernel::Addresses::Answer& answer : answers) {
            const bool restored = answer.outcome == core::Outcome::ok;
            tell_gone(answer.resource, restored);
            if (!restored)
                journal_.say(say::address_restored,
                             {config_->resources[answer.resource.index()].word, answer.detail});
        }
    });
}

// The engine says that it was put back.
void Daemon::tell_gone(ResourceId resource, bool restored) {
    ipc::Notice notice;
    notice.kind = ipc::Notice::Kind::address_gone;
    notice.first = notice.last = resource;
    notice.flag = restored ? 1 : 0;
    engine_.tell(notice);
}

void Daemon::obey(const policy::FifoDecision& decision) {
    if (!engine_.running())
        return fifo_.refuse("the engine does not run at the moment: write it again", now_);
    ipc::Notice notice;
    if (decision.kind == policy::FifoDecision::Kind::send) {
        if (!page_->messages.put(decision.text))
            return fifo_.refuse("the engine is busy: write it again", now_);
        notice.kind = ipc::Notice::Kind::message;
        return engine_.tell(notice);
    }
    notice.kind = ipc::Notice::Kind::operate;
    notice.flag = static_cast<std::uint8_t>(decision.asked.verb);
    notice.outcome = static_cast<std::uint8_t>(decision.asked.set);
    engine_.tell(notice);
}

void Daemon::take_hooks() {
    std::array<char, ipc::Texts::longest> room;
    for (std::uint32_t i = 0; i < ipc::Texts::count; ++i) {
        const auto text = page_->hooks.take(room);
        if (!text) break;
        hooks_.add(*text, now_);
    }
    if (const std::uint32_t lost = page_->hooks.lost_count.exchange(0)) hooks_.lost(lost, now_);
}

// The lease, and whether the engine turns at all.
void Daemon::look() {
    if (!engine_.running() && restart_at_ == never) {
        look_at_ = never;
        return;
    }
    policy::Evidence evidence;
    evidence.now = now_;
    evidence.due = look_at_;
    evidence.hold_until = hold_until();
    evidence.engine_turn = engine_.running() ? engine_turn_of(*page_, engine_started_) : now_;
    evidence.holding = holdings_->judged(Instant::max(), now_);  // whether there is anything to judge
    evidence.keepalive = config_->keepalive;
    evidence.deadtime = config_->deadtime;
    const policy::Judgement judgement = lease_.judge(evidence);
    look_at_ = judgement.look_again;
    if (!ending_.is_heard(evidence.engine_turn)) {
        const Instant until = ending_.heard_until(config_->keepalive);
        if (now_ >= until) return judged(say::engine_turns_no_more);
        look_at_ = std::min(look_at_, until);
    }
    switch (judgement.verdict) {
        case policy::Judgement::Verdict::fine: return;
        case policy::Judgement::Verdict::passed:
            return judged(hold_until_of(*page_, config_->deadtime) ? say::lease_passed
                                                                   : say::right_disbelieved);
        case policy::Judgement::Verdict::hung: return judged(say::engine_turns_no_more);
    }
}

void Daemon::check_ready() {
    if (!engine_.running()) return;
    if (page_->engine_turn_ms != 0) {
        readiness_.reach();
        run_ahead();
        settle_memory();
        if (!settings_.foreground) tools::leave_terminal();
        notify("READY=1\nSTATUS=Running");
        readiness_.tell(0);
    } else if (Readiness::is_too_late(engine_started_, now_) && !ending_.is_asked()) {
        ending_.ask(now_);
        ending_.end_in_failure();
        drop_engine();
        server_->release_all();
    }
}

int run_supervisor(config::Parsed parsed, const Settings& settings) {
    const auto daemon = std::make_unique<Daemon>(std::move(parsed), settings);
    return daemon->run();
}

}  // namespace hb::supervisor
