#include "hb/writer/client.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "hb/base/clock.hpp"

namespace hb::writer {
void Client::log(const LogRecord& record) {
    Envelope envelope;
    envelope.record = record;
    envelope.dropped = dropped_;
    if (send(envelope))
        dropped_ = 0;
    else
        ++dropped_;
    if (unsent_generation_ != 0) reserve(unsent_generation_);
}

void Client::reserve(std::uint32_t generation) {
    Envelope envelope;
    envelope.kind = Envelope::Kind::reserve_generation;
    envelope.generation = generation;
    unsent_generation_ = send(envelope) ? 0 : generation;
}

bool Client::remember(std::string_view peer, std::uint32_t generation) {
    Envelope envelope;
    envelope.kind = Envelope::Kind::remember_peer;
    envelope.generation = generation;
    envelope.record.text = peer;
    return send(envelope);
}

bool Client::send(Envelope& envelope) {
    envelope.pid = ::getpid();
    envelope.realtime_ns = wall_now_ns();
    ssize_t n = -1;
    do {
        n = ::send(fd_, &envelope, sizeof envelope, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n >= 0;
}

}  // namespace hb::writer
