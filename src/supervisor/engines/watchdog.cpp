#include "supervisor/engines/watchdog.hpp"

#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hb::supervisor {
namespace {

constexpr Duration least_timeout = 2s, greatest_timeout = 60s;
constexpr int feedings = 3;              ///< in one timeout
constexpr Duration hungry_look = 200ms;  ///< what starves is looked at more often: its cause may end

}  // namespace

Duration Watchdog::timeout_for(Duration deadtime) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(deadtime / 4);
    return std::clamp<Duration>(seconds, least_timeout, greatest_timeout);
}

Result<Watchdog::Opened> Watchdog::open(const std::string& device, Duration deadtime) {
    Fd fd{::open(device.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!fd) return Error{"watchdog " + device + " cannot be opened", errno};
    timeout_ = timeout_for(deadtime);
    int seconds = static_cast<int>(to_ms(timeout_) / 1000);
    Opened opened;
    if (::ioctl(fd.get(), WDIOC_SETTIMEOUT, &seconds) != 0)
        opened.note =
            "its timeout cannot be set (" + std::string(std::strerror(errno)) + "): it keeps its own";
    else if (seconds != to_ms(timeout_) / 1000)  // the driver answers with what it took
        opened.note = "its timeout is " + std::to_string(seconds) + " s, not " +
                      std::to_string(to_ms(timeout_) / 1000) + " s";
    if (seconds > 0) timeout_ = std::min<Duration>(timeout_, std::chrono::seconds{seconds});
    fd_ = std::move(fd);
    next_ = Instant{};
    starving_ = false;
    return opened;
}

void Watchdog::feed(Instant now) {
    starving_ = false;
    next_ = now + timeout_ / feedings;
    [[maybe_unused]] const ssize_t written = ::write(fd_.get(), "", 1);
}

bool Watchdog::starve(Instant now) {
    next_ = now + hungry_look;
    return !std::exchange(starving_, true);
}

void Watchdog::disarm() {
    if (!fd_) return;
    [[maybe_unused]] const ssize_t written = ::write(fd_.get(), "V", 1);
    fd_.reset();
}

}  // namespace hb::supervisor
