#include "supervisor/users/fifo.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "hb/base/result.hpp"
#include "hb/base/text.hpp"
#include "supervisor/events.hpp"

namespace hb::supervisor {
namespace {

constexpr Duration pause = 10ms;
constexpr Duration quiet = 10s;

/// Both ends, so that neither opening nor reading ever waits for a writer.
Fd open_both_ends(const std::string& path) {
    return Fd{::open(path.c_str(), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
}

}  // namespace

void Fifo::open(const std::string& path, Instant now) {
    quiet_until_ = now;
    Fd fd = open_both_ends(path);
    if (!fd && errno == ENOENT) {
        journal_.say(say::fifo_made, {path});
        if (::mkfifo(path.c_str(), 0600) == 0) fd = open_both_ends(path);
    }
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0)
        return journal_.say(say::fifo_not_opened, {to_text(Error{concat("cannot open ", path), errno})});
    if (!S_ISFIFO(info.st_mode) || info.st_uid != ::geteuid())
        return journal_.say(say::fifo_unusable, {path});
    if ((info.st_mode & 077) != 0) ::fchmod(fd.get(), 0600);
    fd_ = std::move(fd);
    poller_.watch(fd_.get());
}

bool Fifo::on_readable(int fd, Instant now) {
    if (!fd_ || fd != fd_.get()) return false;
    std::array<char, policy::FifoParser::longest> block;
    const ssize_t n = ::read(fd, block.data(), block.size());
    if (n <= 0) return true;
    parser_.feed({block.data(), static_cast<std::size_t>(n)});
    take_one(now);
    poller_.forget(fd);
    resume_at_ = now + pause;
    return true;
}

void Fifo::on_time(Instant now) {
    if (now < resume_at_) return;
    if (take_one(now)) {
        resume_at_ = now + pause;
        return;
    }
    resume_at_ = never;
    poller_.watch(fd_.get());
}

bool Fifo::take_one(Instant now) {
    const auto item = parser_.next();
    if (!item) return false;
    if (!item->fault.empty()) {
        refuse(item->fault, now);
        return true;
    }
    const policy::FifoDecision decision = decide(item->message);
    if (decision.kind == policy::FifoDecision::Kind::refuse)
        refuse(decision.text, now);
    else
        take_(decision);
    return true;
}

void Fifo::refuse(std::string_view why, Instant now) {
    if (now < quiet_until_) {
        ++unsaid_;
        return;
    }
    quiet_until_ = now + quiet;
    const std::string others = unsaid_ ? concat(" (and ", unsaid_, " before it)") : std::string{};
    unsaid_ = 0;
    journal_.say(say::fifo_refused, {concat(why, others)});
}

}  // namespace hb::supervisor
