#include "control.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "hb/control/command.hpp"

namespace hb::engine {
namespace {

constexpr Duration patience = 5s;

Key key_of_client(std::size_t slot) { return {Key::Kind::client, static_cast<std::uint32_t>(slot)}; }
bool would_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Control::Control(Fd listener, Poll& poll, std::span<char> reply)
    : listener_(std::move(listener)), poll_(poll), buffer_(reply) {
    if (listener_) poll_.watch(listener_.get(), {Key::Kind::listener});
}

void Control::accept(Instant now) {
    for (std::size_t slot = 0; slot < clients_.size(); ++slot) {
        Client& client = clients_[slot];
        if (client.state != State::free) continue;
        Fd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!fd) return;
        ucred credentials{};
        socklen_t size = sizeof credentials;
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) continue;
        if (!poll_.watch(fd.get(), key_of_client(slot))) continue;
        client = Client{};
        client.fd = std::move(fd);
        client.state = State::asking;
        client.uid = credentials.uid;
        client.id =
            ++serial_ * static_cast<std::uint32_t>(limits::clients) + static_cast<std::uint32_t>(slot);
        client.since = now;
    }
    listen_for_more(false);  // no room: further ones wait in the listener's queue
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
        case State::free:
            break;
        case State::asking:
            read_line(slot, now, operations);
            break;
        case State::replying:
            flush(slot, now);
            break;
        case State::queued:
        case State::waiting:
            drop(slot);
            break;  // nothing is asked of these: the connection is broken
    }
    serve_queued(now, operations);
}

void Control::serve_queued(Instant now, Operations& operations) {
    for (std::size_t i = 0; i < clients_.size() && !buffer_taken_; ++i)
        if (clients_[i].state == State::queued) give_status(i, now, operations);
}

void Control::read_line(std::size_t slot, Instant now, Operations& operations) {
    Client& client = clients_[slot];
    std::array<char, 256> piece;
    const ssize_t n = ::recv(client.fd.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (n < 0 && would_wait(errno)) return;
    if (n <= 0) return drop(slot);
    client.since = now;
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
        if (!buffer_taken_) give_status(slot, now, operations);
        return;
    }
    if (command->verb == control::Command::Verb::parameter) {
        if (client.uid != 0) return answer(slot, "refused", "only root may read the configuration", now);
        const auto value = operations.parameter(command->name);
        return value ? answer(slot, "ok", *value, now) : answer(slot, "refused", "there is no such parameter", now);
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
    client.since = now;
    flush(slot, now);
}

void Control::answer(std::size_t slot, std::string_view word, std::string_view text, Instant now) {
    Client& client = clients_[slot];
    client.answer = word;
    client.answer.append("\t");
    client.answer.append(text.substr(0, 200));
    client.answer.append("\n");
    client.rest = client.answer.view();
    client.state = State::replying;
    client.since = now;
    flush(slot, now);
}

void Control::reply(std::uint32_t id, bool accepted, std::string_view text, Instant now) {
    const std::size_t slot = id % limits::clients;
    if (clients_[slot].state != State::waiting || clients_[slot].id != id) return;
    answer(slot, accepted ? "ok" : "refused", text, now);
}

void Control::flush(std::size_t slot, Instant now) {
    Client& client = clients_[slot];
    while (!client.rest.empty()) {
        const ssize_t n =
            ::send(client.fd.get(), client.rest.data(), client.rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && would_wait(errno)) return interest(slot, EPOLLOUT);
        if (n < 0) return drop(slot);
        client.since = now;
        client.rest = client.rest.subspan(static_cast<std::size_t>(n));
    }
    drop(slot);
}

void Control::drop_slow(Instant now, Operations& operations) {
    for (std::size_t slot = 0; slot < clients_.size(); ++slot) {
        const Client& client = clients_[slot];
        const bool may_be_slow = client.state == State::asking || client.state == State::replying;
        if (may_be_slow && now - client.since >= patience) drop(slot);
    }
    serve_queued(now, operations);
}

Instant Control::deadline() const {
    Instant earliest = never;
    for (const Client& client : clients_)
        if (client.state == State::asking || client.state == State::replying)
            earliest = std::min(earliest, client.since + patience);
    return earliest;
}

}  // namespace hb::engine
