#include "control.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "hb/control/command.hpp"

namespace hb::engine {
namespace {

constexpr Duration patience = 5s;
constexpr int accepted_a_turn = 16;

Key key_of_client(std::size_t slot) { return {Key::Kind::client, static_cast<std::uint32_t>(slot)}; }
bool would_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Control::Control(Fd listener, Poll& poll, std::span<char> reply)
    : listener_(std::move(listener)), poll_(poll), buffer_(reply) {
    if (listener_) poll_.watch(listener_.get(), {Key::Kind::listener});
}

// The listener's queue is never left full of connections that find no room: root's would wait behind them.
void Control::accept(Instant now) {
    for (int n = 0; n < accepted_a_turn; ++n) {
        if (connections_of(0) == clients_.size()) return listen_for_more(false);
        Fd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!fd) return;
        ucred credentials{};
        socklen_t size = sizeof credentials;
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) continue;
        if (const auto slot = room_for(credentials.uid)) {
            admit(*slot, std::move(fd), credentials.uid, now);
            continue;
        }
        constexpr std::string_view refusal = "refused\ttoo many connections at once\n";
        [[maybe_unused]] const ssize_t sent =
            ::send(fd.get(), refusal.data(), refusal.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

std::size_t Control::connections_of(uid_t uid) const {
    return static_cast<std::size_t>(std::count_if(
        clients_.begin(), clients_.end(),
        [uid](const Client& client) { return client.state != State::free && client.uid == uid; }));
}

/// A free slot; for uid 0 else that of the oldest connection of another user, which is dropped.
std::optional<std::size_t> Control::room_for(uid_t uid) {
    if (uid != 0 && connections_of(uid) >= most_of_one_user) return std::nullopt;
    std::optional<std::size_t> oldest;
    for (std::size_t slot = 0; slot < clients_.size(); ++slot) {
        const Client& client = clients_[slot];
        if (client.state == State::free) return slot;
        if (client.uid != 0 && (!oldest || client.accepted < clients_[*oldest].accepted)) oldest = slot;
    }
    if (uid != 0) return std::nullopt;
    if (oldest) drop(*oldest);
    return oldest;
}

void Control::admit(std::size_t slot, Fd fd, uid_t uid, Instant now) {
    if (!poll_.watch(fd.get(), key_of_client(slot))) return;
    Client& client = clients_[slot];
    client = Client{};
    client.fd = std::move(fd);
    client.state = State::asking;
    client.uid = uid;
    client.id = ++serial_ * static_cast<std::uint32_t>(limits::clients) + static_cast<std::uint32_t>(slot);
    client.accepted = now;
    client.deadline = now + patience;
}

void Control::listen_for_more(bool wanted) {
    if (wanted == listening_) return;
    listening_ = wanted;
    poll_.change(listener_.get(), {Key::Kind::listener}, wanted ? EPOLLIN : 0u);
}

void Control::interest(std::size_t slot, std::uint32_t events) {
    poll_.change(clients_[slot].fd.get(), key_of_client(slot), events);
}

void Control::drop(std::size_t slot) {
    if (clients_[slot].holds_buffer) buffer_taken_ = false;
    clients_[slot] = Client{};
    listen_for_more(true);
}

void Control::serve(std::size_t slot, Instant now, Operations& operations) {
    switch (clients_[slot].state) {
        case State::free: break;
        case State::asking: read_line(slot, now, operations); break;
        case State::replying: flush(slot); break;
        case State::queued:
        case State::waiting: drop(slot); break;  // nothing is asked of these: the connection is broken
    }
    serve_queued(now, operations);
}

void Control::serve_queued(Instant now, Operations& operations) {
    for (const bool for_root : {true, false})
        for (std::size_t i = 0; i < clients_.size() && !buffer_taken_; ++i)
            if (clients_[i].state == State::queued && (clients_[i].uid == 0) == for_root)
                give_status(i, now, operations);
}

// Who reads slowly keeps everybody waiting for the buffer, but not root.
void Control::take_buffer_for_root() {
    for (std::size_t i = 0; i < clients_.size(); ++i)
        if (clients_[i].holds_buffer && clients_[i].uid != 0) drop(i);
}

void Control::read_line(std::size_t slot, Instant now, Operations& operations) {
    Client& client = clients_[slot];
    std::array<char, 256> piece;
    const ssize_t n = ::recv(client.fd.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (n < 0 && would_wait(errno)) return;
    if (n <= 0) return drop(slot);
    const std::string_view text{piece.data(), static_cast<std::size_t>(n)};
    const std::size_t end = text.find('\n');
    const std::string_view head = text.substr(0, end);
    if (client.line.size() + head.size() > 255)
        return answer(slot, "refused", "a command has at most 256 octets", now);
    client.line.append(head);
    if (end == std::string_view::npos) return;
    const FixedString<256> line = client.line;
    obey(slot, line, now, operations);
}

void Control::obey(std::size_t slot, std::string_view line, Instant now, Operations& operations) {
    const auto command = control::parse_command(line);
    if (!command) return answer(slot, "refused", "unknown command", now);
    Client& client = clients_[slot];
    if (command->verb == control::Command::Verb::status) {
        client.state = State::queued;
        interest(slot, 0);
        if (client.uid == 0) take_buffer_for_root();
        if (!buffer_taken_) give_status(slot, now, operations);
        return;
    }
    if (command->verb == control::Command::Verb::parameter) {
        if (client.uid != 0) return answer(slot, "refused", "only root may read the configuration", now);
        const auto value = operations.parameter(command->name);
        return value ? answer(slot, "ok", *value, now)
                     : answer(slot, "refused", "there is no such parameter", now);
    }
    if (client.uid != 0) return answer(slot, "refused", "only root may move resources", now);
    client.state = State::waiting;
    interest(slot, 0);
    core::OperatorAsked asked = command->operation;
    asked.client = client.id;
    operations.ask(asked);
}

void Control::give_status(std::size_t slot, Instant now, Operations& operations) {
    const std::size_t size = operations.write_status(buffer_);
    if (size == 0) return answer(slot, "refused", "the status is too long", now);
    Client& client = clients_[slot];
    client.rest = buffer_.first(size);
    client.holds_buffer = buffer_taken_ = true;
    client.state = State::replying;
    client.deadline = now + patience;
    flush(slot);
}

void Control::answer(std::size_t slot, std::string_view word, std::string_view text, Instant now) {
    Client& client = clients_[slot];
    client.answer = word;
    client.answer.append("\t");
    client.answer.append(text.substr(0, 200));
    client.answer.append("\n");
    client.rest = client.answer.view();
    client.state = State::replying;
    client.deadline = now + patience;
    flush(slot);
}

void Control::reply(std::uint32_t id, bool accepted, std::string_view text, Instant now) {
    const std::size_t slot = id % limits::clients;
    if (clients_[slot].state != State::waiting || clients_[slot].id != id) return;
    answer(slot, accepted ? "ok" : "refused", text, now);
}

void Control::flush(std::size_t slot) {
    Client& client = clients_[slot];
    while (!client.rest.empty()) {
        const ssize_t n =
            ::send(client.fd.get(), client.rest.data(), client.rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && would_wait(errno)) return interest(slot, EPOLLOUT);
        if (n < 0) return drop(slot);
        client.rest = client.rest.subspan(static_cast<std::size_t>(n));
    }
    drop(slot);
}

void Control::drop_slow(Instant now, Operations& operations) {
    for (std::size_t slot = 0; slot < clients_.size(); ++slot) {
        const Client& client = clients_[slot];
        const bool may_be_slow = client.state == State::asking || client.state == State::replying;
        if (may_be_slow && now >= client.deadline) drop(slot);
    }
    serve_queued(now, operations);
}

Instant Control::deadline() const {
    Instant earliest = never;
    for (const Client& client : clients_)
        if (client.state == State::asking || client.state == State::replying)
            earliest = std::min(earliest, client.deadline);
    return earliest;
}

}  // namespace hb::engine
