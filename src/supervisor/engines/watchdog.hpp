#pragma once
#include <string>

#include "hb/base/fd.hpp"
#include "hb/base/result.hpp"
#include "hb/base/time.hpp"

namespace hb::supervisor {

/// A watchdog device of the kernel: it resets this host when nobody has fed it for its timeout.
class Watchdog {
public:
    /// A quarter of the deadtime, in whole seconds, 2 to 60: the right to hold ends three quarters of a deadtime behind the
    /// last proof, so that from a deadtime of 8 s on a host that is not fed any more is reset before a peer takes over.
    static Duration timeout_for(Duration deadtime);

    /// Opened, the device counts. `note` is what is worth a warning.
    struct Opened {
        std::string note;
    };
    Result<Opened> open(const std::string& device, Duration deadtime);
    bool is_open() const { return static_cast<bool>(fd_); }
    Duration timeout() const { return timeout_; }

    /// Some feedings fit into one timeout; never if it is not open.
    Instant due() const { return is_open() ? next_ : never; }
    void feed(Instant now);
    /// Looked at again soon, and not fed now. True: this is news.
    bool starve(Instant now);
    /// An orderly end: the device stops counting, unless its driver was told never to (nowayout).
    void disarm();
    /// It goes on counting.
    void abandon() { fd_.reset(); }

private:
    Fd fd_;
    Duration timeout_{};
    Instant next_;
    bool starving_ = false;
};

}  // namespace hb::supervisor
