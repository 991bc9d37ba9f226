#include "engine.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>

#include "hb/base/memory.hpp"
#include "hb/control/command.hpp"
#include "hb/wire/vocabulary.hpp"
#include "loop.hpp"
#include "sandbox.hpp"
#include "say.hpp"

namespace hb::engine {
namespace {

// All zero before first use, so no page of it exists before: that is why they stand here and not in the
// engine.
constinit core::Actions actions;
constinit std::array<std::byte, limits::datagram_in + 64> frame_in{};
constinit std::array<std::byte, 2 * limits::datagram> frame_out{};
constinit std::array<char, limits::reply> reply{};
// Every resource can be asked to start and to stop, one by one, while the supervisor stands still.
constinit std::array<RequestQueue::Slot, 2 * limits::resources + 64> requests{};

// Signals meant for the daemon reach its whole group in the foreground; the supervisor says what they mean.
void ignore_signals() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE})
        ::signal(signal, SIG_IGN);
}

bool confine(Engine& engine, const EngineStart& start) {
    Remarks remarks;
    if (start.realtime) raise_priority(remarks);
    engine.rehearse();
    trim_memory();
    engine.rehearse();
    settle_memory(remarks);
    const auto entered = enter_sandbox({start.uid, start.gid, start.empty_dir}, remarks);
    for (const auto& remark : remarks) say(engine.log(), event::sandbox, {remark.view()});
    if (!entered) say(engine.log(), event::no_sandbox, {to_text(entered.error())});
    return static_cast<bool>(entered);
}

}  // namespace

int run_engine(EngineStart& start) {
    ignore_signals();
    // On the heap, and never freed in the sandbox: it is left by ending the process.
    auto engine = std::make_unique<Engine>(start, Memory{actions, frame_in, frame_out, reply, requests});
    if (!engine->ready()) return 1;
    if (start.sandbox && !confine(*engine, start)) return 1;
    while (!engine->ended()) engine->turn();
    const int code = *engine->ended();
    if (start.sandbox) ::_exit(code);
    return code;
}

void Engine::rehearse() {
    std::array<std::byte, limits::datagram> datagram;
    std::array<std::byte, limits::datagram + wire::udp_frame_overhead> frame;
    wire::Builder builder{datagram};
    builder.text(wire::field::t, wire::type::status)
        .text(wire::field::st, "active")
        .hex(wire::field::dt, 30000);
    builder.text(wire::field::protocol, "1").text(wire::field::src, config_.nodes[config_.self.index()]);
    builder.hex(wire::field::seq, 1)
        .hex(wire::field::hg, 1)
        .hex(wire::field::ts, 1)
        .text(wire::field::ld, "0.00 0.00 0.00 1/1 1");
    const Bytes body = builder.finish();
    const std::size_t tail =
        wire::append_signature(authenticator_.sign(body), std::span(datagram).subspan(body.size()));
    wire::UdpFlow flow;
    flow.destination_port = config_.udpport;
    const std::size_t size = wire::build_udp_frame(flow, 0, Bytes(datagram).first(body.size() + tail), frame);
    wire::UdpFrame parsed;
    invariant(wire::parse_udp_frame(Bytes(frame).first(size), wire::Checksum::check, parsed) ==
              wire::FrameFault::none);
    invariant(inbox_.admit(parsed.payload).reason == wire::DropReason::own);
    write_page();
    core_.deadline();
}

std::size_t Engine::write_status(std::span<char> out) {
    constexpr std::size_t most = drop_reasons + 9;
    FixedVector<control::Counter, most> counters;
    Medium::Counters sum;
    for (const Medium& medium : media_) {
        sum.received += medium.counters().received;
        sum.faulty += medium.counters().faulty;
        sum.lost += medium.counters().lost;
        sum.sent += medium.counters().sent;
        sum.send_dropped += medium.counters().send_dropped;
    }
    counters.push({"datagrams received", sum.received});
    counters.push({"frames faulty", sum.faulty});
    counters.push({"frames lost", sum.lost});
    counters.push({"frames sent", sum.sent});
    counters.push({"frames not sent", sum.send_dropped});
    counters.push({"log lines lost", log_.dropped()});
    for (std::size_t i = 1; i < drop_reasons; ++i) {
        const auto reason = static_cast<wire::DropReason>(i);
        std::uint64_t count = 0;
        for (const Drops& drops : drops_) count += drops.total(reason);
        if (count > 0) counters.push({wire::to_text(reason), count});
    }
    return control::format_status(config_, core_, daemon_started_, clocks_.now,
                                  {counters.begin(), counters.size()}, out);
}

}  // namespace hb::engine
