#pragma once
#include <unistd.h>

#include <utility>

#include "hb/base/time.hpp"

namespace hb::supervisor {

/// Whether everything runs, and who is told: whoever started the daemon waits for one octet. It is ready when its first engine has
/// turned; an engine that has not turned within 10 s does not.
class Readiness {
public:
    /// `fd`: where the octet is written, once; -1: nobody waits.
    explicit Readiness(int fd) : fd_(fd) {}
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

    bool is_reached() const { return reached_; }
    void reach() { reached_ = true; }
    static bool is_too_late(Instant engine_started, Instant now) { return now - engine_started > 10s; }
    /// 0 when everything runs, else an exit code. Only the first call tells anything.
    void tell(int code) {
        if (fd_ < 0) return;
        const char octet = static_cast<char>(code);
        [[maybe_unused]] const ssize_t n = ::write(fd_, &octet, 1);
        ::close(std::exchange(fd_, -1));
    }

private:
    int fd_;
    bool reached_ = false;
};

}  // namespace hb::supervisor
