#pragma once
#include <sys/types.h>

#include <deque>
#include <functional>
#include <span>
#include <string>

#include "hb/base/fd.hpp"
#include "hb/base/result.hpp"
#include "hb/engine/start.hpp"
#include "hb/ipc/channel.hpp"
#include "hb/tools/part.hpp"
#include "hb/writer/start.hpp"

namespace hb::supervisor {

/// The writer and both ends of its channel: where it dies, what was sent waits for the next one.
class WriterProcess {
public:
    Result<Done> open(writer::WriterStart start);
    Result<Done> fork();
    int fd() const { return sending_.get(); }
    pid_t pid() const { return pid_; }
    void ended() { pid_ = -1; }
    /// No more from here: it ends when everybody has closed. Waits for it, up to `limit`.
    void close(Duration limit);

private:
    writer::WriterStart start_;
    Fd sending_, receiving_;
    pid_t pid_ = -1;
};

/// One engine and the channel to it. Notices that do not fit into the channel wait here; none is lost.
class EngineProcess {
public:
    using Entry = std::function<int(engine::EngineStart&)>;
    /// Forks. The descriptors of `start.media` are closed here; the others stay.
    Result<Done> start(engine::EngineStart start, const Entry& entry, tools::Stdio stdio);
    bool running() const { return pid_ > 0; }
    pid_t pid() const { return pid_; }
    int channel() const { return channel_.get(); }
    void tell(const ipc::Notice& notice, Fd lent = Fd{});
    /// False while something waits: the channel must be watched for writing.
    bool flush();
    ipc::Got receive(ipc::Request& request) { return ipc::receive(channel_.get(), request); }
    /// SIGKILL, and nothing more is expected of it; the caller forgets the channel before.
    void abandon();
    /// It has ended and was waited for.
    void reaped() {
        pid_ = -1;
        channel_.reset();
        waiting_.clear();
    }

private:
    struct Waiting {
        ipc::Notice notice;
        Fd lent;
    };
    pid_t pid_ = -1;
    Fd channel_;
    std::deque<Waiting> waiting_;
};

}  // namespace hb::supervisor
