#include "writer.hpp"

#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>

#include "events.hpp"
#include "generation.hpp"
#include "hb/base/bounds.hpp"
#include "hb/base/memory.hpp"
#include "repeats.hpp"

namespace hb::writer {
namespace {

constexpr std::int64_t quiet_seconds = 60;  // between two lines about what was refused

std::int64_t boot_milliseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}
std::int64_t boot_seconds() { return boot_milliseconds() / 1000; }

/// Until one can be read, or that time has come.
void wait_for_a_record(int fd, std::optional<std::int64_t> until) {
    pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
    const std::int64_t left = until ? std::max<std::int64_t>(*until - boot_milliseconds(), 0) : -1;
    ::poll(&one, 1, static_cast<int>(left));
}

Entry entry_of(const Envelope& envelope) {
    Entry entry;
    entry.level = static_cast<Level>(std::min<unsigned>(static_cast<unsigned>(envelope.record.level), 7));
    entry.program = envelope.record.program.view();
    entry.text = envelope.record.text.view();
    entry.pid = envelope.pid;
    const auto seconds = static_cast<time_t>(envelope.realtime_ns / 1'000'000'000);
    ::localtime_r(&seconds, &entry.local);
    return entry;
}

/// `own` as a line beside another one: with its time and its process.
Entry entry_of(const LogRecord& own, const Entry& beside) {
    Entry entry = beside;
    entry.level = own.level;
    entry.program = own.program.view();
    entry.text = own.text.view();
    return entry;
}

bool is_peer(const Envelope& envelope) {
    const auto highest = std::clamp<std::int64_t>(::time(nullptr), bounds::learned, bounds::generation);
    return is_node_name(envelope.record.text.view()) && envelope.generation > 0 &&
           envelope.generation <= highest;
}

bool is_no_facility(std::string_view name) { return name.empty() || name == "none"; }

// uid 0 stays, so that root's log directories stay writable, and with it the right to write where files belong to somebody
// else: 3.0.6 left its log files to hacluster, and logrotate keeps their owner. Everything else that root may do goes.
void drop_capabilities() {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct kept[2]{};
    kept[0].effective = kept[0].permitted = 1U << CAP_DAC_OVERRIDE;
    ::syscall(SYS_capset, &header, kept);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// Signals meant for the daemon reach its whole group in the foreground; the writer ends with its channel.
void ignore_signals() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(signal, SIG_IGN);
}

}  // namespace

Writer::Writer(const WriterStart& start)
    : start_(start), logfile_(start.logfile), debugfile_(start.debugfile), peers_(start.peers_file),
      facility_(facility_of(start.logfacility)) {
    const bool nowhere =
        start.logfile.empty() && start.debugfile.empty() && is_no_facility(start.logfacility);
    if (nowhere && start.logfacility.empty()) facility_ = facility_of("daemon");
    if (!facility_ && !is_no_facility(start.logfacility)) facility_ = facility_of("daemon");
}

// The engine hears the network. What it could not have written as a part of this daemon is not believed.
bool Writer::refuses(const Envelope& envelope) {
    const bool sound = envelope.record.text.size() <= limits::log_text &&
                       envelope.record.program.size() <= program_text &&
                       envelope.kind <= Envelope::Kind::remember_peer &&
                       (envelope.kind != Envelope::Kind::remember_peer || is_peer(envelope));
    if (sound && envelope.kind != Envelope::Kind::reserve_generation) return false;
    const std::int64_t now = boot_seconds();
    if (sound && !base_) base_ = Base{reserved_in(start_.generation_file), now};
    const bool wanted =
        sound &&
        envelope.generation <=
            highest_generation(base_->generation, std::chrono::seconds{now - base_->at}, ::time(nullptr));
    if (wanted) return false;
    if (refused_at_ && now - *refused_at_ < quiet_seconds) return true;
    refused_at_ = now;
    Envelope because;
    because.pid = envelope.pid;
    because.realtime_ns = envelope.realtime_ns;
    if (!sound) {
        say(event::record_refused, {}, because);
        return true;
    }
    say(event::generation_refused, {envelope.generation}, because);
    return true;
}

void Writer::handle(const Envelope& envelope) {
    if (refuses(envelope)) return;
    if (envelope.dropped > 0) say(event::records_lost, {envelope.dropped}, envelope);
    switch (envelope.kind) {
        case Envelope::Kind::log: return write(envelope);
        case Envelope::Kind::reserve_generation: return reserve(envelope);
        case Envelope::Kind::remember_peer: return remember(envelope);
    }
}

void Writer::say(const log::Kind& kind, std::initializer_list<log::Fact> facts, const Envelope& because) {
    Envelope own;
    own.pid = because.pid;
    own.realtime_ns = because.realtime_ns;
    own.record = log::make(kind, facts);
    write(own);
}

void Writer::write(const Envelope& envelope) {
    const Entry entry = entry_of(envelope);
    const std::int64_t now = boot_seconds();
    if (debugfile_.configured()) to_file(debugfile_, entry, now);
    if (logfile_.configured() && entry.level != Level::debug) to_file(logfile_, entry, now);
    if (facility_) to_syslog(entry, now);
    if (start_.copy_to_stderr) to_stderr(entry);
}

void Writer::to_file(LogFile& file, const Entry& entry, std::int64_t now) {
    file.write(file_line(entry, start_.syslogmsgfmt, start_.node_name), now,
               [&](std::uint64_t lost, int reason) {
                   const LogRecord own = reason ? log::make(event::lines_lost, {lost, std::strerror(reason)})
                                                : log::make(event::records_lost, {lost});
                   return file_line(entry_of(own, entry), start_.syslogmsgfmt, start_.node_name);
               });
    if (file.lost() == 1) tell_elsewhere(file, entry, now);
}

// The first line that a file does not take: there is a reason, and somebody should read it somewhere.
void Writer::tell_elsewhere(const LogFile& file, const Entry& entry, std::int64_t now) {
    const LogRecord own = log::make(event::file_refused, {file.path(), std::strerror(file.reason())});
    const Entry said = entry_of(own, entry);
    syslog_.send(syslog_line(said, facility_.value_or(*facility_of("daemon"))), now);
    if (start_.copy_to_stderr) to_stderr(said);
}

void Writer::to_syslog(const Entry& entry, std::int64_t now) {
    const std::uint64_t lost = syslog_.lost();
    if (!syslog_.send(syslog_line(entry, *facility_), now) || lost == 0) return;
    const LogRecord own = log::make(event::lines_lost, {lost, "syslog did not take them"});
    if (syslog_.send(syslog_line(entry_of(own, entry), *facility_), now)) syslog_.said();
}

void Writer::to_stderr(const Entry& entry) {
    const Line line = file_line(entry, start_.syslogmsgfmt, start_.node_name);
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, line.view().data(), line.size());
}

void Writer::reserve(const Envelope& envelope) {
    const auto done = reserve_generation(start_.generation_file, envelope.generation);
    if (!done) return say(event::generation_unwritten, {to_text(done.error())}, envelope);
    if (start_.reserved_generation && start_.reserved_generation->load() < envelope.generation)
        start_.reserved_generation->store(envelope.generation);
}

void Writer::remember(const Envelope& envelope) {
    const auto done = peers_.remember(envelope.record.text.view(), envelope.generation);
    if (!done) say(event::peer_unwritten, {to_text(done.error())}, envelope);
}

int run_writer(const WriterStart& start) {
    ignore_signals();
    drop_capabilities();
    ::umask(022);
    ::tzset();
    trim_memory();
    Writer writer{start};
    const auto repeats = std::make_unique<Repeats>();
    const auto write_due = [&](std::int64_t now) {
        while (const auto envelope = repeats->due(now)) writer.handle(*envelope);
    };
    for (;;) {
        Envelope envelope;
        wait_for_a_record(start.fd, repeats->deadline());
        write_due(boot_milliseconds());
        const ssize_t n = ::recv(start.fd, &envelope, sizeof envelope, MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n <= 0) write_due(std::numeric_limits<std::int64_t>::max());
        if (n <= 0) return n == 0 ? 0 : 1;
        if (static_cast<std::size_t>(n) != sizeof envelope) continue;
        if (envelope.kind != Envelope::Kind::log || repeats->passes(envelope, boot_milliseconds()))
            writer.handle(envelope);
    }
}

}  // namespace hb::writer
