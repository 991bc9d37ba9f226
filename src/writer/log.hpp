#pragma once
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "hb/base/fd.hpp"
#include "line.hpp"

namespace hb::writer {

/// One log file, appended to. Opened again when its name leads to another file (logrotate) or to none, so
/// that no line after the rename goes into the old one; a file that does not open is tried once a second.
/// What cannot be written is counted, and said in the file once it can be written again. A line that was
/// written in part is ended before the next one.
class LogFile {
public:
    explicit LogFile(std::string path) : path_(std::move(path)) {}
    const std::string& path() const { return path_; }
    bool configured() const { return !path_.empty(); }
    /// `now` in seconds, of any clock that does not stand still. `lost_line` renders the count of lost lines
    /// in this file's format; it gets the count and a reason.
    template <class LostLine>
    void write(std::string_view line, std::int64_t now, LostLine lost_line) {
        if (!ready(now)) return lose();
        if (lost_ > 0) {
            const Line said = lost_line(lost_, reason_);
            if (!put(said)) return lose();
            lost_ = 0;
        }
        if (!put(line)) lose();
    }
    std::uint64_t lost() const { return lost_; }
    /// errno of the last failure, 0 if there was none.
    int reason() const { return reason_; }

private:
    bool ready(std::int64_t now);
    void open();
    bool is_current() const;
    bool put(std::string_view line);
    std::size_t write_some(std::string_view text);
    void lose() { ++lost_; }

    std::string path_;
    Fd fd_;
    std::int64_t tried_at_ = INT64_MIN;
    std::uint64_t lost_ = 0;
    int reason_ = 0;
    Line rest_;  ///< of a line that was written in part
};

}  // namespace hb::writer
