#include "supervisor/engines/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "hb/base/clock.hpp"
#include "hb/tools/part.hpp"
#include "writer/writer.hpp"

namespace hb::supervisor {
namespace {

constexpr int record_buffer = 4 * 1024 * 1024;  ///< some thousand log lines of a large takeover

}  // namespace

Result<Done> WriterProcess::open(writer::WriterStart start) {
    auto ends = ipc::make_record_channel();
    if (!ends) return ends.error();
    sending_ = std::move(ends->supervisor);
    receiving_ = std::move(ends->other);
    ::setsockopt(sending_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &record_buffer, sizeof record_buffer);
    start_ = std::move(start);
    start_.fd = receiving_.get();
    return fork();
}

Result<Done> WriterProcess::fork() {
    pid_ = ::fork();
    if (pid_ < 0) return Error{"cannot start the writer", errno};
    if (pid_ > 0) return Done{};
    const int keep[] = {start_.fd};
    tools::be_a_part("hb-writer", keep, start_.copy_to_stderr ? tools::Stdio::keep : tools::Stdio::leave);
    ::_exit(writer::run_writer(start_));
}

void WriterProcess::close(Duration limit) {
    sending_.reset();
    receiving_.reset();
    const Instant deadline = boot_now() + limit;
    while (pid_ > 0 && boot_now() < deadline) {
        if (::waitpid(pid_, nullptr, WNOHANG) != 0)
            pid_ = -1;
        else
            ::poll(nullptr, 0, 2);
    }
}

Result<Done> EngineProcess::start(engine::EngineStart start, const Entry& entry, tools::Stdio stdio) {
    std::vector<Fd> lent;  // closed here, whatever happens
    for (const auto& medium : start.media) lent.emplace_back(medium.fd);
    auto ends = ipc::make_channel();
    if (!ends) return ends.error();
    start.channel_fd = ends->other.get();
    pid_ = ::fork();
    if (pid_ == 0) {
        std::vector<int> keep{start.channel_fd, start.writer_fd,  start.control_listen_fd,
                              start.udp_fd,     start.witness_fd, start.lock_fd};
        for (const auto& medium : start.media) keep.push_back(medium.fd);
        tools::be_a_part("hb-engine", keep, stdio);
        ends->other.release();
        ::_exit(entry(start));
    }
    if (pid_ < 0) return Error{"cannot start the engine", errno};
    channel_ = std::move(ends->supervisor);
    waiting_.clear();
    return Done{};
}

void EngineProcess::tell(const ipc::Notice& notice, Fd lent) {
    if (!running()) return;
    waiting_.push_back({notice, std::move(lent)});
    flush();
}

bool EngineProcess::flush() {
    while (!waiting_.empty()) {
        const Waiting& first = waiting_.front();
        switch (ipc::send(channel_.get(), first.notice, first.lent.get())) {
            case ipc::Sent::full: return false;
            case ipc::Sent::closed: waiting_.clear(); return true;
            case ipc::Sent::ok: waiting_.pop_front();
        }
    }
    return true;
}

void EngineProcess::abandon() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    reaped();
}

}  // namespace hb::supervisor
