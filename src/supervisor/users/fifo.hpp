#pragma once
#include <functional>
#include <string>

#include "hb/base/fd.hpp"
#include "hb/policy/fifo_message.hpp"
#include "hb/tools/journal.hpp"
#include "hb/tools/poller.hpp"

namespace hb::supervisor {

/// The FIFO that scripts of 3.0.6 write to. One message each 10 ms at most: who writes faster waits, and what is
/// no message costs a line of log each 10 s.
class Fifo {
public:
    using Take = std::function<void(const policy::FifoDecision&)>;
    Fifo(tools::Journal& journal, tools::Poller& poller, Take take)
        : journal_(journal), poller_(poller), take_(std::move(take)) {}

    /// Makes it if it is not there. Where that is not possible the daemon goes without, and says so.
    void open(const std::string& path, Instant now);
    bool on_readable(int fd, Instant now);
    void on_time(Instant now);
    Instant deadline() const { return resume_at_; }
    /// For a message that cannot be obeyed: one line, unless another one was said just before.
    void refuse(std::string_view why, Instant now);

private:
    bool take_one(Instant now);

    tools::Journal& journal_;
    tools::Poller& poller_;
    Take take_;
    Fd fd_;
    policy::FifoParser parser_;
    Instant resume_at_ = never;  ///< until then it is not read
    Instant quiet_until_;
    std::size_t unsaid_ = 0;  ///< faults since the last line about one
};

}  // namespace hb::supervisor
