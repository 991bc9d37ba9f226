#pragma once
#include <functional>
#include <list>
#include <string>
#include <string_view>

#include "hb/base/fd.hpp"
#include "hb/scripts/keeper.hpp"
#include "hb/scripts/output.hpp"
#include "hb/tools/journal.hpp"
#include "hb/tools/poller.hpp"

namespace hb::scripts {

/// The pipe of a child, and the way of what it prints into the log. Each call reads a bounded share: a program that
/// prints a gigabyte holds up nobody.
class ChildOutput {
public:
    /// What whoever started the child hears besides; each may be empty, none may close this.
    struct Ears {
        std::function<void(std::string_view)>
            place;  ///< the first line, without its mark (child.hpp); not logged
        std::function<void(std::string_view)> octets, line;
    };
    ChildOutput(tools::Journal& journal, tools::Poller& poller) : journal_(&journal), poller_(&poller) {}

    /// Watched from now on; its lines are those of `program`.
    void open(Fd pipe, std::string program, Level level, Ears ears);
    bool is(int fd) const { return pipe_.get() == fd; }
    int fd() const { return pipe_.get(); }
    /// Both: false at the end of the file, and closed then.
    bool on_readable(Instant now) { return read(now, blocks_a_turn); }
    bool on_exit(Instant now) { return read(now, blocks_at_exit); }
    void close();
    /// Nobody but the log hears it any more.
    void let_go();

private:
    static constexpr std::size_t block = 16 * 1024;
    static constexpr unsigned blocks_a_turn = 4,
                              blocks_at_exit = 64;  ///< a pipe holds 1 MiB at most by default
    bool read(Instant now, unsigned blocks);
    void take(std::string_view octets, Instant now);
    void say_dropped();
    void say(std::string_view line);

    tools::Journal* journal_;
    tools::Poller* poller_;
    Fd pipe_;
    std::string program_;
    Level level_ = Level::info;
    Ears ears_;
    bool placed_ = false;
    OutputLines lines_;
};

/// Pipes that outlive the child they were made for: a service that was started may keep its pipe as its output for all its
/// life. They are read as long as there is a writer, for a full pipe would hold it up; a keeper reads them after our death.
class LingeringOutputs {
public:
    void keep_with(PipeKeeper& keeper) { keeper_ = &keeper; }
    void add(ChildOutput&& output);
    bool on_readable(int fd, Instant now);
    /// Another keeper takes the place of one that died.
    void hold_again();

private:
    PipeKeeper* keeper_ = nullptr;
    std::list<ChildOutput> outputs_;
};

}  // namespace hb::scripts
