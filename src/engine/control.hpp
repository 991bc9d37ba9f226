#pragma once
#include <sys/types.h>

#include <array>
#include <optional>
#include <span>

#include "hb/base/fd.hpp"
#include "hb/base/fixed.hpp"
#include "hb/base/limits.hpp"
#include "hb/base/time.hpp"
#include "hb/core/event.hpp"
#include "poll.hpp"

namespace hb::engine {

/// OperatorAsked::client of what no connection asked; theirs are above.
constexpr std::uint32_t no_client = 0;

/// What operators can reach through their connections.
class Operations {
public:
    /// Writes the status; returns its size, 0 if it does not fit.
    virtual std::size_t write_status(std::span<char> out) = 0;
    /// Of the configuration; nullopt: there is none of that name.
    virtual std::optional<std::string_view> parameter(std::string_view name) = 0;
    /// The answer comes back through Control::reply, at once or later.
    virtual void ask(const core::OperatorAsked& asked) = 0;

protected:
    ~Operations() = default;
};

/// Connections of operators: one command line each, one answer, then end of file. Everybody may ask for the
/// status, only uid 0 may move anything. Nobody is waited for: who has not said the line five seconds after connecting, or
/// has not read the answer five seconds after it began, is dropped. Each other user has `most_of_one_user` connections at
/// most; uid 0 takes the place, and the turn, of any of them.
class Control {
public:
    /// `reply` is shared by all: only one status is on its way at a time, and its pages are not touched
    /// before the first one.
    Control(Fd listener, Poll& poll, std::span<char> reply);
    static constexpr std::size_t most_of_one_user = 4;

    void accept(Instant now);
    /// Reads from or writes to one connection.
    void serve(std::size_t slot, Instant now, Operations& operations);
    /// The core's answer to OperatorAsked::client.
    void reply(std::uint32_t client, bool accepted, std::string_view text, Instant now);
    void drop_slow(Instant now, Operations& operations);
    /// When drop_slow() has something to do; never: nobody is connected.
    Instant deadline() const;

private:
    enum class State {
        free,
        asking,   ///< its line is not complete
        queued,   ///< wants the status while another one is on its way
        waiting,  ///< for the core
        replying,
    };
    struct Client {
        Fd fd;
        State state = State::free;
        uid_t uid = 0;
        std::uint32_t id = 0;  ///< serial * limits::clients + slot: an answer to a predecessor meets nobody
        Instant accepted;
        Instant deadline;  ///< while asking: of the whole line; while replying: of the whole answer
        FixedString<256> line;
        FixedString<256> answer;
        std::span<const char> rest;  ///< still to be sent: of `answer` or of the shared buffer
        bool holds_buffer = false;
    };
    std::optional<std::size_t> room_for(uid_t uid);
    std::size_t connections_of(uid_t uid) const;
    void admit(std::size_t slot, Fd fd, uid_t uid, Instant now);
    void serve_queued(Instant now, Operations& operations);
    void take_buffer_for_root();
    void read_line(std::size_t slot, Instant now, Operations& operations);
    void obey(std::size_t slot, std::string_view line, Instant now, Operations& operations);
    void give_status(std::size_t slot, Instant now, Operations& operations);
    void answer(std::size_t slot, std::string_view word, std::string_view text, Instant now);
    void flush(std::size_t slot);
    void drop(std::size_t slot);
    void interest(std::size_t slot, std::uint32_t events);
    void listen_for_more(bool wanted);

    Fd listener_;
    Poll& poll_;
    std::span<char> buffer_;
    bool buffer_taken_ = false;
    bool listening_ = true;
    std::uint32_t serial_ = 0;
    std::array<Client, limits::clients> clients_;
};

}  // namespace hb::engine
