#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hb/base/fd.hpp"

namespace hb::writer {

/// Number of a facility name of syslog.conf(5) ("local0"); nullopt: unknown, or "none".
std::optional<int> facility_of(std::string_view name);

/// Datagrams to /dev/log. A daemon that is busy is given a moment, once; what one that is gone or stands
/// still does not take is counted. A connection is tried again at most once a second.
class Syslog {
public:
    explicit Syslog(std::string path = "/dev/log") : path_(std::move(path)) {}
    /// `now` in seconds. False: lost.
    bool send(std::string_view line, std::int64_t now);
    /// Lines lost since the last one that passed.
    std::uint64_t lost() const { return lost_; }
    /// To be called when the loss has been said.
    void said() { lost_ = 0; }

private:
    void connect(std::int64_t now);
    bool wait_for_room() const;
    std::string path_;
    Fd fd_;
    std::int64_t tried_at_ = INT64_MIN;
    bool stands_still_ = false;  ///< did not take the last line: not waited for again before it takes one
    std::uint64_t lost_ = 0;
};

}  // namespace hb::writer
