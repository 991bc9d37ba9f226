#include "perform.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "hb/ipc/channel.hpp"
#include "hb/wire/message.hpp"
#include "say.hpp"

namespace hb::engine {
namespace {

ipc::Request::Kind kind_of(core::Operate::Verb verb) {
    switch (verb) {
        case core::Operate::Verb::start: return ipc::Request::Kind::start;
        case core::Operate::Verb::stop: return ipc::Request::Kind::stop;
        case core::Operate::Verb::announce: return ipc::Request::Kind::announce;
        case core::Operate::Verb::cancel: return ipc::Request::Kind::cancel;
        case core::Operate::Verb::monitor: return ipc::Request::Kind::monitor;
    }
    return ipc::Request::Kind::announce;
}

}  // namespace

void RequestQueue::push(const ipc::Request& request) {
    if (channel_ < 0) return;
    if (count_ == 0 && ipc::send(channel_, request) == ipc::Sent::ok) return;
    if (count_ == room_.size()) {
        // These are asked for again by those who miss them, or are no loss.
        using enum ipc::Request::Kind;
        invariant(request.kind == announce || request.kind == hook || request.kind == monitor ||
                  request.kind == fence);
        return;
    }
    room_[(first_ + count_) % room_.size()] = std::bit_cast<Slot>(request);
    ++count_;
}

void RequestQueue::flush() {
    while (count_ > 0 && ipc::send(channel_, std::bit_cast<ipc::Request>(room_[first_])) == ipc::Sent::ok) {
        first_ = (first_ + 1) % room_.size();
        --count_;
    }
}

void Performer::perform(const core::Actions& actions, Instant now) {
    for (const auto& action : actions)
        if (const auto* frame = std::get_if<core::SendFrame>(&action)) send(frame->body);
    for (const auto& action : actions)
        if (const auto* operate = std::get_if<core::Operate>(&action)) request(*operate);
    for (const auto& action : actions)
        if (const auto* probes = std::get_if<core::ProbeAddresses>(&action)) doors_.arp.probe(*probes);
    for (const auto& action : actions) {
        if (const auto* reply = std::get_if<core::ReplyToOperator>(&action)) answer(*reply, now);
        if (const auto* record = std::get_if<LogRecord>(&action)) doors_.log.log(*record);
        if (const auto* fence = std::get_if<core::Fence>(&action)) {
            ipc::Request request;
            request.kind = ipc::Request::Kind::fence;
            request.node = fence->node;
            doors_.requests.push(request);
        }
        if (const auto* hook = std::get_if<core::RunHook>(&action)) run(*hook);
        if (std::holds_alternative<core::Leave>(action)) {
            ipc::Request leave;
            leave.kind = ipc::Request::Kind::leave;
            doors_.requests.push(leave);
            leaves_ = true;
        }
        if (const auto* ping = std::get_if<core::PingWitness>(&action)) doors_.witnesses.ask(ping->witness);
    }
}

// A script that wrote into the FIFO hears no answer: a refusal stands in the log.
void Performer::answer(const core::ReplyToOperator& reply, Instant now) {
    if (reply.client != no_client)
        doors_.control.reply(reply.client, reply.accepted, reply.text, now);
    else if (!reply.accepted)
        say(doors_.log, event::fifo_refused, {reply.text.view()});
}

void Performer::run(const core::RunHook& hook) {
    doors_.hooks.put(hook.text);
    ipc::Request request;
    request.kind = ipc::Request::Kind::hook;
    doors_.requests.push(request);
}

void Performer::send(Bytes body) {
    std::array<std::byte, 2 * limits::datagram> datagram;
    if (body.size() > datagram.size()) return;
    std::memcpy(datagram.data(), body.data(), body.size());
    const auto signature = doors_.authenticator.sign(body);
    const std::size_t tail = wire::append_signature(signature, std::span(datagram).subspan(body.size()));
    if (tail == 0) return;
    for (Medium& medium : doors_.media) {
        if (medium.send(Bytes(datagram).first(body.size() + tail), frame_) != Send::too_big || said_too_big_)
            continue;
        said_too_big_ = true;
        say(doors_.log, event::too_big, {body.size() + tail, medium.name()});
    }
}

void Performer::request(const core::Operate& operate) {
    doors_.requests.push(ipc::Request{.kind = kind_of(operate.verb),
                                      .operation = operate.operation,
                                      .first = operate.first,
                                      .last = operate.last,
                                      .limit_ms = static_cast<std::uint32_t>(to_ms_up(operate.limit)),
                                      .node = {}});
}

}  // namespace hb::engine
